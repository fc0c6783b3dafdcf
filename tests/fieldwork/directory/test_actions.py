"""Beginnings: what is stored, what is told, and what is refused on which field."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.core.models import Event
from fieldwork.directory import actions
from fieldwork.directory.models import Division, Linkage, Organisation, Tenure
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
TOLD: dict[str, Any] = {"by": SYSTEM, "at": AT}
DAY = date(2026, 3, 1)
LAST = date(2026, 9, 30)


def refused(action: Callable[..., object], **given: Any) -> str:
    """The field on which the action refuses, leaving no event behind."""
    before = Event.objects.count()
    with pytest.raises(DomainError) as caught:
        action(**given, **TOLD)
    assert Event.objects.count() == before
    assert caught.value.errors, caught.value.detail
    assert all(fault.code == Code.INVALID and str(fault.detail) for fault in caught.value.errors)
    return " ".join(fault.field for fault in caught.value.errors)


def last_event() -> Event:
    event = Event.objects.order_by("pk").last()
    assert event is not None
    return event


@pytest.fixture
def city() -> Division:
    return factories.division("测试市")


@pytest.fixture
def county(city: Division) -> Division:
    return factories.division("测试县", city)


@pytest.fixture
def government(county: Division) -> Organisation:
    return factories.organisation(county, starts_on=DAY, ends_on=LAST)


@pytest.fixture
def tenure(government: Organisation) -> Tenure:
    return factories.tenure(factories.post(government, starts_on=DAY, ends_on=LAST), starts_on=DAY, ends_on=LAST)


def test_organisation_is_stored_and_told_in_its_scope(county: Division) -> None:
    made = actions.create_organisation(
        name=" 测试局 ",
        kind="department",
        department_kind="regulator",
        division=county,
        starts_on=DAY,
        **TOLD,
    )
    assert (made.name, made.ends_on) == ("测试局", None)
    event = last_event()
    assert (event.kind, event.object_kind, event.object_id) == (
        "organisation.begun",
        "organisation",
        str(made.pk),
    )
    assert (event.actor, event.division_path, event.at) == ("system", county.path, AT)
    assert event.data["since"] == "2026-03-01"
    assert event.data["row"]["department_kind"] == "regulator"
    assert event.data["row"]["division_id"] == county.pk


def test_organisation_may_share_its_name(county: Division) -> None:
    for _ in range(2):
        actions.create_organisation(name="测试局", kind="government", division=county, starts_on=DAY, **TOLD)
    assert Organisation.objects.filter(name="测试局").count() == 2


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": "  "}), ("name", {"name": "长" * 201}), ("kind", {"kind": "club"}),
        ("department_kind", {"department_kind": "industry"}), ("ends_on", {"ends_on": date(2026, 2, 28)}),
        ("department_kind", {"kind": "department", "department_kind": "other"}),
    ],
)  # fmt: skip
def test_organisation_is_refused_on_the_field_at_fault(county: Division, field: str, given: dict[str, Any]) -> None:
    values: dict[str, Any] = {
        "name": "测试局",
        "kind": "government",
        "division": county,
        "starts_on": DAY,
        **given,
    }
    assert refused(actions.create_organisation, **values) == field


def test_several_faults_are_named_at_once(county: Division) -> None:
    values: dict[str, Any] = {"name": "", "kind": "club", "division": county, "starts_on": DAY}
    assert refused(actions.create_organisation, **values) == "name kind"


def test_organisation_at_a_division_that_has_ended_is_refused(county: Division) -> None:
    county.ends_on = date(2026, 2, 28)
    county.save()
    values: dict[str, Any] = {"name": "测试局", "kind": "government", "division": county, "starts_on": DAY}
    assert refused(actions.create_organisation, **values) == "division"


@pytest.mark.parametrize(
    ("field", "starts_on", "ends_on"),
    [("starts_on", date(2026, 2, 28), LAST), ("ends_on", DAY, None), ("ends_on", DAY, date(2026, 10, 1))],
)
def test_what_exceeds_the_days_of_what_it_belongs_to_is_refused(
    tenure: Tenure, field: str, starts_on: date, ends_on: date | None
) -> None:
    days: dict[str, Any] = {"starts_on": starts_on, "ends_on": ends_on}
    town = factories.division("测试镇", tenure.post.organisation.division)
    assert refused(actions.create_post, organisation=tenure.post.organisation, title="测试长", **days) == field
    assert refused(actions.appoint, leader=factories.leader(), post=tenure.post, **days) == field
    assert refused(actions.link, tenure=tenure, kind="town", target=town, **days) == field


@pytest.mark.parametrize(
    ("starts_on", "ends_on"), [(DAY, DAY), (LAST, LAST), (date(2026, 6, 1), date(2026, 7, 1)), (DAY, LAST)]
)
def test_leader_holds_a_post_once_at_a_time(tenure: Tenure, starts_on: date, ends_on: date) -> None:
    given: dict[str, Any] = {"post": tenure.post, "starts_on": starts_on, "ends_on": ends_on}
    assert refused(actions.appoint, leader=tenure.leader, **given) == "starts_on"
    assert actions.appoint(leader=factories.leader(), **given, acting=True, **TOLD).acting


def test_leader_may_come_back_to_a_post(tenure: Tenure) -> None:
    Tenure.objects.update(ends_on=date(2026, 4, 30))
    again: dict[str, Any] = {"leader": tenure.leader, "post": tenure.post, "ends_on": LAST}
    assert refused(actions.appoint, **again, starts_on=date(2026, 4, 30)) == "starts_on"
    made = actions.appoint(**again, starts_on=date(2026, 5, 1), **TOLD)
    assert (last_event().kind, last_event().data["since"]) == ("tenure.begun", "2026-05-01")
    assert last_event().division_path == made.post.organisation.division.path


def test_link_names_its_target_and_is_told(tenure: Tenure) -> None:
    town = factories.division("测试镇", tenure.post.organisation.division)
    made = actions.link(tenure=tenure, kind="town", target=town, starts_on=DAY, ends_on=LAST, **TOLD)
    assert made.target == town
    assert (last_event().kind, last_event().data["row"]["division_id"]) == ("linkage.begun", town.pk)


def test_link_to_the_wrong_kind_of_target_is_refused(tenure: Tenure) -> None:
    county = tenure.post.organisation.division
    town, industry = factories.division("测试镇", county), factories.industry()
    department, government = factories.organisation(county, "department"), tenure.post.organisation
    for kind, target in [
        ("town", county), ("county", town), ("industry", town), ("department", industry),
        ("town", department), ("department", government), ("industry", department), ("city", county),
    ]:  # fmt: skip
        given: dict[str, Any] = {"kind": kind, "target": target, "starts_on": DAY, "ends_on": LAST}
        assert refused(actions.link, tenure=tenure, **given) == "target"


def test_link_outside_the_own_area_is_refused(tenure: Tenure, city: Division) -> None:
    neighbour = factories.division("邻县", city)
    for kind, target in [
        ("county", neighbour), ("town", factories.division("测试镇", neighbour)),
        ("department", factories.organisation(neighbour, "department")),
        ("department", factories.organisation(city, "department")),
    ]:  # fmt: skip
        given: dict[str, Any] = {"kind": kind, "target": target, "starts_on": DAY, "ends_on": LAST}
        assert refused(actions.link, tenure=tenure, **given) == "target"


def test_link_to_the_same_target_twice_at_a_time_is_refused(tenure: Tenure) -> None:
    town, industry = factories.division("测试镇", tenure.post.organisation.division), factories.industry()
    for kind, target in [("town", town), ("industry", industry)]:
        given: dict[str, Any] = {"tenure": tenure, "kind": kind, "target": target}
        actions.link(**given, starts_on=DAY, ends_on=date(2026, 4, 30), **TOLD)
        assert refused(actions.link, **given, starts_on=date(2026, 4, 30), ends_on=LAST) == "target"
        actions.link(**given, starts_on=date(2026, 5, 1), ends_on=LAST, **TOLD)


def test_pair_is_a_department_with_an_industry_of_the_same_tenure(tenure: Tenure) -> None:
    county = tenure.post.organisation.division
    days: dict[str, Any] = {"starts_on": DAY, "ends_on": LAST}
    department = factories.organisation(county, "department")
    industry = actions.link(tenure=tenure, kind="industry", target=factories.industry(), **days, **TOLD)
    given: dict[str, Any] = {"kind": "department", "target": department, **days}
    other = factories.tenure(tenure.post, starts_on=DAY, ends_on=LAST)
    town = actions.link(tenure=tenure, kind="town", target=factories.division("测试镇", county), **days, **TOLD)
    assert refused(actions.link, tenure=other, paired_with=industry, **given) == "paired_with"
    assert refused(actions.link, tenure=tenure, paired_with=town, **given) == "paired_with"
    made = actions.link(tenure=tenure, paired_with=industry, **given, **TOLD)
    assert made.paired_with == industry
    second = {**given, "target": factories.organisation(county, "department")}
    assert refused(actions.link, tenure=tenure, paired_with=industry, **second) == "paired_with"


def test_linkage_is_withdrawn_only_before_it_begins(tenure: Tenure) -> None:
    Organisation.objects.update(ends_on=None)
    tenure.post.__class__.objects.update(ends_on=None)
    Tenure.objects.update(ends_on=None)
    town = factories.division("测试镇", tenure.post.organisation.division)
    begun = factories.linkage(tenure, town, starts_on=date(2026, 11, 21))
    coming = factories.linkage(tenure, town, starts_on=date(2026, 11, 22))
    with pytest.raises(DomainError) as caught:
        actions.withdraw_linkage(begun, **TOLD)
    assert caught.value.code == Code.WRONG_STATE
    actions.withdraw_linkage(coming, **TOLD)
    assert list(Linkage.objects.all()) == [begun]
    assert (last_event().kind, last_event().data["row"]["division_id"]) == ("linkage.withdrawn", town.pk)


def test_site_keeps_its_checked_code_and_place(county: Division) -> None:
    made = actions.create_site(
        name="测试厂",
        division=county,
        starts_on=DAY,
        uscc="91110000600037341l",
        position=Position(23.7, 113.0),
        **TOLD,
    )
    assert (made.uscc, made.latitude, made.longitude) == ("91110000600037341L", 23.7, 113.0)
    assert last_event().kind == "site.begun"
    given: dict[str, Any] = {"name": "测试厂", "division": county, "starts_on": DAY}
    assert refused(actions.create_site, **given, uscc="91110000600037341M") == "uscc"


def test_only_a_town_is_marked_and_once_at_a_time(county: Division) -> None:
    town = factories.division("测试镇", county)
    given: dict[str, Any] = {"reason": "测试原因", "starts_on": DAY}
    assert refused(actions.mark_problem_town, division=county, **given) == "division"
    assert refused(actions.mark_problem_town, division=town, reason=" ", starts_on=DAY) == "reason"
    actions.mark_problem_town(division=town, **given, **TOLD)
    assert last_event().kind == "problem_mark.begun"
    assert refused(actions.mark_problem_town, division=town, reason="又一原因", starts_on=LAST) == "starts_on"


def test_delegation_is_to_another_and_once_at_a_time() -> None:
    leader = factories.leader()
    own, assistant = factories.user(leader=leader), factories.user()
    assert refused(actions.delegate, assistant=own, leader=leader, starts_on=DAY) == "assistant"
    actions.delegate(assistant=assistant, leader=leader, starts_on=DAY, ends_on=LAST, **TOLD)
    assert refused(actions.delegate, assistant=assistant, leader=leader, starts_on=LAST) == "starts_on"


@pytest.mark.parametrize(
    "name", ["\u200b", "\u3164", "\u2060\ufeff", "\u0301", "\u202e", "测试\u202e员", "测试\u2066员\u2069"]
)
def test_name_that_nobody_sees_or_that_turns_what_stands_beside_it_is_refused(name: str, county: Division) -> None:
    assert refused(actions.create_leader, name=name) == "name"
    assert refused(actions.create_site, name=name, division=county, starts_on=DAY) == "name"
    assert (
        refused(actions.create_post, organisation=factories.organisation(county), title=name, starts_on=DAY) == "title"
    )
    assert "name" in refused(actions.create_user, username="x", name=name)


@pytest.mark.parametrize("name", ["测试员甲", "测试·阿卜杜拉", "𠮷测试", "O’Test", "é", "e\u0301"])
def test_name_that_one_can_see_is_taken(name: str) -> None:
    assert actions.create_leader(name=name, **TOLD).name == name
