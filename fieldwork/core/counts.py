"""How often something happened lately, in the cache that all processes share: who has done it often enough waits."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction

from fieldwork.core import locks

HOUR = timedelta(hours=1)


def pause(name: str, limit: int, at: datetime) -> int:
    """Seconds until what was counted `limit` times is forgotten; 0 below that."""
    times, until = cache.get(name, (0, at))
    return int((until - at).total_seconds()) + 1 if times >= limit and until > at else 0


@transaction.atomic
def add(name: str, at: datetime, window: timedelta = HOUR) -> None:
    """One more; the window runs from the first. Two at once follow one another, so that none is lost."""
    locks.hold(name)
    times, until = cache.get(name, (0, at))
    if until <= at:
        times, until = 0, at + window
    cache.set(name, (times + 1, until), (until - at).total_seconds())
