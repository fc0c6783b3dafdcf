"""GET sync: what a phone gets, what it is to forget, and which cursors are good."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from api.sync.cursor import pack, unpack
from fieldwork.core import events
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event, FeedEpoch
from fieldwork.core.periods import Period
from fieldwork.directory import actions as directory
from fieldwork.duties.reconcile import reconcile
from fieldwork.reminders.actions import tick as remind
from fieldwork.supervision import actions
from tests import factories as make
from tests.api import check_in, filing
from tests.api.client import Phone
from tests.api.sync.copy import Copy, differences
from tests.desk import Desk
from tests.feed import wait_for_the_feed
from tests.hazards import Works, do
from tests.hazards import body as hazard_body
from tests.place import Place

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock(place: Place) -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOW)
        yield clock


@pytest.fixture
def copy(place: Place, clock: Any) -> Copy:
    """Of the leader's own phone, up to date."""
    wait_for_the_feed()
    return Copy(Phone.of(place.user)).catch_up()


def told(copy: Copy) -> dict[str, Any]:
    """What the next answer says, without what says nothing."""
    answer = copy.next_page()
    assert not differences(copy)
    return {name: rows for name, rows in answer.items() if rows and name != "cursor"}


def test_first_call_brings_what_is_mine(copy: Copy, place: Place) -> None:
    assert {noun for noun, _key in copy.held} == {"obligation", "task", "linkage", "division"}
    assert copy.told_of("division") == {str(place.town.pk), str(place.county.pk)}


def test_objects_are_those_of_their_lists(copy: Copy, place: Place) -> None:
    check_in.put(copy.phone, check_in.body(place))
    told_of = copy.next_page()
    for name, path in [("obligations", "obligations"), ("tasks", "tasks"), ("check_ins", "check-ins")]:
        (listed,) = copy.phone.get(path, {"mine": "true"}).json()["results"]
        if name == "check_ins":
            listed["receipt"]["jws"] = None
        assert told_of[name] == [listed]


def test_unit_is_brought_what_it_reported_itself_and_every_step_with_it(clock: Any, works: Works) -> None:
    wait_for_the_feed()
    copy, pk = Copy(works.phone("named")).catch_up(), uuid4()
    assert copy.phone.put(f"hazards/{pk}", hazard_body(works, site=None)).status_code == 201
    wait_for_the_feed()
    assert [row["state"] for row in told(copy)["hazards"]] == ["reported"]
    do(works, "office", pk, "grade")
    wait_for_the_feed()
    assert [row["state"] for row in told(copy)["hazards"]] == ["graded"]


def test_without_news_nothing_is_told(copy: Copy) -> None:
    assert told(copy) == {}


def test_check_in_brings_itself_and_what_it_counts_for(copy: Copy, place: Place) -> None:
    check_in.put(copy.phone, check_in.body(place))
    assert told(copy).keys() == {"obligations", "tasks", "check_ins"}
    wait_for_the_feed()
    told(copy)
    assert told(copy) == {}


def test_second_check_in_does_not_bring_the_first_again(copy: Copy, place: Place) -> None:
    for hour in (2, 3):
        wait_for_the_feed()
        copy.catch_up()
        put = check_in.put(copy.phone, check_in.body(place, captured_at=f"2026-11-21T0{hour}:00:00+08:00"))
        assert [row["id"] for row in told(copy)["check_ins"]] == [put.json()["id"]]


def test_link_made_afterwards_brings_the_visit_that_serves_it(copy: Copy, place: Place) -> None:
    office = make.user(office="supervisor", division=place.city)
    town = make.division("测试镇二", place.county, latitude=24.6, longitude=113.4)
    there = {"latitude": 24.6, "longitude": 113.4, "accuracy_m": 9.0}
    assert check_in.put(copy.phone, check_in.body(place, location=there)).json()["counts_for"] == []
    wait_for_the_feed()
    copy.catch_up()
    actions.link(tenure=place.tenure, kind="town", target=town, starts_on=date(2026, 11, 1), by=office, at=NOW)
    (visit,) = told(copy)["check_ins"]
    assert visit["counts_for"] != []


def test_end_of_the_period_is_told_by_the_clock_alone(copy: Copy, clock: Any) -> None:
    clock.move_to(NOW + 10 * DAY)
    news = told(copy)
    assert [row["status"] for row in news["obligations"] + news["tasks"]] == ["lapsed", "lapsed"]
    assert told(copy) == {}


