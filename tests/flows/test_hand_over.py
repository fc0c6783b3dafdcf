"""A post is handed over: what is addressed to it reaches the successor's phone, and leaves the predecessor's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader
from fieldwork.duties.models import Role, Rule
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


def test_ledger_is_clean_after_a_spring_of_changes(place: Place, clock: Any) -> None:
    """Bodies, posts, people, links in bulk, a hand-over, and its correction: all through the API, all told."""
    desk = Phone.of(make.user(office="supervisor", division=place.county))
    seat = place.tenure.post
    made_by_hand = (*place.tenure.linkages.all(), place.tenure, seat, seat.organisation, place.user, place.leader)
    for row in made_by_hand:
        row.delete()
    begin = {"starts_on": "2020-01-01"}

    def made(path: str, **body: Any) -> str:
        answer = desk.post(path, body)
        assert answer.status_code == 201, answer.content.decode()
        return str(answer.json()["id"])

    body = made("organisations", name="测试县委", kind="party_committee", division=str(place.county.pk), **begin)
    bureau = made("organisations", name="测试局", kind="department", division=str(place.county.pk), **begin)
    Role.objects.create(version=Rule.objects.get().version, code="county_party_chief", name="县委书记", article="五")
    post = made("posts", organisation=body, title="书记", role="county_party_chief", **begin)
    people = [made("leaders", name=f"测试·{name}") for name in ("前任", "继任")]
    tenure = made("tenures", leader=people[0], post=post, **begin)
    links = [
        {"tenure": tenure, "kind": "town", "target": str(place.town.pk), **begin},
        {"tenure": tenure, "kind": "industry", "target": str(make.industry().pk), **begin},
        {"tenure": tenure, "kind": "department", "target": bureau, "paired_with_begin": 1, **begin},
    ]
    ids = desk.post("linkages/bulk", {"begin": links}).json()["begun"]
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOON)
    assert desk.post("linkages/bulk", {"end": [{"linkage": ids[0], "ends_on": "2026-12-31"}]}).status_code == 200
    given = {"leader": people[1], "reason": "测试：任免文件迟到"}
    for day in ("2026-11-15", "2026-11-05"):
        answer = desk.post(f"tenures/{tenure}/hand-over", {"on": day, **given})
        assert answer.status_code == 201, answer.content.decode()
    call_command("verify_ledger")
