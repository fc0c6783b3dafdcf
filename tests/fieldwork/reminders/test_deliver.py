"""Deliveries: claims, leases, second thoughts, failures, and words."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.models import Event
from fieldwork.directory.models import Tenure, User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.reminders.actions import Told, tick
from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.claiming import ATTEMPTS, claim
from fieldwork.reminders.deliver import LEASE, PATIENCE, Delivered, deliver
from fieldwork.reminders.models import Delivery, Moment, Notification
from tests import factories
from tests.fieldwork.reminders.november import (
    LAPSED,
    MINUTE,
    NEXT_REMINDER,
    TEN_DAYS_LEFT,
    more_leaders,
    only,
    planned,
)

pytestmark = pytest.mark.django_db


class Service:
    """A channel to a service that answers as it was told, one answer a call, the last one for ever."""

    code = "service"
    batch = 2
    reach = Reach.ALL

    def __init__(self, *answers: Result) -> None:
        self.answers = list(answers)
        self.calls: list[list[Message]] = []

    def fault(self) -> str:
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.calls.append(list(messages))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [Outcome(answer, "" if answer == Result.SENT else "The service does not answer.")] * len(messages)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan asks the registry; who is sent to is up to each test."""
    monkeypatch.setitem(REGISTRY, "service", Service(Result.SENT))


class Stopped(RuntimeError):
    """The worker's end, in the middle of its work."""


class Killed(Service):
    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        super().send(messages)
        raise Stopped


def test_delivery_is_silent_when_the_obligation_was_met_between_planning_and_sending(
    obligation: Obligation,
) -> None:
    planned(TEN_DAYS_LEFT)
    Obligation.objects.update(outcome="met")
    assert tick(TEN_DAYS_LEFT) == Told(planned=0, sent=0, silent=1, failed=0)
    assert (only().state, only().ended_at) == ("silent", TEN_DAYS_LEFT)
    assert Notification.objects.get().delivered_at is None


def test_delivery_of_a_lapse_is_silent_when_it_was_turned_back(obligation: Obligation) -> None:
    planned(LAPSED)
    Obligation.objects.update(outcome="met")
    assert tick(LAPSED + timedelta(hours=2)).sent == 0


def test_delivery_of_a_digest_is_silent_when_no_lapse_is_left(obligation: Obligation) -> None:
    factories.user(office="supervisor", division=obligation.bases.get().division)
    planned(LAPSED + timedelta(hours=1))
    Obligation.objects.update(outcome="excused")
    assert tick(LAPSED + timedelta(hours=1)) == Told(planned=0, sent=0, silent=2, failed=0)


def test_delivery_is_silent_to_a_user_who_left(obligation: Obligation) -> None:
    planned(TEN_DAYS_LEFT)
    User.objects.update(is_active=False)
    assert tick(TEN_DAYS_LEFT).silent == 1


def test_delivery_is_silent_to_a_user_who_is_no_longer_that_leader(obligation: Obligation) -> None:
    planned(TEN_DAYS_LEFT)
    User.objects.update(leader=factories.leader("测试员乙"))
    assert tick(TEN_DAYS_LEFT).silent == 1


def test_digest_costs_the_same_queries_for_many_supervisors_as_for_one(tenure: Tenure, rule: Rule) -> None:
    more_leaders(tenure, rule, 1)
    tick(LAPSED)

    def queries(supervisors: int) -> int:
        for _ in range(supervisors):
            factories.user(office="supervisor", division=tenure.post.organisation.division)
        Moment.objects.filter(kind="digest").update(planned_at=None)
        planned(LAPSED + timedelta(hours=1))
        with CaptureQueriesContext(connection) as captured:
            assert deliver(LAPSED + timedelta(hours=1), [Inbox()]).sent == supervisors
        return len(captured)

    assert queries(1) == queries(20)


def test_delivery_costs_the_same_queries_for_many_as_for_one(tenure: Tenure, rule: Rule) -> None:
    def queries(leaders: int, now: datetime) -> int:
        more_leaders(tenure, rule, leaders)
        planned(now)
        with CaptureQueriesContext(connection) as captured:
            assert deliver(now, [Inbox()]).sent
        return len(captured)

    assert queries(1, TEN_DAYS_LEFT) == queries(30, NEXT_REMINDER)


def test_delivery_claimed_by_a_worker_that_was_killed_is_tried_once_more(obligation: Obligation, settings: Any) -> None:
    settings.CHANNELS = ["inbox", "service"]
    planned(TEN_DAYS_LEFT)
    killed, alive = Killed(Result.SENT), Service(Result.SENT)
    with pytest.raises(Stopped):
        deliver(TEN_DAYS_LEFT, [killed])
    assert deliver(TEN_DAYS_LEFT + LEASE - MINUTE, [alive]) == Delivered()
    assert deliver(TEN_DAYS_LEFT + LEASE + MINUTE, [alive]) == Delivered(sent=1)
    assert deliver(TEN_DAYS_LEFT + 3 * LEASE, [alive]) == Delivered()
    delivery = Delivery.objects.get(channel="service")
    assert (delivery.state, delivery.attempts, len(alive.calls)) == ("sent", 2, 1)


def test_delivery_that_kills_every_worker_ends_as_failed(obligation: Obligation, settings: Any) -> None:
    settings.CHANNELS = ["service"]
    planned(TEN_DAYS_LEFT)
    killed = Killed(Result.SENT)
    for attempt in range(ATTEMPTS):
        with pytest.raises(Stopped):
            deliver(TEN_DAYS_LEFT + attempt * 2 * LEASE, [killed])
    assert deliver(TEN_DAYS_LEFT + ATTEMPTS * 2 * LEASE, [killed]) == Delivered()
    assert (only().state, len(killed.calls)) == ("failed", ATTEMPTS)


