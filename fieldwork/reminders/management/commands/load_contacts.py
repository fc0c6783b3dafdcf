"""`manage.py load_contacts FILE`: where people are reached outside the app, for many at once."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.directory.models import User
from fieldwork.reminders.preferences import chosen_by, set_preferences

COLUMN = "username"


class Command(BaseCommand):
    help = (
        "Load contacts from a CSV file with the columns username and one for each channel, such as mail and wecom: all "
        "or nothing. An empty cell leaves what is there; a cell with - forgets it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file, transaction.atomic():
                rows = list(csv.DictReader(file))
                faults = [fault for line, row in enumerate(rows, start=2) for fault in _load(line, row)]
                if faults:
                    raise CommandError("\n".join(faults))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']} cannot be read: {error}") from None
        self.stdout.write(f"{len(rows)} people")


def _load(line: int, row: Mapping[str, str | None]) -> Iterator[str]:
    """Set one person's contacts; what is wrong with them, with the line."""
    user = User.objects.filter(username=(row.get(COLUMN) or "").strip()).first()
    if user is None:
        yield f"line {line}: there is no account {row.get(COLUMN)!r}"
        return
    contacts = dict(chosen_by(user).contacts)
    for channel, cell in row.items():
        if channel and channel != COLUMN and (value := (cell or "").strip()):
            contacts[channel] = value
    kept = {channel: value for channel, value in contacts.items() if value != "-"}
    try:
        set_preferences(user=user, contacts=kept, by=SYSTEM, at=timezone.now())
    except DomainError as error:
        yield from (f"line {line}: {fault.field}: {fault.detail}" for fault in error.errors)
