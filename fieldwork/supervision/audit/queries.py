"""What of the events X may see, and who speaks in them."""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import QuerySet

from fieldwork.core.models import Event
from fieldwork.directory.models import User
from fieldwork.directory.queries import scope

_USER = "user:"
_LARGEST = 18  # digits that any database takes for a key
# What is sealed lies, in feed order, up to where its seal ends; the first such seal holds it.
_SEALS = """
SELECT e.id, (
    SELECT s.number FROM core_seal s
    WHERE (s.epoch, s."transaction", s.event) >= (e.epoch, e."transaction", e.id)
    ORDER BY s.epoch, s."transaction", s.event LIMIT 1
) FROM core_event e WHERE e.id IN ({places})
"""


def events_visible_to(user: User, on: date) -> QuerySet[Event]:
    """Those in the scope of the user's office; what has no place only to who serves the whole installation."""
    return Event.objects.filter(scope(user, "division_path"))


def actors_of(events: Iterable[Event]) -> dict[str, User]:
    """The accounts behind `event.actor`, by that text; the system is none of them. One query."""
    keys = {event.actor.removeprefix(_USER) for event in events if event.actor.startswith(_USER)}
    numbers = [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) <= _LARGEST]
    return {user.actor_key: user for user in User.objects.filter(pk__in=numbers)}


def seals_of(events: Iterable[Event]) -> dict[int, int]:
    """The number of the seal that covers each event, by its id; what is not sealed yet is left out. One query."""
    ids = [event.pk for event in events]
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SEALS.format(places=", ".join(["%s"] * len(ids))), ids)
        return {pk: number for pk, number in cursor.fetchall() if number is not None}