def test_delivery_that_fails_is_tried_again_after_growing_pauses_and_then_no_more(
    obligation: Obligation, settings: Any
) -> None:
    settings.CHANNELS = ["service"]
    planned(TEN_DAYS_LEFT)
    service = Service(Result.FAILED)
    tried = []
    for minute in range(180):
        if deliver(TEN_DAYS_LEFT + minute * MINUTE, [service]).failed:
            tried.append(minute)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    # Up to a quarter longer, and the next whole minute of this test's clock.
    assert all(least <= pause <= 1.25 * least + 1 for least, pause in zip([1, 4, 16, 64], pauses, strict=True))
    assert (only().state, only().error, only().attempts, only().ended_at) == (
        "failed",
        "The service does not answer.",
        ATTEMPTS,
        TEN_DAYS_LEFT + tried[-1] * MINUTE,
    )


def test_delivery_to_an_address_that_is_gone_is_not_tried_again(obligation: Obligation, settings: Any) -> None:
    settings.CHANNELS = ["service"]
    planned(TEN_DAYS_LEFT)
    assert deliver(TEN_DAYS_LEFT, [Service(Result.GONE)]).failed == 1
    assert only().state == "failed"


def test_delivery_that_failed_once_arrives_later(obligation: Obligation, settings: Any) -> None:
    settings.CHANNELS = ["service"]
    planned(TEN_DAYS_LEFT)
    service = Service(Result.FAILED, Result.SENT)
    deliver(TEN_DAYS_LEFT, [service])
    assert (only().state, only().ended_at) == ("planned", None)
    assert deliver(TEN_DAYS_LEFT + 2 * MINUTE, [service]).sent == 1
    assert (only().state, only().error, only().ended_at) == ("sent", "", TEN_DAYS_LEFT + 2 * MINUTE)


def test_channel_that_only_fails_is_left_until_the_next_tick_and_holds_up_no_other(
    tenure: Tenure, rule: Rule, settings: Any
) -> None:
    settings.CHANNELS = ["service", "inbox"]
    more_leaders(tenure, rule, 5)
    planned(TEN_DAYS_LEFT)
    service = Service(Result.FAILED)
    assert deliver(TEN_DAYS_LEFT, [service, Inbox()]) == Delivered(sent=5, silent=0, failed=2)
    assert len(service.calls) == 1


def test_delivery_that_fails_alone_holds_up_no_other_that_is_claimed_alone(
    tenure: Tenure, rule: Rule, settings: Any
) -> None:
    settings.CHANNELS = ["service"]
    more_leaders(tenure, rule, 6)
    planned(TEN_DAYS_LEFT)
    Delivery.objects.update(state="claimed", claimed_until=TEN_DAYS_LEFT, attempts=2)
    service = Service(Result.FAILED, Result.FAILED, Result.SENT)
    assert deliver(TEN_DAYS_LEFT, [service]) == Delivered(sent=4, failed=2)
    Delivery.objects.update(state="claimed", claimed_until=TEN_DAYS_LEFT, attempts=2, ended_at=None)
    down = Service(Result.FAILED)
    assert deliver(TEN_DAYS_LEFT, [down]).failed == len(down.calls) == PATIENCE


def test_delivery_goes_to_a_channel_in_batches_of_its_size(tenure: Tenure, rule: Rule, settings: Any) -> None:
    settings.CHANNELS = ["service"]
    more_leaders(tenure, rule, 5)
    planned(TEN_DAYS_LEFT)
    service = Service(Result.SENT)
    deliver(TEN_DAYS_LEFT, [service])
    assert [len(call) for call in service.calls] == [2, 2, 1]


def test_batch_of_which_nothing_is_to_be_sent_holds_up_no_other(tenure: Tenure, rule: Rule, settings: Any) -> None:
    settings.CHANNELS = ["service"]
    more_leaders(tenure, rule, 5)
    planned(TEN_DAYS_LEFT)
    first = [each.notification.user_id for each in Delivery.objects.order_by("pk")[:2]]
    User.objects.filter(pk__in=first).update(is_active=False)
    assert deliver(TEN_DAYS_LEFT, [Service(Result.SENT)]) == Delivered(sent=3, silent=2)


def test_record_of_a_slow_worker_does_not_touch_what_another_has_claimed_since(
    obligation: Obligation, settings: Any
) -> None:
    settings.CHANNELS = ["service"]
    planned(TEN_DAYS_LEFT)
    later = TEN_DAYS_LEFT + 2 * LEASE

    class Slow(Service):
        def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
            claim(self, now=later, until=later + LEASE)
            return super().send(messages)

    deliver(TEN_DAYS_LEFT, [Slow(Result.FAILED)])
    assert (only().state, only().claimed_until, only().attempts) == ("claimed", later + LEASE, 2)


def test_inbox_keeps_the_first_arrival_and_appends_one_event_a_batch(tenure: Tenure, rule: Rule) -> None:
    more_leaders(tenure, rule, 3)
    tick(TEN_DAYS_LEFT)
    (event,) = Event.objects.filter(kind="notifications.delivered")
    assert (event.at, event.data["count"]) == (TEN_DAYS_LEFT, 3)
    Delivery.objects.update(state="planned")
    tick(TEN_DAYS_LEFT + MINUTE)
    assert set(Notification.objects.values_list("delivered_at", flat=True)) == {TEN_DAYS_LEFT}
