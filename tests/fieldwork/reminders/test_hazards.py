"""Mondays: what a listed hazard lacks, and what is late, is told to the units that can do something about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.models import Event
from fieldwork.directory.mergers import Merger
from fieldwork.directory.models import User
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.actions import tick
from fieldwork.reminders.hazard_steps import plan_hazard_steps
from fieldwork.reminders.hazards import plan_hazards, waiting_for
from fieldwork.reminders.models import Notification
from fieldwork.supervision.merging import merge_body
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


def test_unit_that_takes_another_in_is_told_of_what_it_has_to_rectify_now(works: Works) -> None:
    bring(works, "rectifying")
    other, clerk = make.user(organisation=works.assistant), make.user(office="administrator")
    at = MONDAY - timedelta(days=1)
    merge_body(works.rectifier, works.assistant, Merger(at.date(), "测试批复"), by=clerk, at=at)
    assert plan_hazard_steps(Event.objects.filter(at=at), at - timedelta(hours=1), at) == 2
    tick(at)
    told = Notification.objects.filter(kind="assigned", at=at, delivered_at__isnull=False)
    assert {one.user for one in told} == {other, works.users["rectifier"]}
    assert all(works.assistant.name in one.body for one in told)


def test_who_takes_another_in_for_its_ground_has_nothing_new_to_rectify(works: Works) -> None:
    """The regulator's merger passes hazards on as well."""
    bring(works, "rectifying")
    new = make.organisation(works.regulator.division, "department", name="测试新局", department_kind="regulator")
    at = MONDAY - timedelta(days=1)
    clerk = make.user(office="administrator")
    merge_body(works.regulator, new, Merger(at.date(), "测试批复"), by=clerk, at=at)
    unread = Event.objects.filter(at=at)
    assert unread.filter(kind="hazard.passed_on").exists()
    assert plan_hazard_steps(unread, at - timedelta(hours=1), at) == 0


def test_a_monday_long_past_is_no_news(works: Works) -> None:
    bring(works, "rectifying")
    tick(MONDAY + 3 * WEEK + timedelta(days=3))
    assert not Notification.objects.filter(kind="hazard").exists()
