"""Taking a ledger away is on record, before its first line is given."""

from datetime import datetime

from django.db import transaction

from fieldwork.core import events
from fieldwork.directory.models import User
from fieldwork.supervision.work_ledger.owed import Asked, Size, size_of


def note_export(asked: Asked, *, form: str, by: User, at: datetime) -> Size:
    """`by` is about to be given the ledger, as `form`; answers how large it is."""
    with transaction.atomic():
        size = size_of(asked)
        events.append(
            "ledger.exported", by=by, at=at, about=("ledger", asked.period), division_path=asked.path,
            division=asked.division.pk if asked.division else None, form=form, obligations=size.obligations,
            rows=size.lines,
        )  # fmt: skip
    return size
