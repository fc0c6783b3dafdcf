"""A transaction that begins early and commits late: the feed waits for it, a naive cursor skips it."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from fieldwork.core import events
from fieldwork.core.models import Event
from tests.feed import wait_for_the_feed

NOW = datetime(2026, 11, 21, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def append(name: str) -> None:
    events.append("test.happened", by=events.SYSTEM, at=NOW, about=("test", name))


class LateWriter:
    """Has appended its event, and commits when told."""

    def __init__(self) -> None:
        self._appended, self._commit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._appended.wait(timeout=10)

    def _run(self) -> None:
        with transaction.atomic():
            append("late")
            self._appended.set()
            self._commit.wait(timeout=10)
        connection.close()

    def commit(self) -> None:
        self._commit.set()
        self._thread.join()


def read() -> list[str]:
    with transaction.atomic():
        found = list(events.unread("test"))
        if found:
            events.seen("test", found[-1])
    return [event.object_id for event in found]


def test_late_commit_is_not_skipped() -> None:
    writer = LateWriter()
    with transaction.atomic():
        append("prompt")
    assert read() == []
    writer.commit()
    wait_for_the_feed()
    assert read() == ["late", "prompt"]
    assert read() == []


def test_control_with_a_cursor_by_id_skips_it() -> None:
    writer = LateWriter()
    with transaction.atomic():
        append("prompt")
    first = list(Event.objects.order_by("id"))
    writer.commit()
    then = Event.objects.filter(id__gt=first[-1].pk)
    assert [event.object_id for event in first] == ["prompt"]
    assert list(then) == []


def test_events_after_a_restore_sort_behind_those_before_it() -> None:
    with transaction.atomic():
        append("before")
    Event.objects.update(transaction=1 << 60)
    with transaction.atomic():
        assert events.begin_epoch(at=NOW, reason="restored from a backup") == 1
        append("after")
    wait_for_the_feed()
    assert read() == ["before", "after"]