def test_visit_refreshes_the_task_of_another_month(copy: Copy, place: Place, clock: Any) -> None:
    clock.move_to(NOW + 12 * DAY)
    reconcile(Period.parse("2026-12"), by=SYSTEM, at=NOW + 12 * DAY)
    copy.catch_up()
    check_in.put(copy.phone, check_in.body(place))
    assert {row["period"] for row in told(copy)["tasks"]} == {"2026-11", "2026-12"}


def test_linkage_that_is_taken_back_is_gone(copy: Copy, place: Place) -> None:
    office = make.user(office="supervisor", division=place.city)
    town = make.division("测试镇二", place.county)
    given = {"tenure": place.tenure, "kind": "town", "target": town, "by": office, "at": NOW}
    linkage = actions.link(**given, starts_on=date(2026, 12, 24))  # type: ignore[arg-type]
    pk = str(linkage.pk)
    assert [row["id"] for row in told(copy)["linkages"]] == [pk]
    actions.withdraw_linkage(linkage=linkage, by=office, at=NOW)
    assert told(copy)["gone"] == [{"kind": "linkage", "id": pk}]
    assert "gone" not in told(copy)


def test_delegate_gets_all_of_the_leader_and_forgets_it_again(place: Place, clock: Any) -> None:
    office, assistant = make.user(office="supervisor", division=place.city), make.user("assistant")
    check_in.put(Phone.of(place.user), check_in.body(place))
    copy = Copy(Phone.of(assistant)).catch_up()
    assert copy.held == {}
    delegation = directory.delegate(
        assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 22), by=office, at=NOW
    )
    assert told(copy) == {}
    clock.move_to(NOW + DAY)
    assert told(copy).keys() == {"obligations", "tasks", "check_ins", "linkages", "divisions"}
    held = set(copy.held)
    directory.end(delegation, ends_on=date(2026, 11, 22), by=office, at=NOW)
    clock.move_to(NOW + 2 * DAY)
    assert {(gone["kind"], gone["id"]) for gone in told(copy)["gone"]} == held
    assert copy.held == {}


def test_site_is_told_where_a_target_is(copy: Copy, place: Place) -> None:
    office = make.user(office="supervisor", division=place.city)
    given: dict[str, Any] = {"starts_on": date(2026, 1, 1), "by": office, "at": NOW}
    there = directory.create_site(name="测试厂", division=place.town, **given)
    elsewhere = make.division("测试镇二", place.county)
    directory.create_site(name="别处的厂", division=elsewhere, **given)
    assert [row["id"] for row in told(copy)["sites"]] == [str(there.pk)]
    directory.end(there, ends_on=date(2026, 12, 31), by=office, at=NOW)
    assert [row["ends_on"] for row in told(copy)["sites"]] == ["2026-12-31"]


def test_reminder_is_told_when_it_is_delivered_and_when_it_is_settled(copy: Copy, place: Place) -> None:
    remind(NOW)
    (first,) = told(copy)["notifications"]
    assert (first["settled"], first["read_at"]) == (False, None)
    copy.phone.post(f"notifications/{first['id']}/read")
    assert told(copy)["notifications"][0]["read_at"] is not None
    check_in.put(copy.phone, check_in.body(place))
    assert told(copy)["notifications"][0]["settled"]


def test_desk_work_of_bodies_is_told_to_who_files_for_them(desk: Desk) -> None:
    with time_machine.travel(NOW, tick=False):
        copies = [Copy(Phone.of(user)).catch_up() for user in (desk.unit, desk.chief_user, desk.place.user)]
        assert filing.put(Phone.of(desk.unit), filing.of_town(desk)).status_code == 201
        assert [bool(told(copy).get("filings")) for copy in copies] == [True, True, False]


def test_supervisor_keeps_no_scope(place: Place, clock: Any) -> None:
    assert Copy(Phone.of(make.user(office="supervisor", division=place.city))).catch_up().held == {}


def test_pages_end_right_though_things_happen_between(copy: Copy, place: Place, clock: Any) -> None:
    begun = Copy(copy.phone)
    more = begun.next_page(1)["has_more"]
    while more:
        if begun.answers < 4:
            hour = begun.answers
            check_in.put(copy.phone, check_in.body(place, captured_at=f"2026-11-2{hour}T01:00:00+08:00"))
            clock.move_to(NOW + hour * DAY)
        more = begun.next_page(1)["has_more"]
    begun.catch_up(2)
    assert len(begun.told_of("check_in")) == 3
    assert not differences(begun)


