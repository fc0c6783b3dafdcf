"""The worker between two ticks."""

import threading

import pytest
from django.db import OperationalError

from fieldwork.inspections.models import Picture
from fieldwork.inspections.pictures import checking
from fieldwork.supervision.management.commands import worker
from fieldwork.supervision.management.commands.worker import between
from tests.fieldwork.inspections.pictures.test_checking import arrived
from tests.pictures import photo
from tests.place import Place


class Turns(threading.Event):
    """Waits for nothing, and stops after so many turns."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self.turns = turns

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        assert timeout <= 2
        self.turns -= 1
        return self.turns < 0


@pytest.fixture(autouse=True)
def same_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that holds the test's transaction."""
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)


def test_photos_are_looked_at_between_ticks(place: Place) -> None:
    arrived(place, photo(1))
    between(Turns(1), 60.0)
    assert Picture.objects.get().looked_at is not None


def test_next_tick_is_not_waited_for(place: Place) -> None:
    arrived(place, photo(1))
    between(Turns(1), 0.0)
    assert not Picture.objects.exists()


def test_database_that_is_away_is_tried_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    arrived(place, photo(1))
    failures = [OperationalError("away")]

    def look(*given: object) -> object:
        if failures:
            raise failures.pop()
        return checking.look(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(worker, "look", look)
    between(Turns(2), 60.0)
    assert Picture.objects.get().looked_at is not None
