"""Quotas of linkages, case by case from the articles."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.directory.models import Division, Leader, Linkage, ProblemTownMark, Tenure
from fieldwork.duties.models import PolicyVersion, Tracking
from fieldwork.duties.quota_rows import Scope
from fieldwork.duties.quotas import scope_of
from tests import factories as make
from tests.fieldwork.duties.links import COUNTY, DAY, PAIR, TOWN, role, rows


@pytest.fixture
def city(db: Any) -> Division:
    return make.division("测试市")


@pytest.fixture
def county(city: Division) -> Division:
    return make.division("测试县", city)


@pytest.fixture
def version(city: Division) -> PolicyVersion:
    return make.rule(city, ["chief", "deputy"]).version


def serve(place: Division, code: str, leader: Leader | None = None) -> Tenure:
    return make.tenure(make.post(make.organisation(place), code), leader)


def test_several_posts_of_a_person_ask_once_for_the_most_and_cite_every_article(
    county: Division, version: PolicyVersion
) -> None:
    role(version, "chief", TOWN | {"count": 2})
    role(version, "deputy", TOWN | {"article": "第八条（七）"}, PAIR)
    first = serve(county, "chief")
    serve(county, "deputy", first.leader)
    towns, pair = sorted(rows(), key=lambda row: row.demand.kinds, reverse=True)
    assert (towns.count, towns.missing, pair.count) == (2, 2, 1)
    assert [(cited.role, cited.article, cited.count) for cited in towns.demanded_by] == [
        ("chief", "第五条（七）", 2), ("deputy", "第八条（七）", 1),
    ]  # fmt: skip
    assert [cited.role for cited in pair.demanded_by] == ["deputy"]
    assert towns.demanded_by[0].text == TOWN["text"]
    assert towns.name == "测试员甲"


def test_town_counts_from_the_day_of_its_mark_and_says_why_not_before(county: Division, version: PolicyVersion) -> None:
    role(version, "chief", TOWN)
    tenure = serve(county, "chief")
    town = make.division("突出镇", county)
    linkage = make.linkage(tenure, town)
    ProblemTownMark.objects.create(
        division=town, reason="测试", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30)
    )
    for on, met in ((date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2026, 12, 1), False)):
        (row,) = rows(on=on)
        assert row.met is met
        assert row.linkages == ([linkage.pk] if met else [])
        assert [why.code for why in row.reasons] == ([] if met else ["too_few", "town_not_marked"])
    assert "突出镇" in rows(on=date(2026, 12, 1))[0].reasons[1].text


def test_industry_and_department_meet_the_pair_only_together(county: Division, version: PolicyVersion) -> None:
    role(version, "chief", PAIR)
    tenure = serve(county, "chief")
    one, two = (make.organisation(county, "department", department_kind="industry") for _ in range(2))
    industry = make.linkage(tenure, make.industry())
    loose = make.linkage(tenure, one)
    (row,) = rows(met=False)
    assert [why.code for why in row.reasons] == ["too_few", "not_paired", "not_paired"]
    paired = make.linkage(tenure, two, paired_with=industry)
    (row,) = rows(met=True)
    assert row.linkages == [industry.pk, paired.pk]
    assert [why.code for why in row.reasons] == ["not_paired"], "the department that stands alone"
    Linkage.objects.filter(pk=industry.pk).update(ends_on=date(2026, 11, 20))
    assert loose.pk not in rows()[0].linkages
    assert [row.missing for row in rows(met=False)] == [1]


def test_two_links_to_one_target_are_one(county: Division, version: PolicyVersion) -> None:
    role(version, "chief", TOWN | {"count": 2, "problem": False})
    tenure = serve(county, "chief")
    town = make.division("测试镇", county)
    for holder in (tenure, serve(county, "deputy", tenure.leader)):
        make.linkage(holder, town)
    assert [(row.missing, len(row.linkages)) for row in rows(met=False)] == [(1, 2)]
    make.linkage(tenure, make.division("别处镇", county))
    assert rows(met=False) == []


def test_quota_needs_no_tracking_but_on_a_street_the_switch(city: Division, version: PolicyVersion) -> None:
    Tracking.objects.all().delete()
    county = make.division("测试县", city)
    role(version, "chief", PAIR, streets="switch")
    street = serve(make.division("测试街道", county, street=True), "chief")
    town = serve(make.division("测试镇", county), "chief")
    assert [row.leader for row in rows()] == [town.leader_id]
    rule = version.rules.get()
    switch = {"policy": version.policy, "rule_code": rule.code, "starts_on": date(2026, 11, 1), "streets": True}
    Tracking.objects.create(division=make.division("别县", city), **switch)
    assert [row.leader for row in rows()] == [town.leader_id]
    Tracking.objects.create(division=county, **switch)
    assert [row.leader for row in rows()] == [street.leader_id, town.leader_id]
    assert [row.leader for row in rows(on=date(2026, 10, 31))] == [town.leader_id]
    version.rules.get().roles.filter(role="chief").delete()
    assert [row.leader for row in rows()] == [town.leader_id]


def test_version_in_force_on_the_day_asks_and_only_where_its_policy_reaches(
    county: Division, version: PolicyVersion
) -> None:
    role(version, "chief", COUNTY)
    PolicyVersion.objects.update(ends_on=date(2026, 11, 20))
    later = PolicyVersion.objects.create(
        policy=version.policy, version="2", status="in_force", starts_on=DAY, text="", digest=""
    )
    role(later, "chief", PAIR)
    serve(county, "chief")
    serve(make.division("别处市"), "chief")
    assert [row.demand.key for row in rows()] == ["industry+department"]
    assert [row.demand.key for row in rows(on=date(2026, 11, 20))] == ["county"]


def test_scope_of_each_sort_of_user(county: Division) -> None:
    tenure = serve(county, "chief")
    assert scope_of(make.user(office="supervisor", division=county), DAY) == Scope(county.path)
    assert scope_of(make.user(office="administrator"), DAY) == Scope("")
    assert scope_of(make.user(leader=tenure.leader), DAY) == Scope(None, leaders=(tenure.leader_id,))
    assert scope_of(make.user(), DAY) == Scope(None)


def test_costs_the_same_at_one_row_and_at_thirty(county: Division, version: PolicyVersion) -> None:
    role(version, "chief", PAIR, TOWN)
    costs = []
    for more in (1, 14):
        for _ in range(more):
            make.linkage(serve(county, "chief"), make.industry())
        with CaptureQueriesContext(connection) as queries:
            found = rows()
        costs.append((len(found), len(queries)))
    assert costs == [(2, 4), (30, 4)]
