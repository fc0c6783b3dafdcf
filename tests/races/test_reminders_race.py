"""Tickers at once: everybody is told once, and the control shows what the guards are for."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import pytest
from django.db import connection, transaction
from django.db.models import F

from fieldwork.core.periods import ZONE
from fieldwork.reminders.actions import tick
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.claiming import claim
from fieldwork.reminders.deliver import LEASE
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Moment, Notification
from fieldwork.reminders.plan import look, plan_next
from tests import factories

NOW = datetime(2026, 11, 20, 9, tzinfo=ZONE)
LEADERS = 40
TICKERS = 4
T = TypeVar("T")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite admits one writer"),
]


class Few(Inbox):
    """The inbox in batches of which every ticker gets one."""

    batch = LEADERS // TICKERS


@pytest.fixture
def owing() -> None:
    town = factories.division()
    rule = factories.rule(town, [])
    post = factories.post(factories.organisation(town))
    for _ in range(LEADERS):
        tenure = factories.tenure(post, factories.leader())
        factories.user(leader=tenure.leader)
        factories.obligation(tenure, rule)


def at_once(work: Callable[[], T], times: int) -> list[T]:
    """Run `work` in that many threads, each with a connection of its own; what it raises is raised here."""
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # noqa: BLE001  # handed to the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return answers


def test_ticks_at_once_tell_everybody_once(owing: None) -> None:
    start = threading.Barrier(TICKERS)

    def work() -> tuple[int, int]:
        start.wait(timeout=10)
        told = tick(NOW)
        return told.planned, told.sent

    answers = at_once(work, TICKERS)
    assert [sum(counts) for counts in zip(*answers, strict=True)] == [LEADERS, LEADERS]
    assert Notification.objects.filter(delivered_at=NOW).count() == LEADERS
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert Moment.objects.exclude(kind="hazard").count() == 5


def test_claims_at_once_share_the_deliveries(owing: None) -> None:
    plan()
    start = threading.Barrier(TICKERS)

    def work() -> list[int]:
        with transaction.atomic():
            start.wait(timeout=10)
            mine = claim(Few(), now=NOW, until=NOW + LEASE)
            start.wait(timeout=10)  # nobody commits before all have claimed
        return [delivery.pk for delivery in mine]

    claimed = sorted(pk for answer in at_once(work, TICKERS) for pk in answer)
    assert claimed == sorted(Delivery.objects.values_list("pk", flat=True))


def test_control_claims_without_the_guard_take_the_same_deliveries_twice(owing: None) -> None:
    plan()
    start = threading.Barrier(2)

    def unguarded() -> list[int]:
        ids = list(Delivery.objects.filter(state="planned").order_by("pk").values_list("pk", flat=True))
        start.wait(timeout=10)
        Delivery.objects.filter(pk__in=ids).update(state="claimed", attempts=F("attempts") + 1)
        return ids

    first, second = at_once(unguarded, 2)
    assert first == second
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {2}


def test_control_planning_without_the_lock_takes_the_same_moment_twice(owing: None) -> None:
    look(NOW)
    start = threading.Barrier(2)

    def unguarded() -> int | None:
        with transaction.atomic():
            first = Moment.objects.filter(planned_at__isnull=True, at__lte=NOW).first()
            start.wait(timeout=10)
            return first.pk if first else None

    first, second = at_once(unguarded, 2)
    assert first is not None
    assert first == second


def test_planning_at_once_plans_a_moment_once(owing: None) -> None:
    look(NOW)
    start = threading.Barrier(2)

    def work() -> int | None:
        start.wait(timeout=10)
        return plan_next(NOW)

    assert sorted(at_once(work, 2), key=str) == [LEADERS, None]


def plan() -> None:
    look(NOW)
    while plan_next(NOW) is not None:
        pass
    climb(NOW)
    assert Delivery.objects.filter(not_before__lte=NOW).count() == LEADERS
