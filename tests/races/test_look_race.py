"""A page of thumbnails is asked for all at once: the reader leaves one event all the same."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from fieldwork.core import events
from fieldwork.core.looks import note_look
from fieldwork.core.models import Event, Look
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
TWINS = 8
KIND = "check_in.photos_seen"
ABOUT = ("check_in", "1")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def look() -> bool:
    return note_look(KIND, by=events.SYSTEM, at=NOW, about=ABOUT, division_path="")


def unguarded(met: threading.Barrier) -> Callable[[], bool]:
    """Whoever finds no event appends one, and nothing makes them follow one another."""

    def work() -> bool:
        found = Event.objects.filter(kind=KIND).exists()
        met.wait()
        with transaction.atomic():
            if not found:
                events.append(KIND, by=events.SYSTEM, at=NOW, about=ABOUT)
        return not found

    return work


def test_looks_at_once_are_one_event() -> None:
    results = at_once([look] * TWINS)
    assert not raised(results)
    assert sorted(map(bool, results)) == [False] * (TWINS - 1) + [True]
    assert Event.objects.filter(kind=KIND).count() == Look.objects.count() == 1


def test_without_a_row_that_is_unique_there_are_many() -> None:
    assert not raised(at_once([unguarded(threading.Barrier(TWINS))] * TWINS))
    assert Event.objects.filter(kind=KIND).count() == TWINS
