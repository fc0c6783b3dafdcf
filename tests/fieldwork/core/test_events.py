"""The feed of events: canonical, in its action's transaction, read once by each reader."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from fieldwork.core import events
from fieldwork.core.models import Event
from tests.feed import wait_for_the_feed

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def append(number: int) -> Event:
    return events.append("test.happened", by=events.SYSTEM, at=NOW, about=("test", number), 镇="甲", b=2, a=1)


@pytest.mark.django_db
def test_body_is_the_whole_record_in_canonical_json() -> None:
    assert append(1).body == (
        '{"about":["test","1"],"at":"2026-11-21T00:00:00+00:00","by":"system","data":{"a":1,"b":2,"镇":"甲"},'
        '"kind":"test.happened","scope":""}'
    )
    with pytest.raises(ValueError, match="JSON"):
        events.canonical({"a": float("nan")})


@pytest.mark.django_db(transaction=True)
def test_event_without_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        append(1)


@pytest.mark.django_db(transaction=True)
def test_event_goes_with_the_transaction_that_fails() -> None:
    with transaction.atomic():
        append(1)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_each_reader_reads_everything_once_in_batches() -> None:
    for number in range(5):
        with transaction.atomic():
            append(number)
    wait_for_the_feed()
    seen: dict[str, list[str]] = {"one": [], "two": []}
    for name in ("one", "two"):
        for _ in range(4):
            with transaction.atomic():
                for event in events.unread(name, limit=2):
                    seen[name].append(event.object_id)
                    events.seen(name, event)
    assert seen == {"one": list("01234"), "two": list("01234")}


@pytest.mark.django_db
def test_event_keeps_the_transaction_that_wrote_it() -> None:
    event = append(1)
    event.refresh_from_db()
    assert (event.transaction > 0) == (connection.vendor == "postgresql")
    assert json.loads(event.body)["data"] == event.data == {"a": 1, "b": 2, "镇": "甲"}
