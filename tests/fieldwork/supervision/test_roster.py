"""A list of links: how its lines are read, and what it asks for beside what stands."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.directory.bulk_links import Ending
from fieldwork.directory.models import User
from fieldwork.supervision.roster.lines import chosen, pasted
from fieldwork.supervision.roster.links import Days, Found, find
from tests import factories as make
from tests.fieldwork.supervision.clerk import DAY
from tests.place import Place

SPRING = Days(date(2027, 3, 1))


def cells(text: str) -> list[dict[str, Any]]:
    return [line.cells for line in pasted(text).lines]


@pytest.mark.parametrize(
    "text",
    [
        "甲\t书记\t测试镇\t煤炭\t应急局\t2027-03-01",
        "甲，书记，测试镇，煤炭，应急局，2027-03-01",
        "联系部门\t姓名\t联系镇街\t现任职务\t备注\t联系行业\t起始日期\n应急局\t甲\t测试镇\t书记\t无\t煤炭\t2027-03-01\n\n",
    ],
)
def test_lines_are_read_as_spreadsheets_and_clerks_write_them(text: str) -> None:
    assert cells(text) == [
        {
            "leader": "甲", "post": "书记", "place": "测试镇", "industry": "煤炭", "target": "应急局",
            "starts_on": "2027-03-01",
        }
    ]  # fmt: skip


def test_several_columns_of_places_are_one_and_a_department_may_stand_with_its_place() -> None:
    read = cells("姓名\t联系县区\t联系镇街\t联系部门\n甲\t甲县\t乙镇\t甲县/应急局")
    assert read == [{"leader": "甲", "place": "甲县；乙镇", "target": "应急局", "target_division": "甲县"}]


@pytest.fixture
def office(place: Place) -> User:
    return make.user(office="supervisor", division=place.county)


def asked(office: User, text: str, **more: Any) -> Found:
    return find([pasted(text)], SPRING, user=office, on=DAY, **more)


def begun(found: Found) -> list[tuple[str, str]]:
    assert found.faults.found == []
    return [(one.kind, one.target.name) for one in found.begin]


def test_replacing_ends_other_links_of_the_kinds_that_are_dealt(place: Place, office: User) -> None:
    second = make.division("测试二镇", place.county)
    stays = make.linkage(place.tenure, second)
    industry = make.linkage(place.tenure, make.industry())
    found = asked(office, "测试·书记,,测试二镇；三镇", replace=True)
    assert [str(fault.field) for fault in found.faults.found] == ["粘贴的名单.1.县、镇"]
    make.division("三镇", place.county)
    found = asked(office, "测试·书记,,测试二镇；三镇", replace=True)
    assert begun(found) == [("town", "三镇")]
    old = place.tenure.linkages.get(division=place.town)
    assert [(one.linkage, one.ends_on) for one in found.end] == [(old, date(2027, 2, 28))]
    assert found.unchanged == 1
    assert {stays, industry}.isdisjoint(one.linkage for one in found.end)
    assert asked(office, "测试·书记,,测试二镇；三镇").end == []


def test_link_that_stands_gets_the_last_day_of_its_line(place: Place, office: User) -> None:
    found = asked(office, "测试·书记,,测试镇,,,,2027-12-31")
    assert (begun(found), found.unchanged) == ([], 0)
    assert [(one.linkage.division, one.ends_on) for one in found.end] == [(place.town, date(2027, 12, 31))]


def test_link_that_is_ended_beside_the_list_begins_anew(place: Place, office: User) -> None:
    ending = Ending(0, place.tenure.linkages.get(), date(2027, 1, 31))
    found = find([pasted("测试·书记,,测试镇")], SPRING, [ending], user=office, on=DAY, replace=True)
    assert (begun(found), found.end, found.unchanged) == ([("town", "测试镇")], [ending], 0)


def test_pair_stands_as_it_is_is_completed_or_begun_anew(place: Place, office: User) -> None:
    coal, bureau = make.industry(name="煤炭"), make.organisation(place.county, "department", name="应急局")
    make.organisation(place.county, "department", name="能源局")
    industry = make.linkage(place.tenure, coal)
    (completed,) = asked(office, "测试·书记,,,煤炭,应急局").begin
    assert (completed.kind, completed.paired_with) == ("department", industry)

    department = make.linkage(place.tenure, bureau, paired_with=industry)
    found = asked(office, "测试·书记,,,煤炭,应急局", replace=True)
    assert (begun(found), found.end, found.unchanged) == ([], [], 2)

    found = asked(office, "测试·书记,,,煤炭,能源局", replace=True)
    assert begun(found) == [("industry", "煤炭"), ("department", "能源局")]
    assert found.begin[1].pair == 0
    assert {one.linkage for one in found.end} == {industry, department}


def test_departments_of_one_name_are_told_apart_by_the_place_where_the_leader_serves(place: Place) -> None:
    other = make.division("测试二县", place.city)
    own, others = (make.organisation(county, "department", name="应急局") for county in (place.county, other))
    office = make.user(office="supervisor", division=place.city)
    (one,) = asked(office, "测试·书记,,,,应急局").begin
    assert one.target == own
    mayor = make.tenure(make.post(make.organisation(place.city)), make.leader("测试·市长"))
    assert [fault.field for fault in asked(office, "测试·市长,,,,应急局").faults.found] == ["粘贴的名单.1.部门"]
    (named,) = asked(office, "测试·市长,,,,测试二县/应急局").begin
    assert (named.tenure, named.target) == (mayor, others)


def test_link_lasts_no_longer_than_its_tenure(place: Place, office: User) -> None:
    place.tenure.ends_on = date(2027, 6, 30)
    place.tenure.save()
    make.division("测试二镇", place.county)
    typed = chosen([(place.tenure.pk, {"place": "测试二镇", "industry": " "})])
    (one,) = find([typed], SPRING, user=office, on=DAY).begin
    assert one.ends_on == date(2027, 6, 30)


def test_thirty_lines_cost_the_queries_of_three(place: Place, office: User) -> None:
    def cost(number: int) -> int:
        for each in range(number):
            tenure = make.tenure(place.tenure.post, make.leader(f"测试·{number}·{each}"))
            make.linkage(tenure, make.division(f"测试{number}·{each}镇", place.county))
        lines = "\n".join(f"测试·{number}·{each},,测试镇" for each in range(number))
        with CaptureQueriesContext(connection) as queries:
            found = asked(office, lines, replace=True)
        assert (len(begun(found)), len(found.end)) == (number, number)
        return len(queries)

    assert cost(30) == cost(3)
