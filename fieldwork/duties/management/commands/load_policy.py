"""`manage.py load_policy FILE --valid-from DAY [--valid-to DAY]`."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.duties.management.commands._words import complaint, day
from fieldwork.duties.packs import PackFaults, decode
from fieldwork.duties.policies import load_pack


class Command(BaseCommand):
    help = (
        "Bring a policy pack into force, and found its zone (开发区) if it is one's. "
        "Running it again with the same file and days changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--valid-from", type=day, required=True, metavar="DAY", help="first day, 2026-01-01")
        parser.add_argument("--valid-to", type=day, metavar="DAY", help="last day; without it, until replaced")

    def handle(self, *_args: object, **options: Any) -> None:
        path: Path = options["file"]
        try:
            text = decode(path.read_bytes())
            version = load_pack(
                text,
                valid_from=options["valid_from"],
                valid_to=options["valid_to"],
                by=SYSTEM,
                at=timezone.now(),
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except PackFaults as bad:
            raise CommandError("\n".join(f"{path}:{fault}" for fault in bad.faults)) from None
        except DomainError as error:
            raise CommandError(complaint(error)) from None
        stands = _(
            "“%(policy)s” stands in version %(version)s from %(first)s, with %(rules)d rules and %(standing)d duties "
            "with no count."
        )
        self.stdout.write(
            stands
            % {
                "policy": version.policy.code,
                "version": version.version,
                "first": version.starts_on.isoformat(),
                "rules": version.rules.exclude(cadence="").count(),
                "standing": version.rules.filter(cadence="").count(),
            }
        )
