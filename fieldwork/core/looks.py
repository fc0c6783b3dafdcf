"""Looking at what is somebody else's leaves an event: one a reader, thing and day, however many pictures there are."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from fieldwork.core import events
from fieldwork.core.events import Actor
from fieldwork.core.models import Look
from fieldwork.core.periods import local_day

REMEMBERED = timedelta(days=2)


def note_look(kind: str, /, *, by: Actor, at: datetime, about: tuple[str, object], division_path: str) -> bool:
    """`by` is about to be shown it; answers whether that was the first time on this day.

    Of two at once one finds the row that the other has made: the event comes with the row, so there is one.
    """
    noun, key = about
    looked: dict[str, Any] = {"actor": by.actor_key, "kind": kind, "object_id": str(key), "day": local_day(at)}
    if Look.objects.filter(**looked).exists():
        return False
    with transaction.atomic():
        _row, first = Look.objects.get_or_create(**looked)
        if first:
            events.append(kind, by=by, at=at, about=(noun, key), division_path=division_path)
    return first


def forget_looks(now: datetime) -> int:
    """Rows of days that are over have served; their events stay. Answers how many."""
    gone, _each = Look.objects.filter(day__lt=local_day(now - REMEMBERED)).delete()
    return gone