def test_whoever_loses_sight_on_the_way_is_shown_nothing_more(place: Place, clock: Any) -> None:
    office, assistant = make.user(office="supervisor", division=place.city), make.user("assistant")
    delegation = directory.delegate(
        assistant=assistant, leader=place.leader, starts_on=date(2026, 11, 1), by=office, at=NOW
    )
    copy = Copy(Phone.of(assistant))
    assert copy.next_page(1)["has_more"]
    directory.end(delegation, ends_on=date(2026, 11, 20), by=office, at=NOW)
    answer = copy.next_page(1)
    assert not any(rows for rows in answer.values() if isinstance(rows, list))
    assert copy.catch_up().held == {}


def test_loaded_list_brings_all_anew(copy: Copy, place: Place) -> None:
    with transaction.atomic():
        type(place.town).objects.filter(pk=place.town.pk).update(name="测试街道")
        events.append("divisions.loaded", by=SYSTEM, at=NOW, about=("division_list", "test"), since=None)
    assert told(copy).keys() == {"obligations", "tasks", "linkages", "divisions"}


def test_after_a_restore_the_cursor_has_expired(copy: Copy) -> None:
    with transaction.atomic():
        events.begin_epoch(at=NOW, reason="restored")
    refusal = copy.phone.get("sync", {"cursor": copy.cursor})
    assert (refusal.status_code, refusal.json()["code"]) == (410, "cursor_expired")
    begun = Copy(copy.phone).catch_up()
    assert begun.held == copy.held
    assert told(begun) == {}
    # The same backup once more: the epoch has the same number.
    FeedEpoch.objects.update(started_at=NOW + DAY)
    assert copy.phone.get("sync", {"cursor": begun.cursor}).status_code == 410


def test_cursor_of_days_that_the_database_does_not_know_has_expired(copy: Copy, place: Place) -> None:
    known = unpack(copy.cursor, place.user, 0, None)
    ahead = known.goal.mark._replace(running=known.goal.mark.running + 1000)
    cursor = pack(replace(known, goal=known.goal._replace(mark=ahead)), place.user, None)
    assert copy.phone.get("sync", {"cursor": cursor}).status_code == 410


@pytest.mark.parametrize("cursor", ["x", "é", "AAAA", "A" * 400, "=", "..", "%"])
def test_text_that_is_no_cursor_is_invalid(copy: Copy, cursor: str) -> None:
    refusal = copy.phone.get("sync", {"cursor": cursor})
    assert (refusal.status_code, refusal.json()["code"]) == (400, "invalid")


def test_cursor_with_any_byte_changed_is_invalid(copy: Copy) -> None:
    padded = copy.cursor + "=" * (-len(copy.cursor) % 4)
    content = base64.urlsafe_b64decode(padded)
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        cursor = base64.urlsafe_b64encode(changed).decode()
        assert copy.phone.get("sync", {"cursor": cursor}).status_code == 400


def test_cursor_of_somebody_else_is_invalid(copy: Copy) -> None:
    assert Phone.of(make.user()).get("sync", {"cursor": copy.cursor}).status_code == 400


@pytest.mark.parametrize("asked", [{"page_size": "0"}, {"page_size": "501"}, {"page_size": "x"}, {"mine": "true"}])
def test_parameter_that_is_none_is_refused(copy: Copy, asked: dict[str, str]) -> None:
    assert copy.phone.get("sync", asked).status_code == 400


def queries(copy: Copy) -> int:
    with CaptureQueriesContext(connection) as made:
        copy.next_page()
    return len(made)


def test_without_news_few_queries_are_made(copy: Copy) -> None:
    assert queries(copy) == 14


def test_queries_are_the_same_for_one_row_and_for_many(copy: Copy, place: Place) -> None:
    costs = []
    for visits in (1, 9):
        for number in range(visits):
            at = f"2026-11-20T{number:02}:{visits:02}:00+08:00"
            assert check_in.put(copy.phone, check_in.body(place, captured_at=at)).status_code == 201
        costs.append(queries(copy))
    assert costs[0] == costs[1]


def test_reading_leaves_no_trace(copy: Copy) -> None:
    before = Event.objects.count()
    copy.catch_up()
    assert Event.objects.count() == before
