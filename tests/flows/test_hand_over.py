"""A post is handed over: what is addressed to it reaches the successor's phone, and leaves the predecessor's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader
from fieldwork.duties.reconcile import reconcile
from fieldwork.reminders.models import Notification
from fieldwork.reminders.posts import plan_posts
from tests import factories as make
from tests.api.client import Phone
from tests.api.sync.copy import Copy, differences
from tests.hazards import Works, report
from tests.place import Place

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


def test_hazards_links_and_word_of_them_reach_the_successor(place: Place, works: Works, clock: Any) -> None:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOON)
    hazard = str(report(works))
    desk = works.phone("office")
    leader = Leader.objects.create(name="测试·继任", division=place.county)
    successor = Phone.of(make.user(leader=leader))
    late = make.division("测试二镇", place.county)
    body = {"tenure": str(place.tenure.pk), "kind": "town", "target": str(late.pk), "starts_on": "2026-11-19"}
    wrong = desk.post("linkages", body).json()["id"]
    before, after = Copy(Phone.of(place.user)).catch_up(), Copy(successor).catch_up()
    assert ("linkage", wrong) in before.held
    assert after.told_of("hazard") == after.told_of("linkage") == set()

    given = {"leader": str(leader.pk), "on": "2026-11-18", "reason": "测试：任免文件迟到"}
    told = desk.post(f"tenures/{place.tenure.pk}/hand-over", given).json()

    assert told["hazards"] == 1
    assert hazard in after.catch_up().told_of("hazard")
    assert after.told_of("linkage") == {one["to"] for one in told["linkages"]}
    assert ("linkage", wrong) not in before.catch_up().held
    clock.shift(timedelta(seconds=1))
    assert differences(before) == differences(after) == []
    assert [one["id"] for one in successor.get("hazards?mine=true").json()["results"]] == [hazard]
    assert {one["target"]["name"] for one in successor.get("me").json()["linkages"]} == {"测试镇", "测试二镇"}
    plan_posts(Event.objects.order_by("pk"), NOON - timedelta(days=1), NOON)
    (word,) = Notification.objects.filter(user__leader=leader)
    assert (word.kind, word.post_id) == ("post", place.tenure.post_id)
