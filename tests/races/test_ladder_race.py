"""Tickers and workers at once: each step of the ladder is taken once, and each delivery is one worker's."""

import threading
from datetime import datetime

import pytest
from django.db import connection, transaction

from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE
from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Reach
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.claiming import claim
from fieldwork.reminders.deliver import LEASE, deliver
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Notification, Stoppage
from tests import factories
from tests.fieldwork.reminders.services import MINUTE, STOPPED, Service, phone
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 20, 9, tzinfo=ZONE)
PEOPLE, WORKERS = 20, 4

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def push(monkeypatch: pytest.MonkeyPatch, settings: object) -> Service:
    service = Service("fcm", Reach.DEVICES)
    service.batch = PEOPLE // WORKERS
    monkeypatch.setitem(REGISTRY, "fcm", service)
    settings.CHANNELS = ["inbox", "fcm"]  # type: ignore[attr-defined]
    return service


@pytest.fixture(autouse=True)
def told() -> None:
    for number in range(PEOPLE):
        user = factories.user()
        phone(user, f"token-{number}")
        for subject in ("a", "b"):
            Notification.objects.create(user=user, kind="test", at=NOW, look_at=NOW, subject=subject)


def planned() -> None:
    climb(NOW)
    deliver(NOW, [Inbox()])


def test_tickers_at_once_plan_one_set_of_deliveries(push: Service) -> None:
    answers = at_once([lambda: climb(NOW)] * WORKERS)
    assert raised(answers) == []
    assert sum(number for number in answers if isinstance(number, int)) == 4 * PEOPLE
    assert Delivery.objects.count() == 4 * PEOPLE


def test_control_steps_without_the_lock_are_taken_twice() -> None:
    start = threading.Barrier(2, timeout=10)

    def unguarded() -> list[int]:
        with transaction.atomic():
            due = list(Notification.objects.filter(look_at__lte=NOW).order_by("pk").values_list("pk", flat=True))
            start.wait()  # both have looked before either goes on
            Notification.objects.filter(pk__in=due).update(look_at=None)
        return due

    first, second = at_once([unguarded] * 2)
    assert first == second != []


def test_workers_at_once_share_what_waits(push: Service) -> None:
    planned()
    start = threading.Barrier(WORKERS, timeout=10)

    def work() -> list[int]:
        with transaction.atomic():
            mine = claim(push, now=NOW, until=NOW + LEASE)
            start.wait()  # nobody commits before all have claimed
        return [one.pk for one in mine]

    answers = at_once([work] * WORKERS)
    assert raised(answers) == []
    claimed = [pk for answer in answers if isinstance(answer, list) for pk in answer]
    assert len(claimed) == len(set(claimed))
    rest = claim(push, now=NOW, until=NOW + LEASE)
    while more := claim(push, now=NOW, until=NOW + LEASE):
        rest += more
    assert sorted([*claimed, *(one.pk for one in rest)]) == sorted(
        Delivery.objects.filter(channel="fcm").values_list("pk", flat=True)
    )


def test_workers_at_once_send_each_delivery_once(push: Service) -> None:
    planned()
    answers = at_once([lambda: deliver(NOW, [push])] * WORKERS)
    assert raised(answers) == []
    rows = Delivery.objects.filter(channel="fcm")
    assert set(rows.values_list("state", "attempts")) == {("sent", 1)}
    assert len({(message.user, message.tag) for message in push.messages}) == len(push.messages)
    # Two workers may each have one of a person's two: they are two messages then.
    assert PEOPLE <= len(push.messages) <= 2 * PEOPLE


def test_channel_that_stops_for_several_workers_at_once_is_stopped_once(push: Service) -> None:
    factories.user(office="administrator")
    planned()
    push.answers["*"] = [STOPPED]
    answers = at_once([lambda: deliver(NOW, [push])] * WORKERS)
    assert raised(answers) == []
    assert Stoppage.objects.count() == 1
    assert Notification.objects.filter(kind="alarm").count() == 1
    assert set(Delivery.objects.filter(channel="fcm").values_list("attempts", flat=True)) == {0}


def test_channel_that_works_again_for_several_workers_at_once_resumes_once(push: Service) -> None:
    planned()
    Stoppage.objects.create(channel="fcm", since=NOW - 15 * MINUTE, again_at=NOW, reason="")
    answers = at_once([lambda: deliver(NOW, [push])] * WORKERS)
    assert raised(answers) == []
    assert set(Delivery.objects.filter(channel="fcm").values_list("state", flat=True)) == {"sent"}
    assert Event.objects.filter(kind="channel.resumed").count() == 1
