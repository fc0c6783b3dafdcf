"""`manage.py load_industries`: bring the code list of industries to a file."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fieldwork.core import events
from fieldwork.core.errors import DomainError
from fieldwork.directory.industries import load_industries

SHOWN = 50  # faults
SHIPPED = Path(__file__).resolve().parents[2] / "data" / "industries.csv"


class Command(BaseCommand):
    help = "Load a list of industries (CSV); without a file, GB/T 4754-2017. May be run again at any time."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=SHIPPED)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                changed = load_industries(lines, by=events.SYSTEM, at=timezone.now())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        except DomainError as error:
            faults = [f"  {fault.field}: {fault.detail}" for fault in error.errors]
            more = f"  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
            raise CommandError("\n".join([str(error.detail), *faults[:SHOWN], more]).rstrip()) from None
        self.stdout.write(f"changed {changed}")
