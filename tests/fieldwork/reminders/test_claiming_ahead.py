"""While one batch is being sent the next one is claimed; what cannot be sent after all waits as before."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from django.db import connection

from fieldwork.core import stopping
from fieldwork.reminders.channels.base import Message, Outcome, Reach
from fieldwork.reminders.deliver import LEASE, Delivered, deliver
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Delivery, Notification
from tests import factories as make
from tests.fieldwork.reminders.services import MINUTE, SENT, STOPPED, Service, contact, local
from tests.stopping import told_to_end_in_it

pytestmark = pytest.mark.django_db

NOW = local(11, 20, 9)
LONG = 10  # seconds: it waits no longer than until the next batch is claimed
CLAIMING = 'UPDATE "reminders_delivery" SET "state" = %s, "claimed_until" = %s, "attempts"'
LOOKING = 'SELECT "reminders_delivery"."id"'


class Slow(Service):
    """Two at a time; its first answer comes after what it is told to wait for."""

    batch = 2

    def __init__(self) -> None:
        super().__init__("mail", Reach.CONTACT)
        self.awaited = Event()
        self.then: Callable[[], None] = lambda: None

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        assert self.awaited.wait(LONG), "nothing was done meanwhile"
        self.then()
        return super().send(messages)

    @contextmanager
    def awaiting(self, statement: str, times: int) -> Iterator[None]:
        """Until a statement that begins so has run so many times."""
        seen: list[str] = []

        def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            done = execute(sql, params, many, context)
            seen.extend([sql] if sql.startswith(statement) else [])
            if len(seen) == times:
                self.awaited.set()
            return done

        with connection.execute_wrapper(run):
            yield


def waiting(number: int) -> list[Delivery]:
    """So many trials, of one person each, in the order of their turn."""
    made = []
    for turn in range(number):
        user = make.user()
        contact(user, "mail")
        told = Notification.objects.create(user=user, kind=NotificationKind.TEST, at=NOW)
        made.append(
            Delivery.objects.create(notification=told, channel="mail", not_before=NOW - (number - turn) * MINUTE)
        )
    return made


def rows() -> list[tuple[str, int]]:
    return list(Delivery.objects.order_by("not_before").values_list("state", "attempts"))


def test_next_batch_is_claimed_while_one_is_being_sent() -> None:
    waiting(5)
    slow = Slow()
    with slow.awaiting(CLAIMING, times=2):
        assert deliver(NOW, [slow]) == Delivered(sent=5)
    assert [len(call) for call in slow.calls] == [2, 2, 1]
    assert rows() == [("sent", 1)] * 5


def test_batch_claimed_ahead_waits_uncounted_when_its_channel_is_stopped() -> None:
    waiting(4)
    slow = Slow()
    slow.answers["*"] = [STOPPED]
    with slow.awaiting(CLAIMING, times=2):
        deliver(NOW, [slow])
    assert (len(slow.calls), rows()) == (1, [("planned", 0)] * 4)
    assert not Delivery.objects.exclude(claimed_until=None).exists()


def test_batch_claimed_ahead_waits_uncounted_when_its_worker_is_told_to_end() -> None:
    waiting(4)
    slow = Slow()
    slow.then = stopping.ask
    with slow.awaiting(CLAIMING, times=2), told_to_end_in_it():
        assert deliver(NOW, [slow]) == Delivered(sent=2)
    assert (len(slow.calls), rows()) == (1, [("sent", 1)] * 2 + [("planned", 0)] * 2)
    assert not Delivery.objects.exclude(claimed_until=None).exists()


def test_given_back_is_only_what_nobody_else_has_claimed_since() -> None:
    *_first, last = waiting(3)
    slow = Slow()
    slow.then = stopping.ask
    later = NOW + 2 * LEASE

    def claimed_anew(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('UPDATE "reminders_delivery" SET "provider_id"'):
            Delivery.objects.filter(pk=last.pk).update(claimed_until=later)
        return execute(sql, params, many, context)

    with slow.awaiting(CLAIMING, times=2), told_to_end_in_it(), connection.execute_wrapper(claimed_anew):
        deliver(NOW, [slow])
    last.refresh_from_db()
    assert (last.state, last.claimed_until, last.attempts) == ("claimed", later, 1)


def test_delivery_that_may_have_ended_its_workers_is_not_claimed_ahead() -> None:
    *_first, suspect = waiting(3)
    Delivery.objects.filter(pk=suspect.pk).update(state="claimed", claimed_until=NOW - MINUTE, attempts=2)
    slow = Slow()
    slow.answers["*"] = [SENT]
    slow.then = stopping.ask
    with slow.awaiting(LOOKING, times=3), told_to_end_in_it():  # for the first batch, for its people, for the next one
        deliver(NOW, [slow])
    assert rows() == [("sent", 1)] * 2 + [("claimed", 2)]
