"""Rules are switched on and off for divisions."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.models import Division
from fieldwork.duties.models import Policy, Tracking
from fieldwork.duties.policies import rules_with_tracking, track, untrack
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
JANUARY, JULY = date(2026, 1, 1), date(2026, 7, 1)


@pytest.fixture
def city() -> Division:
    return make.division("测试市")


@pytest.fixture
def policy(city: Division) -> Policy:
    """With two rules, `visit` and `lead`."""
    visit = make.rule(city, ["county_chief", "town_chief"], code="visit", tracked_from=None)
    make.rule(city, ["county_chief"], "led_inspection", code="lead", version=visit.version, tracked_from=None)
    return visit.version.policy


def switch_on(
    policy: Policy,
    starts_on: date,
    codes: Sequence[str] = ("visit",),
    division: Division | None = None,
    streets: bool = False,
) -> list[Tracking]:
    return track(
        policy,
        codes,
        division=division or policy.division,
        starts_on=starts_on,
        streets=streets,
        by=SYSTEM,
        at=AT,
    )


def switch_off(policy: Policy, ends_on: date, codes: Sequence[str] = ("visit",)) -> int:
    return untrack(policy, codes, division=policy.division, ends_on=ends_on, by=SYSTEM, at=AT)


def days(rule_code: str = "visit") -> list[tuple[date, date | None, bool]]:
    rows = Tracking.objects.filter(rule_code=rule_code).order_by("starts_on")
    return list(rows.values_list("starts_on", "ends_on", "streets"))


def refused(code: Code) -> pytest.RaisesExc[DomainError]:
    return pytest.raises(DomainError, check=lambda error: error.code is code)


def test_tracked_rule_stands_from_its_day_and_again_changes_nothing(policy: Policy) -> None:
    made = switch_on(policy, JANUARY, codes=["visit", "lead", "visit"])
    assert [(row.rule_code, row.starts_on) for row in made] == [("lead", JANUARY), ("visit", JANUARY)]
    assert switch_on(policy, JANUARY) == [made[1]]
    assert switch_on(policy, JULY) == [made[1]]
    assert Tracking.objects.count() == 2
    event = Event.objects.get(kind="rule.tracked")
    assert (event.data["rules"], event.data["since"]) == (["lead", "visit"], "2026-01-01")


def test_tracking_is_of_one_division_inside_the_policys(city: Division, policy: Policy) -> None:
    county = make.division("测试县", city)
    elsewhere = make.division("测试二市")
    (row,) = switch_on(policy, JANUARY, division=county)
    assert row.division == county
    with refused(Code.INVALID):
        switch_on(policy, JANUARY, division=elsewhere)


def test_rule_that_the_policy_never_had_is_refused(policy: Policy) -> None:
    with refused(Code.UNKNOWN_REFERENCE) as error:
        switch_on(policy, JANUARY, codes=["visit", "vizit"])
    assert [str(fault.detail).count("vizit") for fault in error.value.errors] == [1]
    assert not Tracking.objects.exists()


def test_other_choice_of_streets_begins_on_its_day(policy: Policy) -> None:
    switch_on(policy, JANUARY)
    switch_on(policy, JULY, streets=True)
    assert days() == [(JANUARY, date(2026, 6, 30), False), (JULY, None, True)]
    with refused(Code.ALREADY_EXISTS_DIFFERENTLY):
        switch_on(policy, JULY)
    with refused(Code.ALREADY_EXISTS_DIFFERENTLY):
        switch_on(policy, date(2025, 7, 1))


def test_earlier_day_reaches_to_what_stands_later(policy: Policy) -> None:
    switch_on(policy, JULY)
    switch_on(policy, JANUARY)
    assert days() == [(JANUARY, date(2026, 6, 30), False), (JULY, None, False)]
    switch_on(policy, JANUARY)
    assert len(days()) == 2


def test_switched_off_rule_ends_once_and_may_be_switched_on_again(policy: Policy) -> None:
    switch_on(policy, JANUARY)
    assert switch_off(policy, date(2026, 6, 30)) == 1
    assert switch_off(policy, date(2026, 6, 30)) == 0
    event = Event.objects.get(kind="rule.untracked")
    assert (event.data["rules"], event.data["since"]) == (["visit"], "2026-07-01")
    switch_on(policy, date(2026, 10, 1))
    assert days() == [(JANUARY, date(2026, 6, 30), False), (date(2026, 10, 1), None, False)]


def test_rule_switched_off_before_it_began_is_taken_back(policy: Policy) -> None:
    switch_on(policy, JULY)
    assert switch_off(policy, date(2026, 5, 31)) == 1
    assert days() == []


def test_rules_are_shown_with_their_tracking(city: Division, policy: Policy) -> None:
    county = make.division("测试县", city)
    other = make.division("测试二县", city)
    switch_on(policy, JANUARY, division=county)
    switch_on(policy, JULY, division=county, streets=True)

    def shown(division: Division, on: date) -> list[tuple[str, date | None, bool]]:
        return [
            (tracked.rule.code, tracked.tracked_from, tracked.streets) for tracked in rules_with_tracking(division, on)
        ]

    assert shown(county, date(2026, 8, 1)) == [("visit", JANUARY, True), ("lead", None, False)]
    assert shown(county, date(2026, 6, 30)) == [("visit", JANUARY, False), ("lead", None, False)]
    assert shown(other, JULY) == [("visit", None, False), ("lead", None, False)]
    assert shown(make.division("测试二市"), JULY) == []
    switch_on(policy, date(2027, 1, 1), codes=["lead"], streets=True)
    assert shown(other, JULY)[1] == ("lead", date(2027, 1, 1), True)


def test_rules_with_tracking_take_as_many_queries_for_many(
    city: Division, policy: Policy, django_assert_num_queries: Any
) -> None:
    switch_on(policy, JANUARY, codes=["visit", "lead"])
    with django_assert_num_queries(5):
        for tracked in rules_with_tracking(city, JULY):
            assert tracked.rule.roles.all()
            assert not tracked.rule.bodies.all()
            assert not tracked.rule.pairs.all()
