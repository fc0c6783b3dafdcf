"""Seals: whole, in feed order, one after the other."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core import events, jws, merkle, seals
from fieldwork.core.models import Event, Seal, SigningKey
from tests.feed import wait_for_the_feed

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ten_minutes(settings: Any) -> None:
    settings.SEAL_MINUTES = 10


def append(*names: str) -> None:
    for name in names:
        with transaction.atomic():
            events.append("test.happened", by=events.SYSTEM, at=NOW, about=("test", name), 镇="甲")
    wait_for_the_feed()


def said(seal: Seal | None) -> dict[str, Any]:
    assert seal is not None, "nothing was sealed"
    return jws.verify(seal.jws, SigningKey.objects.get().public)


def test_seal_covers_what_happened_since_the_last_one() -> None:
    append("one", "two", "three")
    first = seals.seal(NOW)
    assert first is not None
    one = said(first)
    assert (one["number"], one["previous"], one["events"], one["sealed_at"]) == (1, None, 3, NOW.isoformat())
    append("four")
    second = said(seals.seal(NOW + timedelta(minutes=10)))
    assert (second["number"], second["previous"]) == (2, hashlib.sha256(first.jws.encode()).hexdigest())
    # the key was begun in the transaction of the first seal, behind what that covers
    sealed = Event.objects.get(pk=second["last"][2])
    assert (second["events"], sealed.object_id) == (2, "four")


def test_root_and_leaves_are_those_of_the_events_in_feed_order() -> None:
    append("one", "two", "three")
    seal = seals.seal(NOW)
    assert seal is not None
    found = list(Event.objects.filter(kind="test.happened").order_by("epoch", "transaction", "id"))
    records = [f"{event.epoch} {event.transaction} {event.pk}\n{event.body}".encode() for event in found]
    stored = bytes(Seal.objects.get().leaves)
    assert seals.ids_of(stored) == [event.pk for event in found]
    assert seals.hashes_of(stored) == [hashlib.sha256(b"\x00" + record).digest() for record in records]
    assert said(seal)["root"] == merkle.root(seals.hashes_of(stored)).hex()


def test_seal_waits_for_its_time_or_for_a_whole_batch() -> None:
    append("one")
    assert seals.seal(NOW) is not None
    append("two", "three")
    soon = NOW + timedelta(minutes=9)
    assert seals.seal(soon) is None
    assert said(seals.seal(soon, batch=2))["events"] == 2
    append("four")
    assert seals.seal(NOW - timedelta(days=1)) is not None, "a clock that was wrong does not stop sealing"


def test_nothing_new_is_not_sealed() -> None:
    append("one")
    while seals.seal(NOW + timedelta(days=1)) or seals.seal(NOW):
        wait_for_the_feed()
    assert seals.seal(NOW + timedelta(days=2)) is None


def test_seals_go_on_after_a_restore(settings: Any) -> None:
    settings.SEAL_MINUTES = 0
    append("before")
    Event.objects.update(transaction=1 << 60)
    seals.seal(NOW)
    with transaction.atomic():
        Event.objects.filter(kind="signing_key.begun").update(transaction=1 << 60)
        events.begin_epoch(at=NOW, reason="restored")
    append("after")
    seal = said(seals.seal(NOW))
    assert (seal["last"][0], seal["events"]) == (1, 2)
