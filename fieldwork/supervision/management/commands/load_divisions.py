"""`manage.py load_divisions`: bring the divisions to a list."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core import events
from fieldwork.core.errors import DomainError
from fieldwork.directory.division_lists import COLUMNS
from fieldwork.supervision.divisions import load_divisions

SHOWN = 50  # faults
SHIPPED = Path(settings.BASE_DIR) / "fieldwork" / "directory" / "data" / "divisions.csv"
SHIPPED_EDITION = "2026-09-11"


class Command(BaseCommand):
    help = "Load a list of divisions (CSV); without a file, the one shipped. May be run again at any time."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        columns = f"with the columns {','.join(COLUMNS)}; the seat's may be empty"
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED, help=columns)
        parser.add_argument("--authority", default="mca", help="whose codes: mca, stats, local (default: mca)")
        parser.add_argument(
            "--parent-authority",
            default="",
            help="whose codes the parents outside the file have (default: --authority)",
        )
        parser.add_argument("--edition", default=SHIPPED_EDITION, help=f"of the list (default: {SHIPPED_EDITION})")
        parser.add_argument(
            "--on", type=date.fromisoformat, help="first day of what is new, today or before (default: the edition)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            on = options["on"] or date.fromisoformat(options["edition"])
        except ValueError:
            raise CommandError("The edition is not a day: please give --on YYYY-MM-DD.") from None
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                loaded = load_divisions(
                    lines, authority=options["authority"], edition=options["edition"], on=on,
                    parent_authority=options["parent_authority"], by=events.SYSTEM, at=timezone.now(),
                )  # fmt: skip
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        except DomainError as error:
            faults = [f"  {fault.field}: {fault.detail}" for fault in error.errors]
            more = f"  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
            raise CommandError("\n".join([str(error.detail), *faults[:SHOWN], more]).rstrip()) from None
        told = _("Divisions created: %(created)d, changed: %(changed)d, ended: %(ended)d, unchanged: %(unchanged)d.")
        self.stdout.write(
            told
            % {
                "created": loaded.created,
                "changed": loaded.changed,
                "ended": loaded.ended,
                "unchanged": loaded.unchanged,
            }
        )
