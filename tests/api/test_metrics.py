"""GET /metrics: who may read it, and what it says."""

import re
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from api.metrics import exposition
from fieldwork.core import events
from fieldwork.core.models import FeedReader, Pulse
from fieldwork.duties.models import Opening
from fieldwork.reminders.models import Contact, Delivery, Device, Notification, Stoppage, Workday
from fieldwork.supervision.figures import Figure
from tests import factories as make
from tests.feed import wait_for_the_feed

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
LINE = re.compile(r'(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.]+)')


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.METRICS = True
    settings.METRICS_FROM = [ip_network("127.0.0.1"), ip_network("10.2.0.0/24")]
    settings.ALLOWED_HOSTS = ["phones.example.cn"]
    settings.TRUSTED_PROXIES = 1
    settings.DATA_DIR = tmp_path


def read() -> dict[str, str]:
    with time_machine.travel(NOON, tick=False):
        response = Client().get("/metrics", headers={"Host": "10.0.0.7:8000"})
    assert response.status_code == 200
    lines = response.content.decode().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sender", "forwarded", "status"),
    [
        ("127.0.0.1", None, 200),
        ("127.0.0.1", "10.2.0.9", 200),
        ("127.0.0.1", "203.0.113.5", 404),  # somebody outside, through the proxy
        ("127.0.0.1", "127.0.0.1, 203.0.113.5", 404),
        ("10.2.1.1", None, 404),
        ("::1", None, 404),
    ],
)
def test_only_named_addresses_may_read(sender: str, forwarded: str | None, status: int) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert Client(REMOTE_ADDR=sender).get("/metrics", headers=headers).status_code == status


def test_it_is_not_there_unless_asked_for(settings: Any) -> None:
    settings.METRICS = False  # a query would fail: this test has no database
    assert Client().get("/metrics").status_code == 404


@pytest.mark.django_db
def test_age_of_the_workers_tick_and_of_the_backup() -> None:
    assert not any(name.startswith("fieldwork_last_done") for name in read())
    Pulse.objects.create(name="tick", at=NOON - timedelta(seconds=90))
    Pulse.objects.create(name="backup", at=NOON - timedelta(hours=10))
    found = read()
    assert found['fieldwork_last_done_age_seconds{work="tick"}'] == "90"
    assert found['fieldwork_last_done_age_seconds{work="backup"}'] == "36000"


@pytest.mark.django_db
def test_deliveries_that_are_due() -> None:
    user = make.user()
    for number, (state, minutes) in enumerate([("planned", -5), ("claimed", -9), ("planned", 5), ("sent", -60)]):
        at = NOON + timedelta(minutes=minutes)
        told = Notification.objects.create(user=user, kind="reminder", at=NOON + timedelta(days=number))
        Delivery.objects.create(notification=told, channel="inbox", state=state, not_before=at)
    found = read()
    assert found['fieldwork_deliveries_due{channel="inbox"}'] == "2"
    assert found['fieldwork_deliveries_due_age_seconds{channel="inbox"}'] == "540"


@pytest.mark.django_db
def test_deliveries_that_ended_in_the_last_day_by_channel_and_reason() -> None:
    user = make.user()
    ended = [
        ("sent", "fcm", "", 1), ("sent", "fcm", "", 23), ("sent", "inbox", "", 2), ("sent", "fcm", "", 25),
        ("failed", "fcm", "unregistered", 3), ("failed", "fcm", "quota", 3), ("silent", "fcm", "", 4),
    ]  # fmt: skip
    for number, (state, channel, reason, hours) in enumerate(ended):
        told = Notification.objects.create(user=user, kind="reminder", at=NOON + timedelta(days=number))
        Delivery.objects.create(
            notification=told, channel=channel, state=state, reason=reason, not_before=NOON,
            ended_at=NOON - timedelta(hours=hours),
        )  # fmt: skip
    found = {name: value for name, value in read().items() if "ended" in name}
    assert found == {
        'fieldwork_deliveries_ended_24h{channel="fcm",state="sent",reason=""}': "2",
        'fieldwork_deliveries_ended_24h{channel="inbox",state="sent",reason=""}': "1",
        'fieldwork_deliveries_ended_24h{channel="fcm",state="failed",reason="unregistered"}': "1",
        'fieldwork_deliveries_ended_24h{channel="fcm",state="failed",reason="quota"}': "1",
        'fieldwork_deliveries_ended_24h{channel="fcm",state="silent",reason=""}': "1",
    }


@pytest.mark.django_db
def test_channels_out_of_order_and_devices_whose_address_is_dead() -> None:
    Stoppage.objects.create(channel="fcm", since=NOON - timedelta(minutes=5), again_at=NOON, reason="x")
    user = make.user()
    for number, reason in enumerate(["unregistered", "unregistered", "sender_mismatch", ""]):
        Device.objects.create(
            user=user, key=str(number), platform="web", claimed_at=NOON,
            push_ended_at=NOON if reason else None, push_ended_for=reason,
        )  # fmt: skip
    Contact.objects.create(user=user, channel="mail", value="a@b.cn", ended_at=NOON, ended_for="unregistered")
    Contact.objects.create(user=user, channel="wecom", value="a")
    found = read()
    assert found['fieldwork_channel_stopped_seconds{channel="fcm"}'] == "300"
    assert {name: value for name, value in found.items() if "dead" in name} == {
        'fieldwork_devices_dead{reason="unregistered"}': "2",
        'fieldwork_devices_dead{reason="sender_mismatch"}': "1",
        'fieldwork_contacts_dead{channel="mail",reason="unregistered"}': "1",
    }


@pytest.mark.django_db
def test_year_until_which_working_days_are_known() -> None:
    assert read()["fieldwork_workdays_known_until_year"] == "2026"
    for month, worked in ((10, False), (11, True)):
        Workday.objects.create(day=date(2027, month, 6), worked=worked, source="测试通知")
    assert read()["fieldwork_workdays_known_until_year"] == "2027"


@pytest.mark.django_db(transaction=True)
def test_what_a_reader_has_not_read() -> None:
    for _ in range(3):
        with transaction.atomic():
            events.append("test.happened", by=events.SYSTEM, at=NOON, about=("test", 1))
    wait_for_the_feed()
    FeedReader.objects.create(name="new")
    with transaction.atomic():
        for event in events.unread("done"):
            events.seen("done", event)
    found = read()
    assert found['fieldwork_feed_unread_events{reader="new"}'] == "3"
    assert found['fieldwork_feed_unread_events{reader="done"}'] == "0"
    assert found["fieldwork_feed_epoch"] == "0"


@pytest.mark.django_db
def test_stale_periods_and_free_space() -> None:
    for period, stale in (("2026-10", None), ("2026-11", NOON)):
        Opening.objects.create(period=period, ends_on="2026-11-30", opened_at=NOON, reconciled_at=NOON, stale_at=stale)
    found = read()
    assert found["fieldwork_periods_stale"] == "1"
    assert int(found["fieldwork_storage_free_bytes"]) > 0


def test_labels_are_escaped_and_large_numbers_whole() -> None:
    assert list(exposition([Figure("a", "What.", 1234567890123, (("b", 'c"\\\n'),)), Figure("a", "What.", 0.5)])) == [
        "# HELP fieldwork_a What.",
        "# TYPE fieldwork_a gauge",
        'fieldwork_a{b="c\\"\\\\\\n"} 1234567890123',
        "fieldwork_a 0.5",
    ]
