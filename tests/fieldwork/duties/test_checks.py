"""Structural checks: who should also hold what, or has the safety portfolio, at each place."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from fieldwork.directory.models import Division
from fieldwork.duties.checks import Asked, Checked, checks
from fieldwork.duties.models import Body, PolicyVersion, Role, Rule, RuleRole, Tracking
from fieldwork.duties.quota_rows import Scope
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 21)
ALL = Scope("")


def check(kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "code": "chair_4", "kind": kind, "name": "测试检查", "article": "第四条", "text": "担任主任",
        "strength": "must", "roles": ["chief"], "bodies": ["committee"], "in_roles": [], "assumed": {}, **fields,
    }  # fmt: skip


CHAIR = check("also_holds", in_roles=["chair"])
PORTFOLIO = check("portfolio_held_by", code="portfolio_8", roles=["executive"], bodies=["government"])


@pytest.fixture
def city() -> Division:
    return make.division("测试市")


@pytest.fixture
def rule(city: Division) -> Rule:
    made = make.rule(city, ["chief"])
    version = made.version
    for code, name in (("chief", "县长"), ("chair", "安委会主任"), ("executive", "常务副县长")):
        Role.objects.create(version=version, code=code, name=name, article="第四条")
    for code, name, kind in (("committee", "安委会", "safety_committee"), ("government", "县政府", "government")):
        Body.objects.create(version=version, code=code, name=name, kind=kind)
    return made


@pytest.fixture
def version(rule: Rule) -> PolicyVersion:
    return with_checks(rule.version, CHAIR)


def with_checks(version: PolicyVersion, *found: dict[str, Any]) -> PolicyVersion:
    version.checks = list(found)
    version.save()
    return version


def rows(scope: Scope = ALL, met: bool | None = None, on: date = DAY) -> list[Checked]:
    return checks(Asked(on, scope, met=met), limit=1000)


def chief(county: Division, committee: str = "", name: str = "测试员甲", **tenure: Any) -> Any:
    """A county's chief, with a post in the safety committee unless none is named."""
    leader = make.leader(name)
    held = make.tenure(make.post(make.organisation(county), "chief"), leader, **tenure)
    if committee:
        make.tenure(make.post(make.organisation(county, "safety_committee"), committee), leader)
    return held


def test_chief_who_does_not_chair_the_committee_is_found_with_the_article(
    city: Division, version: PolicyVersion
) -> None:
    good, member, none = (make.division(name, city) for name in ("甲县", "乙县", "丙县"))
    chief(good, "chair")
    chief(member, "member", "测试员乙")
    chief(none, "", "测试员丙")
    make.division("空县", city)
    found = rows()
    assert [(row.division_name, row.met) for row in found] == [("甲县", True), ("乙县", False), ("丙县", False)]
    assert [row.division_name for row in rows(met=False)] == ["乙县", "丙县"]
    assert [row.division_name for row in rows(met=True)] == ["甲县"]
    with override("en"):
        assert found[1].missing == ["测试员乙 (chief) is not 安委会主任 in 安委会 here."]
    assert found[0].missing == []
    assert found[1].line.check["article"] == "第四条"


def test_committee_of_another_place_or_another_day_is_none(city: Division, version: PolicyVersion) -> None:
    one, two = make.division("甲县", city), make.division("乙县", city)
    leader = chief(one).leader
    elsewhere = make.post(make.organisation(two, "safety_committee"), "chair")
    make.tenure(elsewhere, leader)
    here = make.post(make.organisation(one, "safety_committee"), "chair")
    make.tenure(here, leader, ends_on=date(2026, 11, 20))
    assert [row.met for row in rows()] == [False]
    assert [row.met for row in rows(on=date(2026, 11, 20))] == [True]


def test_any_post_in_the_body_will_do_where_no_role_in_it_is_named(city: Division, rule: Rule) -> None:
    with_checks(rule.version, check("also_holds"))
    chief(make.division("甲县", city), "whatever")
    chief(make.division("乙县", city))
    assert [row.met for row in rows()] == [True, False]
    with override("en"):
        assert rows()[1].missing == ["测试员甲 (chief) has no post in 安委会 here."]


def test_portfolio_lies_with_whom_the_article_names(city: Division, rule: Rule) -> None:
    with_checks(rule.version, PORTFOLIO)
    good, bad, unsaid = (make.division(name, city) for name in ("甲县", "乙县", "丙县"))
    for county, role in ((good, "executive"), (bad, "member")):
        make.tenure(make.post(make.organisation(county), role, safety_portfolio=True))
    make.tenure(make.post(make.organisation(unsaid), "member"))
    make.tenure(make.post(make.organisation(unsaid, "safety_committee"), "member", safety_portfolio=True))
    assert [(row.division_name, row.met) for row in rows()] == [("甲县", True), ("乙县", False)]
    with override("en"):
        assert rows()[1].missing == ["测试员甲 (member) has the safety portfolio, but is not 常务副县长 here."]


