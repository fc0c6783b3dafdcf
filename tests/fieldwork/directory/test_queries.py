"""Who sees which rows of the directory; who may manage and act."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from fieldwork.directory import queries
from fieldwork.directory.models import Delegation, Division, Leader, ProblemTownMark, Site, Tenure, User
from fieldwork.directory.rules import can_act_for, can_manage_division, day_to_act_in
from tests import factories

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
MODELS = [
    "divisions", "organisations", "posts", "leaders", "tenures", "linkages", "sites", "problem_marks",
    "users", "delegations",
]  # fmt: skip


@dataclass
class Place:
    """A county with a town, and one row of everything in it."""

    county: Division
    town: Division = field(init=False)
    tenure: Tenure = field(init=False)
    leader: Leader = field(init=False)
    assistant: User = field(init=False)
    rows: dict[str, set[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.town = factories.division("测试镇", self.county)
        government = factories.organisation(self.county)
        self.tenure = factories.tenure(factories.post(government))
        self.leader = self.tenure.leader
        account = factories.user(leader=self.leader)
        self.assistant = factories.user()
        unit = factories.user(organisation=government)
        delegation = Delegation.objects.create(assistant=self.assistant, leader=self.leader, starts_on=ON, ends_on=ON)
        site = Site.objects.create(name="测试厂", division=self.town, starts_on=ON)
        mark = ProblemTownMark.objects.create(division=self.town, reason="测试原因", starts_on=ON)
        self.rows = {
            "divisions": {self.county.pk, self.town.pk},
            "organisations": {government.pk},
            "posts": {self.tenure.post.pk},
            "leaders": {self.leader.pk},
            "tenures": {self.tenure.pk},
            "linkages": {factories.linkage(self.tenure, self.town).pk},
            "sites": {site.pk},
            "problem_marks": {mark.pk},
            "users": {account.pk, self.assistant.pk, unit.pk},
            "delegations": {delegation.pk},
        }


@pytest.fixture
def city() -> Division:
    return factories.division("测试市")


@pytest.fixture
def here(city: Division) -> Place:
    return Place(factories.division("测试县", city))


@pytest.fixture
def there(city: Division) -> Place:
    return Place(factories.division("邻县", city))


def seen(user: User, name: str, on: date = ON) -> set[int]:
    rows: QuerySet[Any] = getattr(queries, f"{name}_visible_to")(user, on)
    found = list(rows.values_list("pk", flat=True))
    assert len(found) == len(set(found)), "no row is seen twice"
    return set(found)


@pytest.mark.parametrize("office", ["supervisor", "auditor", "administrator"])
def test_office_sees_its_subtree_and_no_more(here: Place, there: Place, office: str) -> None:
    user = factories.user(office=office, division=here.county)
    for name in MODELS:
        expected = here.rows[name] | ({user.pk} if name == "users" else set())
        assert seen(user, name) == expected, name


def test_administrator_without_a_division_sees_everything(here: Place, there: Place, city: Division) -> None:
    user = factories.user(office="administrator")
    newcomer = factories.leader()
    for name in MODELS:
        extra = {"divisions": {city.pk}, "users": {user.pk}, "leaders": {newcomer.pk}}.get(name, set())
        assert seen(user, name) == here.rows[name] | there.rows[name] | extra, name


def test_user_without_office_leader_or_unit_sees_nothing_but_themself(here: Place) -> None:
    user = factories.user(division=here.county)
    assert {name: seen(user, name) for name in MODELS} == {name: set() for name in MODELS} | {"users": {user.pk}}


def test_leader_sees_the_own_rows(here: Place, there: Place) -> None:
    user = here.leader.user
    for name in MODELS:
        assert seen(user, name) == (here.rows[name] if name != "users" else {user.pk}), name


def test_leader_of_the_city_sees_its_whole_subtree_of_divisions_but_not_its_people(
    here: Place, there: Place, city: Division
) -> None:
    tenure = factories.tenure(factories.post(factories.organisation(city)))
    user = factories.user(leader=tenure.leader)
    assert seen(user, "divisions") == {city.pk} | here.rows["divisions"] | there.rows["divisions"]
    assert seen(user, "sites") == here.rows["sites"] | there.rows["sites"]
    assert seen(user, "leaders") == {tenure.leader.pk}


def test_leader_sees_linked_departments_and_divisions(here: Place, there: Place) -> None:
    department = factories.organisation(there.town, "department")
    factories.linkage(here.tenure, department)
    factories.linkage(here.tenure, there.town)
    user = here.leader.user
    assert seen(user, "organisations") == here.rows["organisations"] | {department.pk}
    assert seen(user, "divisions") == here.rows["divisions"] | {there.town.pk}


def test_assistant_sees_what_the_leader_sees_while_the_delegation_holds(here: Place, there: Place) -> None:
    for name in MODELS:
        expected = here.rows[name] if name != "users" else {here.assistant.pk}
        assert seen(here.assistant, name) == expected, name
    for name in set(MODELS) - {"users", "delegations"}:
        assert seen(here.assistant, name, date(2026, 11, 20)) == seen(here.assistant, name, date(2026, 11, 22)) == set()


def test_supervisor_who_is_also_a_leader_sees_both(here: Place, there: Place) -> None:
    user = here.leader.user
    user.office, user.division = "supervisor", there.county
    user.save()
    for name in MODELS:
        expected = here.rows[name] | there.rows[name] if name != "users" else there.rows[name] | {user.pk}
        assert seen(user, name) == expected, name


def test_unit_user_sees_the_unit_and_its_place(here: Place, there: Place) -> None:
    user = User.objects.get(organisation=here.tenure.post.organisation)
    assert seen(user, "organisations") == here.rows["organisations"]
    assert seen(user, "sites") == here.rows["sites"]
    assert seen(user, "leaders") == set()


def test_industries_are_everybodys() -> None:
    industry = factories.industry()
    assert set(queries.industries_visible_to(factories.user(), ON)) == {industry}


def test_person_without_a_tenure_is_seen_by_the_office_that_entered_them(here: Place, there: Place) -> None:
    newcomer = Leader.objects.create(name="测试新人", division=here.county)
    office, other = (factories.user(office="supervisor", division=place.county) for place in (here, there))
    assert set(queries.leaders_visible_to(office, ON)) == {newcomer, here.leader}
    assert newcomer not in queries.leaders_visible_to(other, ON)


def test_division_is_managed_by_supervisors_and_administrators_of_its_scope(here: Place, there: Place) -> None:
    def may(office: str, division: Division | None) -> list[bool]:
        user = factories.user(office=office, division=division)
        return [can_manage_division(user, place) for place in (here.county, here.town, there.town)]

    assert may("supervisor", here.county) == may("administrator", here.county) == [True, True, False]
    assert may("supervisor", here.town) == [False, True, False]
    assert may("administrator", None) == [True, True, True]
    assert may("auditor", here.county) == may("", here.county) == may("", None) == [False, False, False]


def test_acting_for_a_leader_is_the_leaders_or_a_delegates_of_that_day(here: Place, there: Place) -> None:
    assert can_act_for(here.leader.user, here.leader, ON)
    assert can_act_for(here.assistant, here.leader, ON)
    assert not can_act_for(here.assistant, here.leader, date(2026, 11, 22))
    assert not can_act_for(here.assistant, there.leader, ON)
    assert not can_act_for(factories.user(office="supervisor", division=here.county), here.leader, ON)


@pytest.mark.parametrize(("later", "may"), [(0, True), (1, True), (30, True), (31, False)])
def test_deed_of_a_day_on_which_one_could_act_is_taken_for_thirty_days(here: Place, later: int, may: bool) -> None:
    sent_on = ON + timedelta(days=later)
    assert can_act_for(here.assistant, here.leader, sent_on, ON) == may
    assert not can_act_for(here.assistant, here.leader, sent_on + timedelta(days=1), ON + timedelta(days=1))
    assert not can_act_for(here.assistant, here.leader, ON - timedelta(days=1), ON), "a deed to come gives no right yet"
    assert not can_act_for(factories.user(), here.leader, sent_on, ON)


@pytest.mark.parametrize(("later", "may"), [(0, True), (1, True), (30, True), (31, False)])
def test_body_that_ended_is_acted_for_as_long_as_the_deed_is_fresh(here: Place, later: int, may: bool) -> None:
    body = here.tenure.post.organisation
    unit = User.objects.get(organisation=body)
    sent_on, other = ON + timedelta(days=later), factories.organisation(here.county)
    type(body).objects.filter(pk=body.pk).update(ends_on=ON)
    Tenure.objects.update(ends_on=ON)
    for user in (unit, here.leader.user):
        assert day_to_act_in(user, [other, body], sent_on, ON) == (ON if may else None)
        assert day_to_act_in(user, [other], sent_on, ON) is None
        assert day_to_act_in(user, [body], sent_on) == (sent_on if later == 0 else None)
        assert day_to_act_in(user, [body], sent_on + timedelta(days=1), ON + timedelta(days=1)) is None


def test_unit_of_a_body_that_has_not_begun_or_has_ended_is_none(here: Place) -> None:
    body = here.tenure.post.organisation
    unit = User.objects.get(organisation=body)
    type(body).objects.filter(pk=body.pk).update(starts_on=ON, ends_on=ON)
    days = [ON + timedelta(days=shift) for shift in (-1, 0, 1)]
    assert [queries.organisation_ids(unit, day) for day in days] == [[], [body.pk], []]
