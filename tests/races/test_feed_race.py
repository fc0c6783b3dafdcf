"""A transaction that begins early and commits late: the feed waits for it, a naive cursor skips it."""

from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import connection, transaction

from fieldwork.core import events
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.duties.schedule import is_followed
from tests.feed import append, wait_for_the_feed
from tests.races.late import Late

NOW = datetime(2026, 11, 21, tzinfo=UTC)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def read() -> list[str]:
    with transaction.atomic():
        found = list(events.unread("test"))
        if found:
            events.seen("test", found[-1])
    return [event.object_id for event in found]


def test_late_commit_is_not_skipped() -> None:
    late = Late(partial(append, "late"))
    with transaction.atomic():
        append("prompt")
    assert read() == []
    late.commit()
    wait_for_the_feed()
    assert read() == ["late", "prompt"]
    assert read() == []


def test_fact_behind_a_transaction_that_still_runs_is_not_called_followed() -> None:
    """No reader takes it yet, so nothing can have followed it; a month that is published now says so."""
    assert is_followed()
    late = Late(partial(append, "late"))
    with transaction.atomic():
        events.append("tenure.ended", by=SYSTEM, at=NOW, about=("tenure", 1))
    assert read() == []
    assert not is_followed()
    late.commit()


def test_control_with_a_cursor_by_id_skips_it() -> None:
    late = Late(partial(append, "late"))
    with transaction.atomic():
        append("prompt")
    first = list(Event.objects.order_by("id"))
    late.commit()
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