def test_portfolio_that_nobody_has_is_found_where_a_role_in_the_body_should_have_it(city: Division, rule: Rule) -> None:
    with_checks(rule.version, PORTFOLIO)
    nobody, former, elsewhere, good, empty = (make.division(f"{name}县", city) for name in "甲乙丙丁戊")
    for county in (nobody, former, elsewhere, good):
        make.tenure(make.post(make.organisation(county), "executive", safety_portfolio=county == good))
    past = make.post(make.organisation(former), "member", safety_portfolio=True)
    make.tenure(past, ends_on=date(2026, 11, 20))
    other_body = make.organisation(elsewhere, "safety_committee")
    make.tenure(make.post(other_body, "executive", safety_portfolio=True))
    make.post(make.organisation(empty), "executive")
    make.tenure(make.post(make.organisation(empty, "safety_committee"), "executive"))
    found = rows()
    assert [(row.division_name, row.met) for row in found] == [
        ("甲县", False), ("乙县", False), ("丙县", False), ("丁县", True),
    ]  # fmt: skip
    assert [row.division_name for row in rows(met=False)] == ["甲县", "乙县", "丙县"]
    assert [row.division_name for row in rows(met=True)] == ["丁县"]
    assert rows(on=date(2026, 11, 20))[1].leaders != []
    with override("en"):
        assert found[0].missing == ["Nobody has the safety portfolio in 县政府 here; 常务副县长 should."]
    assert found[0].leaders == []
    assert found[3].missing == []


def test_portfolio_that_nobody_has_is_no_finding_where_it_only_may_be(city: Division, rule: Rule) -> None:
    with_checks(rule.version, {**PORTFOLIO, "strength": "may"})
    make.tenure(make.post(make.organisation(make.division("甲县", city)), "executive"))
    assert [row.met for row in rows()] == [False]
    assert rows(met=False) == []


def test_portfolio_that_nobody_has_is_shown_to_whom_the_role_is_their_own(city: Division, rule: Rule) -> None:
    """A colleague out of sight who has it makes it no finding; a colleague who lacks it as well makes no second one."""
    with_checks(rule.version, PORTFOLIO)
    one, two = make.division("甲县", city), make.division("乙县", city)
    body = make.organisation(two)
    deputies = [make.tenure(make.post(make.organisation(one), "executive")), make.tenure(make.post(body, "executive"))]
    member = make.tenure(make.post(make.organisation(one), "member"))
    make.tenure(make.post(body, "executive", safety_portfolio=True))
    make.tenure(make.post(make.organisation(one), "executive"))
    own = [rows(Scope(None, leaders=(tenure.leader_id,))) for tenure in [*deputies, member]]
    assert [[row.division for row in found] for found in own] == [[one.pk], [], []]
    assert [row.division for row in rows(Scope(two.path, leaders=(deputies[0].leader_id,)))] == [one.pk, two.pk]
    assert [row.division for row in rows(Scope("", within=one.path))] == [one.pk]


def test_one_of_several_who_is_not_as_asked_is_enough(city: Division, version: PolicyVersion) -> None:
    county = make.division("甲县", city)
    chief(county, "chair")
    chief(county, "", "测试员乙")
    (row,) = rows()
    assert not row.met
    assert [(holder.name, holder.met) for holder in row.leaders] == [("测试员甲", True), ("测试员乙", False)]
    assert len(row.missing) == 1


def test_what_only_may_be_is_shown_and_never_a_finding(city: Division, rule: Rule) -> None:
    with_checks(rule.version, {**CHAIR, "strength": "may"})
    chief(make.division("甲县", city))
    assert [row.met for row in rows()] == [False]
    assert rows(met=False) == []


def test_streets_wait_for_their_switch_where_the_role_or_body_leaves_it_to_one(city: Division, rule: Rule) -> None:
    with_checks(rule.version, CHAIR, PORTFOLIO)
    street = make.division("测试街道", city, street=True)
    chief(street)
    make.tenure(make.post(make.organisation(street), "member", safety_portfolio=True))
    assert len(rows()) == 2
    quiet = make.division("别的街道", city, street=True)
    make.tenure(make.post(make.organisation(quiet), "executive"))
    assert len(rows()) == 3
    Role.objects.filter(code="chief").update(streets="switch")
    Body.objects.filter(code="government").update(streets=False)
    assert rows() == []
    Tracking.objects.update(streets=True)
    assert len(rows()) == 3
    RuleRole.objects.filter(rule=rule).update(excepted=True)
    assert {row.line.check["code"] for row in rows()} == {"portfolio_8"}


def test_scope_and_own_rows(city: Division, version: PolicyVersion) -> None:
    one, two = make.division("甲县", city), make.division("乙县", city)
    own = chief(one)
    chief(one, "", "测试员乙")
    chief(two, "", "测试员丙")
    assert [row.division for row in rows(Scope(one.path))] == [one.pk]
    assert [row.division for row in rows(Scope("", within=two.path))] == [two.pk]
    (mine,) = rows(Scope(None, leaders=(own.leader_id,)))
    assert [holder.id for holder in mine.leaders] == [own.leader_id]
    assert len(rows(Scope(two.path, leaders=(own.leader_id,)))) == 2
    assert rows(Scope(None)) == []


def test_pages_hold_every_row_once_at_the_same_cost(city: Division, rule: Rule) -> None:
    with_checks(rule.version, CHAIR, {**CHAIR, "code": "again"}, PORTFOLIO)
    for number in range(4):
        chief(county := make.division(f"{number}县", city))
        if number % 2:
            make.tenure(make.post(make.organisation(county), "executive"))
    whole = [row.key for row in rows()]
    assert len(whole) == 10
    forward: list[Checked] = []
    costs = set()
    while True:
        with CaptureQueriesContext(connection) as queries:
            page = checks(Asked(DAY, ALL, met=None), after=forward[-1].key if forward else None, limit=3)
        if not page:
            break
        costs.add(len(queries))
        forward += page
    assert [row.key for row in forward] == whole
    back = checks(Asked(DAY, ALL, met=None), after=whole[5], backward=True, limit=3)
    assert [row.key for row in back] == whole[2:5]
    assert len(costs) == 1


def test_version_of_another_day_checks_nothing(city: Division, version: PolicyVersion) -> None:
    chief(make.division("甲县", city))
    version.ends_on = date(2026, 11, 20)
    version.save()
    assert rows() == []
