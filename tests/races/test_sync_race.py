"""A phone that asks while a transaction is late: nothing is skipped. A cursor by the last id skips."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection, transaction

from fieldwork.core.database import Stamp
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation, Task
from fieldwork.duties.reconcile import reconcile
from fieldwork.inspections.actions import record_check_in
from fieldwork.inspections.declared import DeclaredCheckIn, Location
from fieldwork.inspections.models import CheckIn
from tests import factories as make
from tests.api.client import Phone
from tests.api.sync.copy import Copy, differences
from tests.feed import append
from tests.place import SEAT, Place
from tests.races.late import Late

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
ROUNDS = 10

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def visit(place: Place, user: User, pk: UUID) -> Any:
    declared = DeclaredCheckIn(
        id=pk, lead=str(place.leader.pk), captured_at=NOW, location=Location(*SEAT, accuracy_m=5.0)
    )
    return lambda: record_check_in(declared, files={}, by=user, at=NOW)


@pytest.fixture
def copy(place: Place) -> Any:
    with time_machine.travel(NOW, tick=False):
        reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOW)
        visit(place, place.user, uuid4())()
        yield Copy(Phone.of(place.user)).catch_up()


def others_write() -> None:
    """Somebody begins later, and is done before."""
    make.rule(make.division("别处"), [])
    with transaction.atomic():
        append("prompt")


def test_late_commit_is_told(copy: Copy, place: Place) -> None:
    pk = uuid4()
    late = Late(visit(place, place.user, pk))
    others_write()
    copy.catch_up()
    assert str(pk) not in copy.told_of("check_in")
    late.commit()
    copy.catch_up()
    assert str(pk) in copy.told_of("check_in")
    assert not differences(copy)


def test_control_with_the_last_event_seen_skips_it(copy: Copy, place: Place) -> None:
    pk = uuid4()
    late = Late(visit(place, place.user, pk))
    others_write()
    last = Event.objects.latest("pk").pk
    late.commit()
    assert not Event.objects.filter(pk__gt=last, object_id=str(pk)).exists()
    assert CheckIn.objects.filter(pk=pk).exists()


def test_control_with_the_last_stamp_seen_skips_it(copy: Copy, place: Place) -> None:
    Task.objects.update(done_at=None)
    pk = Task.objects.get().pk

    def finish() -> None:
        Task.objects.filter(pk=pk).update(done_at=NOW, changed=Stamp())

    late = Late(finish)
    other = make.leader("测试员乙")
    make.obligation(make.tenure(place.tenure.post, other), make.rule(place.city, []))
    last = max(Obligation.objects.values_list("changed", flat=True))
    late.commit()
    assert not Task.objects.filter(pk=pk, changed__gt=last).exists()
    copy.catch_up()
    assert not differences(copy)


def test_phone_that_asks_all_the_time_misses_nothing(copy: Copy, place: Place) -> None:
    """Visits are sent by several at once while the phone asks; it never asks for anything afresh."""
    over = threading.Event()
    failures: list[BaseException] = []

    def send() -> None:
        try:
            for _round in range(ROUNDS):
                visit(place, place.user, uuid4())()
        except BaseException as error:  # noqa: BLE001  # handed to the test
            failures.append(error)
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _number in range(3)]
    for sender in senders:
        sender.start()
    while not over.is_set():
        if not any(sender.is_alive() for sender in senders):
            over.set()
        copy.next_page(5)
    copy.catch_up().catch_up()  # to the end of the round under way, which began before; and another
    assert failures == []
    assert len(copy.told_of("check_in")) == 3 * ROUNDS + 1
    assert not differences(copy)
