"""`manage.py check_policy FILE...`: every fault of policy packs, as an editor understands it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from fieldwork.duties.packs import PackFaults, decode, read_pack


class Command(BaseCommand):
    help = "Check policy packs without loading them. Prints FILE:LINE:COLUMN: field: why; ends with 1 on faults."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *_args: object, **options: Any) -> None:
        faults = sum(self._check(path) for path in options["files"])
        if faults:
            raise CommandError(_("Faults found: %(count)d.") % {"count": faults})

    def _check(self, path: Path) -> int:
        try:
            pack = read_pack(decode(path.read_bytes()))
        except OSError as error:
            self.stdout.write(f"{path}: {error.strerror}")
            return 1
        except PackFaults as bad:
            for fault in bad.faults:
                self.stdout.write(f"{path}:{fault}")
            return len(bad.faults)
        valid = _(
            "%(file)s is valid: roles %(roles)d, bodies %(bodies)d, rules %(rules)d, "
            "duties with no count %(standing)d, triggers %(triggers)d."
        )
        parts = ("roles", "bodies", "rules", "standing", "triggers")
        self.stdout.write(valid % {"file": path, **{part: len(getattr(pack, part)) for part in parts}})
        return 0
