"""`manage.py load_boundaries`: the ground of divisions, from GeoJSON."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core import events
from fieldwork.core.errors import DomainError
from fieldwork.core.geo import Datum
from fieldwork.directory.boundaries import load_boundaries

SHOWN = 50  # faults


class Command(BaseCommand):
    help = "Load boundaries of divisions (GeoJSON). May be run again at any time. Memory: about three times the file."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--datum", type=Datum, choices=list(Datum), default=Datum.WGS84, help="of its degrees")
        parser.add_argument("--key", default="", help="the property that holds code or name (default: the usual ones)")
        parser.add_argument("--authority", default="mca", help="whose codes: mca, stats, local (default: mca)")
        parser.add_argument("--source", default="", help="where the boundaries are from (default: the file's name)")
        parser.add_argument("--skip-unknown", action="store_true", help="leave out divisions that are not on the list")
        parser.add_argument("--dry-run", action="store_true", help="check and tell, store nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig") as file:
                loaded = load_boundaries(
                    file, datum=options["datum"], key=options["key"], authority=options["authority"],
                    source=options["source"] or path.name, skip_unknown=options["skip_unknown"],
                    dry_run=options["dry_run"], by=events.SYSTEM, at=timezone.now(),
                )  # fmt: skip
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        except DomainError as error:
            faults = [f"  {fault.field}: {fault.detail}" for fault in error.errors]
            more = f"  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
            raise CommandError("\n".join([str(error.detail), *faults[:SHOWN], more]).rstrip()) from None
        told = _(
            "Boundaries created: %(created)d, replaced: %(replaced)d, unchanged: %(unchanged)d,"
            " of unknown divisions left out: %(unknown)d."
        ) % {
            "created": loaded.created, "replaced": loaded.replaced, "unchanged": loaded.unchanged,
            "unknown": loaded.unknown,
        }  # fmt: skip
        self.stdout.write(told)
        if options["dry_run"]:
            self.stdout.write(_("This was only a trial; nothing was stored."))
