"""Looking at somebody else's check-in: in a review each look is an event, outside of it one a day."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from fieldwork.core import events
from fieldwork.core.events import Actor
from fieldwork.core.looks import note_look
from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.inspections.queries import path_of
from fieldwork.inspections.rules import can_see_exactly

LOOKS = ("check_in.examined", "check_in.photos_seen", "check_in.proof_exported", "photo.examined")


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


def see_photos(check_in: CheckIn, *, by: User, at: datetime) -> None:
    """`by` is about to be shown a photo of it, made small: an event, but for whoever was there or sent it."""
    if not can_see_exactly(by, check_in, local_day(at)):
        path = path_of(check_in)
        note_look("check_in.photos_seen", by=by, at=at, about=("check_in", check_in.pk), division_path=path)


def looks_at(check_in: CheckIn) -> QuerySet[Event]:
    """Who saw its photos, or where precisely it was captured, outside of those who were there."""
    return Event.objects.filter(object_kind="check_in", object_id=str(check_in.pk), kind__in=LOOKS)
