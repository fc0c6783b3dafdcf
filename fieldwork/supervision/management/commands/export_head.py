"""`manage.py export_head`: the last seal, for somebody else to keep."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from fieldwork.core.seals import last_seal
from fieldwork.supervision.ledger.heads import head_line


class Command(BaseCommand):
    help = "Print the signed head of the ledger, a line of JSON. Kept elsewhere, it shows a tail that is cut off later."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--append", type=Path, metavar="FILE", help="append the line to this file too")

    def handle(self, *_args: object, **options: Any) -> None:
        seal = last_seal()
        if seal is None:
            raise CommandError(_("Nothing has been sealed yet."))
        line = head_line(seal)
        if options["append"]:
            with options["append"].open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        self.stdout.write(line)
