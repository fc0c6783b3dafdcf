"""Waking: how many are woken, for what, and what becomes of it when nobody comes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from fieldwork import env
from fieldwork.core import stopping
from fieldwork.directory.models import User
from fieldwork.reminders.actions import tick
from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.models import Contact, Delivery, Notification, Stoppage
from fieldwork.reminders.waking import MOST_WAKES, PER_WAKE, deliver_waiting, wake
from tests import factories
from tests.fieldwork.reminders.november import MINUTE
from tests.stopping import told_to_end_in_it

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 9, tzinfo=timezone.get_fixed_timezone(480))


class Outside:
    """A service outside that takes everything."""

    code = "outside"
    batch = 2
    reach = Reach.CONTACT

    def __init__(self) -> None:
        self.told: list[int] = []
        self.wrong = ""
        self.as_it_sends: Callable[[], None] = lambda: None

    def fault(self) -> str:
        return self.wrong

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.told += [one.notification for one in messages]
        self.as_it_sends()
        return [Outcome(Result.SENT)] * len(messages)


@pytest.fixture
def outside(settings: Any) -> Iterator[Outside]:
    channel = REGISTRY["outside"] = Outside()
    settings.CHANNELS = ["inbox", "outside"]
    yield channel
    del REGISTRY["outside"]


def waiting(number: int, not_before: datetime = NOW) -> None:
    """As many deliveries to the outside, of lapses long past, which are told at any time of the year and by night."""
    town = factories.division("测试镇", factories.division("测试县", factories.division("测试市")))
    tenure = factories.tenure(factories.post(factories.organisation(town)))
    rule = factories.rule(town, [], name="排查", article="10(7)")
    owed = factories.obligation(tenure, rule, period="2025-11")
    others = [User(username=f"other{number}", password="!") for number in range(number - 1)]
    users = [factories.user(leader=tenure.leader), *User.objects.bulk_create(others)]
    Contact.objects.bulk_create(Contact(user=user, channel="outside", value="somewhere") for user in users)
    told = Notification.objects.bulk_create(
        # Urgent, for the wakes go by the real clock, and it may be night.
        Notification(user=user, kind="lapse", at=not_before, due_at=owed.due_at, urgent=True)
        for user in users
    )
    told[0].obligations.add(owed)
    Delivery.objects.bulk_create(Delivery(notification=one, channel="outside", not_before=not_before) for one in told)


@contextmanager
def told_to_end_by(outside: Outside) -> Iterator[None]:
    """In the middle of its first batch."""
    outside.as_it_sends = stopping.ask
    with told_to_end_in_it():
        yield


def wakes() -> list[list[str]]:
    return [row.args_kwargs["args"] for row in DBTaskResult.objects.filter(status="READY")]


def long_ago() -> str:
    return timezone.now().isoformat()


def soon() -> str:
    return (timezone.now() + MINUTE).isoformat()


@pytest.mark.parametrize(
    ("number", "expected"), [(1, 1), (PER_WAKE, 1), (PER_WAKE + 1, 2), (PER_WAKE * MOST_WAKES + 1, MOST_WAKES)]
)
def test_more_are_woken_for_more(outside: Outside, number: int, expected: int) -> None:
    waiting(number)
    assert wake(NOW) == expected
    assert len(wakes()) == expected


def test_counting_what_waits_reads_no_more_than_wakes_the_most(outside: Outside) -> None:
    waiting(3)
    with CaptureQueriesContext(connection) as captured:
        wake(NOW)
    [count] = [query["sql"] for query in captured if "COUNT(*)" in query["sql"]]
    assert f"LIMIT {PER_WAKE * MOST_WAKES}" in count


def test_nobody_is_woken_for_nothing(outside: Outside, settings: Any) -> None:
    assert wake(NOW) == 0
    waiting(3)
    assert wake(NOW - MINUTE) == 0
    Delivery.objects.update(state="claimed", claimed_until=NOW + MINUTE)
    assert wake(NOW) == 0
    assert wake(NOW + MINUTE) == 1


def test_nobody_is_woken_for_a_channel_that_cannot_send_or_is_off(outside: Outside, settings: Any) -> None:
    waiting(1)
    outside.wrong = "There are no credentials."
    assert wake(NOW) == 0
    outside.wrong = ""
    Stoppage.objects.create(channel="outside", since=NOW, again_at=NOW + 2 * MINUTE, reason="No.")
    assert (wake(NOW + MINUTE), wake(NOW + 2 * MINUTE)) == (0, 1)
    settings.CHANNELS = ["inbox"]
    assert wake(NOW + 2 * MINUTE) == 0


def test_wake_delivers(outside: Outside) -> None:
    waiting(1)
    assert deliver_waiting.call("outside", soon()) == 1
    assert len(outside.told) == 1
    assert wakes() == []


def test_stale_wake_does_nothing_and_asks_nobody(outside: Outside) -> None:
    waiting(1)
    with CaptureQueriesContext(connection) as captured:
        assert deliver_waiting.call("outside", long_ago()) == 0
    assert (len(captured), outside.told) == (0, [])


def test_wake_for_a_channel_that_was_switched_off_does_nothing(outside: Outside, settings: Any) -> None:
    waiting(1)
    settings.CHANNELS = ["inbox"]
    assert deliver_waiting.call("outside", soon()) == 0
    assert outside.told == []


def test_worker_that_is_told_to_end_leaves_the_rest_to_the_next_one(outside: Outside) -> None:
    waiting(5)
    until = soon()
    with told_to_end_by(outside):
        assert deliver_waiting.call("outside", until) == 2
    assert wakes() == [["outside", until]]
    assert not Delivery.objects.filter(state="claimed").exists()
    assert deliver_waiting.call("outside", until) == 3
    assert wakes() == [["outside", until]]


def test_lost_wake_is_sent_again_by_the_next_tick(outside: Outside) -> None:
    waiting(1)
    tick(NOW)
    assert len(wakes()) == 1
    DBTaskResult.objects.all().delete()
    tick(NOW + MINUTE)
    assert len(wakes()) == 1
    assert outside.told == []


def test_what_no_worker_was_woken_for_is_delivered_by_whoever_ticks(outside: Outside, settings: Any) -> None:
    settings.QUEUE = "redis://127.0.0.1:1/0"
    settings.RQ_QUEUES = {"default": env.redis(settings.QUEUE)}
    settings.TASKS = settings.TASKS | {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}
    waiting(1)
    assert tick(NOW + 4 * MINUTE).sent == 0
    assert tick(NOW + 5 * MINUTE).sent == 1
    assert len(outside.told) == 1


def test_worker_that_is_told_to_end_as_it_delivers_in_a_tick_ends_after_the_batch(outside: Outside) -> None:
    waiting(5, NOW - timedelta(hours=1))
    with told_to_end_by(outside):
        assert sum(tick(NOW)) == 2
    assert Delivery.objects.filter(channel="outside", state="planned").count() == 3
