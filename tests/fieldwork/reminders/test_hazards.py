"""Mondays: what a listed hazard lacks, and what is late, is told to the units that can do something about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.directory.models import User
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.actions import tick
from fieldwork.reminders.hazards import plan_hazards, waiting_for
from fieldwork.reminders.models import Notification
from tests import factories as make
from tests.hazards import Works, bring, do

MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)  # 09:00 in China
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(MONDAY - timedelta(days=2), tick=False) as clock:
        yield clock


def told(at: datetime) -> dict[User, str]:
    tick(at)
    rows = Notification.objects.filter(kind="hazard", delivered_at__isnull=False).order_by("at")
    return {one.user: one.body for one in rows.select_related("user") if one.at == at}


def test_listed_hazard_is_told_of_each_monday_until_all_points_stand(works: Works) -> None:
    pk = bring(works, "rectifying", grade="major")
    do(works, "office", pk, "list")
    assert told(MONDAY - timedelta(seconds=1)) == {}
    first = told(MONDAY)
    assert set(first) == {works.users["rectifier"], works.users["named"]}
    assert first[works.users["rectifier"]].count("测试") >= 1
    tick(MONDAY + timedelta(hours=3))
    assert Notification.objects.filter(kind="hazard").count() == 2
    do(works, "rectifier", pk, "plan", responsibility="测试", funds="测试", emergency_plan="测试")
    assert told(MONDAY + WEEK) == {}


def test_late_hazard_is_told_to_the_unit_to_who_holds_a_post_there_and_to_its_own_posts_holder(works: Works) -> None:
    holder = make.tenure(make.post(works.rectifier, "")).leader
    chief = make.user(leader=holder)
    bring(works, "rectifying")
    assert told(MONDAY) == {}
    after = MONDAY + 3 * WEEK  # 14 December; the deadline was the 10th
    assert set(told(after)) == {works.users["rectifier"], chief, works.users["finder"]}


def test_only_what_waits_for_the_readers_is_read(works: Works) -> None:
    """However many wait for others: a Monday's batches are many."""
    for _ in range(3):
        bring(works, "rectifying")
    after = MONDAY + 3 * WEEK
    plan_hazards(after)
    readers = list(Notification.objects.filter(user=works.users["rectifier"]).select_related("user"))
    Hazard.objects.filter(pk=bring(works, "rectifying")).update(rectifying_unit=works.assistant)
    with CaptureQueriesContext(connection) as queries:
        (waiting,) = waiting_for(readers, after).values()
    assert len(waiting.rows) == 3
    read = next(query["sql"] for query in queries if 'FROM "hazards_hazard"' in query["sql"])
    assert f'"rectifying_unit_id" IN ({works.rectifier.pk})' in read


def test_what_no_longer_waits_when_it_is_sent_is_not_told(works: Works) -> None:
    pk = bring(works, "rectifying")
    after = MONDAY + 3 * WEEK
    with time_machine.travel(after, tick=False):
        do(works, "rectifier", pk, "submit")
    assert told(after) == {}


def test_a_monday_long_past_is_no_news(works: Works) -> None:
    bring(works, "rectifying")
    tick(MONDAY + 3 * WEEK + timedelta(days=3))
    assert not Notification.objects.filter(kind="hazard").exists()
