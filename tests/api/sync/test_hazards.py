"""Hazards in GET sync: those that rest on the own posts and bodies, and what happens to them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from fieldwork.directory.models import Tenure
from fieldwork.supervision.actions import appoint, end_tenure
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.api.sync.copy import Copy, differences
from tests.feed import wait_for_the_feed
from tests.hazards import Works, do, report
from tests.place import Place

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def begun(phone: Phone) -> Copy:
    wait_for_the_feed()
    return Copy(phone).catch_up()


def told(copy: Copy) -> list[str]:
    """The states of the hazards that the next answer tells; the copy is then as one begun now."""
    answer = copy.next_page()
    assert not differences(copy)
    return [row["state"] for row in answer["hazards"]]


def test_finder_and_units_are_told_of_each_step(works: Works, clock: Any) -> None:
    finder, unit = begun(works.phone("finder")), begun(works.phone("rectifier"))
    pk = report(works)
    assert (told(finder), told(unit)) == (["reported"], [])
    for step in ("grade", "assign"):
        do(works, "office", pk, step)
    assert (told(finder), told(unit)) == (["rectifying"], ["rectifying"])
    do(works, "rectifier", pk, "submit")
    assert (told(finder), told(unit)) == (["submitted"], ["submitted"])
    wait_for_the_feed()
    told(finder)
    assert told(finder) == []


def test_unit_that_was_named_before_goes_on_being_told(works: Works, clock: Any) -> None:
    pk = report(works)
    for step in ("grade", "assign"):
        do(works, "office", pk, step)
    former = begun(works.phone("rectifier"))
    do(works, "office", pk, "assign", rectifying_unit=str(works.assistant.pk))
    assert told(former) == ["rectifying"]
    assert former.held["hazard", str(pk)]["allowed_actions"] == []


def test_deadline_that_passes_is_told_by_the_clock_alone(works: Works, clock: Any) -> None:
    pk = report(works)
    for step in ("grade", "assign"):
        do(works, "office", pk, step)
    copy = begun(works.phone("rectifier"))
    clock.move_to(NOW + timedelta(days=20))
    assert told(copy) == ["rectifying"]
    assert copy.held["hazard", str(pk)]["overdue"] is True
    assert told(copy) == []


def test_check_in_that_arrives_later_is_told(works: Works, place: Place, clock: Any) -> None:
    visit: UUID = uuid4()
    pk = report(works, check_in=str(visit))
    copy = begun(works.phone("finder"))
    check_in.put(works.phone("finder"), check_in.body(place), visit)
    told(copy)
    assert copy.held["hazard", str(pk)]["check_in_arrived"] is True


def test_successor_in_the_post_gets_what_belongs_to_it(works: Works, place: Place, clock: Any) -> None:
    pk, office = report(works), make.user(office="supervisor", division=place.city)
    successor = make.leader("测试·接任")
    copy = begun(Phone.of(make.user(leader=successor)))
    tenure = Tenure.objects.get(pk=place.tenure.pk)
    end_tenure(tenure=tenure, ends_on=date(2026, 11, 20), by=office, at=NOW)
    appoint(leader=successor, post=tenure.post, starts_on=date(2026, 11, 21), by=office, at=NOW)
    assert told(copy) == ["reported"]
    assert copy.told_of("hazard") == {str(pk)}
