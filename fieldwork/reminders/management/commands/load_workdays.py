"""`manage.py load_workdays`: bring the table of working days to the State Council's yearly notice."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from fieldwork.core import events
from fieldwork.core.errors import DomainError
from fieldwork.reminders.notices import load_workdays

SHOWN = 50  # faults
FORMAT = """\
FILE is CSV in UTF-8 with the columns date and worked, one line for each day that the notice (国务院办公厅关于部分
节假日安排的通知) names: yes or 班 for a weekend day that is worked in exchange, no or 休 for a day off.

  date,worked
  2027-10-01,休
  2027-10-09,班

Days that it does not name stay as they are. It may be loaded again at any time; a day that has changed is replaced."""


class Command(BaseCommand):
    help = "Load the yearly notice of holidays and of weekend days worked in exchange."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = FORMAT
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="the notice, as in 国办发明电〔2025〕7号")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines:
                changed = load_workdays(lines, source=options["source"], by=events.SYSTEM, at=timezone.now())
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        except DomainError as error:
            faults = [f"  {fault.field}: {fault.detail}" for fault in error.errors]
            more = f"  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
            raise CommandError("\n".join([str(error.detail), *faults[:SHOWN], more]).rstrip()) from None
        self.stdout.write(f"changed {changed}")
