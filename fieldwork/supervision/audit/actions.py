"""Taking the audit away is on record too."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from fieldwork.core import events
from fieldwork.directory.models import User


def note_export(*, asked: Mapping[str, str], by: User, at: datetime) -> None:
    """`by` is about to be given what `asked`, the filters, selects of the audit."""
    with transaction.atomic():
        events.append(
            "audit.exported", by=by, at=at, about=("audit", ""), asked=dict(asked),
            division_path=by.division.path if by.division else "",
        )  # fmt: skip
