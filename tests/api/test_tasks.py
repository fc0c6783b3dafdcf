"""GET tasks: the list's rows are what the serializer says, and `mine` is what rests on one's posts and bodies."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fieldwork.directory.models import Organisation
from fieldwork.duties.models import Obligation, Performance, Task
from tests import factories as make
from tests.api.client import Phone
from tests.place import Place

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
WORDS = {"zh-hans": "链接", "en": "the link"}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def owed(place: Place) -> Obligation:
    return make.obligation(place.tenure, make.rule(place.city, ["county_party_chief"]))


@pytest.fixture
def tasks(place: Place, owed: Obligation) -> list[Task]:
    """One of every kind and state."""
    department = make.organisation(place.county, "department", name="测试局")
    placeless = {"state": "standing", "since": NOON, "linked_until": owed.due_on}
    made = [
        make.task(owed, place.town, done_at=NOON - timedelta(days=3)),
        make.task(owed, make.division("无址镇", place.county)),
        make.task(owed, make.division("大镇", place.county, latitude=24.5, longitude=113.5, radius_m=900)),
        make.task(owed, make.division("邻县", place.city, latitude=24.1, longitude=113.1), "county"),
        make.task(owed, place.county, "own_area"),
        make.task(owed, make.division("旧镇", place.county), state="withdrawn", reason="link_ended"),
        owed.tasks.create(
            target_key="industry:1", target_kind="industry", industry=make.industry(name="测试业"), **placeless
        ),
        owed.tasks.create(
            target_key=f"department:{department.pk}", target_kind="department", organisation=department, **placeless
        ),
        make.obligation(
            place.tenure, make.rule(place.city, ["county_party_chief"], duty="report", activity="report")
        ).tasks.create(target_key="desk", **placeless),
    ]
    for task, days in zip(made, (3, 40, 5, 6, 7, 8, 9, 10), strict=False):
        visit(place, task, NOON - timedelta(days=days))
    return made


def visit(place: Place, task: Task, at: datetime, **fields: Any) -> None:
    done = Performance.objects.create(
        leader=place.leader, activity="inspection", at=at, captured_at=at, day=at.date(), source_kind="check_in",
        source_id=str(Performance.objects.count()), **fields,
    )  # fmt: skip
    done.touches.create(target_key=task.touch_key)


def rows(phone: Phone, path: str) -> list[Any]:
    answer = phone.get(path)
    assert answer.status_code == 200, answer.content
    found: list[Any] = answer.json()["results"]
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", ["tasks?mine=true", "tasks?mine=true&page_size=200&during=2026", "tasks"])
def test_rows_are_what_the_detail_says_of_every_kind_of_task(
    place: Place, tasks: list[Task], path: str, language: str
) -> None:
    visit(place, tasks[1], NOON - timedelta(days=1), stands=False)
    phone = Phone.of(place.user)
    phone.credentials(HTTP_AUTHORIZATION=f"Bearer {phone.token}", HTTP_ACCEPT_LANGUAGE=language)
    found = rows(phone, path)
    assert {row["id"] for row in found} == {str(task.pk) for task in tasks}
    for row in found:
        assert {**row, "open_hazards": 0} == phone.get(f"tasks/{row['id']}").json()
    by_id = {row["id"]: row for row in found}
    done, seatless, large, *_others, withdrawn, _industry, _department, desk = (by_id[str(task.pk)] for task in tasks)
    assert (done["status"], done["done_at"]) == ("done", "2026-11-18T12:00:00+08:00")
    assert done["target"]["seat"] == {"latitude": 24.2069, "longitude": 113.4017}
    assert (seatless["target"]["seat"], seatless["last_check_in"]) == (None, "2026-10-12T12:00:00+08:00")
    assert large["target"]["radius_m"] == 900
    assert (withdrawn["status"], WORDS[language] in withdrawn["reason"]) == ("withdrawn", language == "en")
    assert withdrawn["reason"]
    assert (desk["target"], desk["last_check_in"]) == (None, None)


def test_rows_are_ordered_and_paged_alike_on_either_way(place: Place, tasks: list[Task]) -> None:
    phone = Phone.of(place.user)
    whole = [row["id"] for row in rows(phone, "tasks?mine=true")]
    assert [row["id"] for row in rows(phone, "tasks?mine=true&during=2026")] == whole
    seen, path = [], "tasks?mine=true&page_size=4"
    while path:
        body = phone.get(path).json()
        seen += [row["id"] for row in body["results"]]
        path = (body["next"] or "").replace("http://testserver", "")
    assert seen == whole
    assert [row["id"] for row in rows(phone, "tasks?mine=true&ordering=due_at")] == whole[::-1]


def bodys(body: Organisation, kind: str = "organisation", lower: Organisation | None = None) -> Task:
    """Desk work of a body, or with another of a pair."""
    rule = make.rule(body.division, [], subject=kind, activity="meeting", duty="meeting")
    owed = Obligation.objects.create(
        subject_key=f"{kind}:{body.pk}", subject_kind=kind, organisation=body, lower_organisation=lower, duty=rule.duty,
        activity="meeting", period="2026-11", minimum=1, starts_on=NOON.date(), ends_on=NOON.date(), due_on=NOON.date(),
        starts_at=NOON - timedelta(days=1), due_at=NOON + timedelta(days=1), lapses_at=NOON + timedelta(days=1),
    )  # fmt: skip
    return owed.tasks.create(target_key="own", state="standing", since=NOON, linked_until=NOON.date())


@pytest.mark.parametrize("query", ["mine=true", "mine=true&period=2026-11"])
def test_mine_rests_also_on_bodies_where_i_hold_a_post_or_am_the_unit(place: Place, query: str) -> None:
    held = place.tenure.post.organisation
    unit, left, foreign = (make.organisation(make.division("镇", place.county)) for _ in range(3))
    make.tenure(make.post(left), place.leader, ends_on=NOON.date() - timedelta(days=1))
    own, as_upper, as_lower = bodys(held), bodys(held, "pair", unit), bodys(foreign, "pair", held)
    of_unit, _of_left, _of_foreign = bodys(unit), bodys(left), bodys(foreign)
    leaders = {row["id"] for row in rows(Phone.of(place.user), f"tasks?{query}")}
    assert leaders == {str(task.pk) for task in (own, as_upper, as_lower)}
    units = {row["id"] for row in rows(Phone.of(make.user(organisation=unit)), f"tasks?{query}")}
    assert units == {str(task.pk) for task in (as_upper, of_unit)}
    assert rows(Phone.of(make.user(office="administrator")), f"tasks?{query}") == []


def test_obligations_are_mine_by_the_same_rule(place: Place, owed: Obligation) -> None:
    task = bodys(place.tenure.post.organisation)
    bodys(make.organisation(make.division("镇", place.county)))
    found = {row["id"] for row in rows(Phone.of(place.user), "obligations?mine=true")}
    assert found == {str(owed.pk), str(task.obligation_id)}
    assert rows(Phone.of(make.user(office="administrator")), "obligations?mine=true") == []


def test_another_users_tasks_are_not_mine(place: Place, tasks: list[Task]) -> None:
    other = make.tenure(make.post(make.organisation(place.town)))
    assert rows(Phone.of(make.user(leader=other.leader)), "tasks?mine=true") == []
    assert len(rows(Phone.of(make.user(office="administrator")), "tasks?mine=false")) == len(tasks)
