"""The worker between two ticks."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from redis.exceptions import ConnectionError as Away

from fieldwork.core import queue, stopping
from fieldwork.core.models import Pulse
from fieldwork.duties.models import Change
from fieldwork.inspections.models import Picture
from fieldwork.reminders.waking import deliver_waiting
from fieldwork.supervision.management.commands import worker
from fieldwork.supervision.management.commands.worker import between, run_one
from fieldwork.supervision.tick import each, look_now, tick, tick_now
from fieldwork.supervision.waiting_tasks import InDatabase
from tests.fieldwork.inspections.pictures.test_checking import arrived
from tests.pictures import photo
from tests.place import Place
from tests.stopping import told_to_end, told_to_end_in_it

pytestmark = pytest.mark.django_db
STALE = "2020-01-01T00:00:00+00:00"


@pytest.fixture(autouse=True)
def same_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that holds the test's transaction."""
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)


@pytest.fixture(autouse=True)
def queue_is_there() -> None:
    queue.absence.note(None)


class Tasks:
    """So many tasks, of which the last one tells the worker to end."""

    def __init__(self, number: int, *errors: Exception) -> None:
        self.left = number
        self.errors = list(errors)

    def run_one(self) -> bool:
        if self.errors:
            raise self.errors.pop()
        self.left -= 1
        if self.left <= 0:
            stopping.ask()
        return self.left >= 0


def test_photos_are_looked_at_between_ticks_and_tasks(place: Place) -> None:
    arrived(place, photo(1))
    with told_to_end_in_it():
        between(Tasks(2), 60.0)
    assert Picture.objects.get().looked_at is not None


def test_next_tick_is_not_waited_for(place: Place) -> None:
    arrived(place, photo(1))
    between(Tasks(0), 0.0)
    assert not Picture.objects.exists()


def test_worker_that_is_told_to_end_begins_nothing(place: Place) -> None:
    arrived(place, photo(1))
    Change.objects.create(organisation=place.tenure.post.organisation, since=timezone.now().date())
    queue.put(deliver_waiting, "inbox", STALE)
    with told_to_end():
        between(InDatabase(), 60.0)
        look_now.enqueue(60.0)
        tick(timezone.now())
    assert not Picture.objects.exists()
    assert not Pulse.objects.filter(name="tick").exists()
    assert Change.objects.exists()
    assert DBTaskResult.objects.get().status == "READY"


def test_worker_outlives_a_database_and_a_queue_that_are_away(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert run_one(Tasks(5, OperationalError("away"))) is False
    settings.QUEUE = "redis://127.0.0.1:1/0"
    away = Tasks(5, Away("nobody listens"), Away("again"))
    caplog.clear()
    assert [run_one(away), run_one(away)] == [False, False]
    assert len(away.errors) == 1, "asked again at once"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_task_that_fails_is_logged_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    queue.put(deliver_waiting, "inbox", "no instant")
    queue.put(deliver_waiting, "inbox", STALE)
    tasks = InDatabase()
    assert [run_one(tasks) for _ in range(3)] == [True, True, False]
    assert sorted(DBTaskResult.objects.values_list("status", flat=True)) == ["FAILED", "SUCCESSFUL"]
    assert "Traceback" in caplog.text
    assert "no instant" in caplog.text


def test_task_that_another_worker_holds_is_left_to_it() -> None:
    queue.put(deliver_waiting, "inbox", STALE)
    DBTaskResult.objects.get().claim("another")
    assert run_one(InDatabase()) is False


def test_part_that_fails_keeps_no_other_from_being_done() -> None:
    done: list[str] = []

    def fail() -> None:
        raise ValueError("one bad row")

    with pytest.raises(ValueError, match="one bad row"):
        each([lambda: done.append("first"), fail, lambda: done.append("last")])
    assert done == ["first", "last"]


def test_tick_that_fails_is_logged_and_leaves_no_pulse(caplog: pytest.LogCaptureFixture, settings: Any) -> None:
    settings.CHANNELS = ["inbox", "pigeon"]
    assert tick_now.enqueue().status == "FAILED"
    assert "KeyError: 'pigeon'" in caplog.text
    assert not Pulse.objects.filter(name="tick").exists()
    settings.CHANNELS = ["inbox"]
    caplog.set_level(logging.INFO)
    assert tick_now.enqueue().status == "SUCCESSFUL"
    assert Pulse.objects.get(name="tick").at > timezone.now() - timedelta(minutes=1)
