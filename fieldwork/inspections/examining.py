"""Looking at a check-in in a review: whoever sees the exact position or the original bytes leaves an event."""

from datetime import datetime

from django.db import transaction

from fieldwork.core import events
from fieldwork.core.events import Actor
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.inspections.queries import path_of


def examine_check_in(check_in: CheckIn, *, by: Actor, at: datetime) -> None:
    """`by` is about to be shown the whole case."""
    with transaction.atomic():
        events.append(
            "check_in.examined", by=by, at=at, about=("check_in", check_in.pk), division_path=path_of(check_in)
        )


def examine_photo(photo: Photo, *, by: Actor, at: datetime) -> None:
    """`by` is about to be shown the photo as it was sent."""
    check_in = photo.check_in
    with transaction.atomic():
        events.append(
            "photo.examined", by=by, at=at, about=("check_in", check_in.pk), division_path=path_of(check_in),
            sha256=photo.sha256,
        )  # fmt: skip
