"""A period counted by what it is made of: each division by its own bases, nobody ranked, earlier periods beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Leader, Tenure, User
from fieldwork.duties.at_risk import at_risk_from
from fieldwork.duties.excuses import excuse
from fieldwork.duties.models import Obligation, Rule
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.months import summaries
from tests import factories as make
from tests.api.client import Phone
from tests.fieldwork.duties.county import visit

NAME, NOON = "2026-11", datetime(2026, 11, 21, 4, tzinfo=UTC)
OPENED = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass
class County:
    city: Division
    county: Division
    towns: list[Division]
    tenures: list[Tenure]
    office: User
    rule: Rule


@pytest.fixture
def here(db: None) -> Iterator[County]:
    with time_machine.travel(NOON, tick=False):
        yield county()


def county() -> County:
    """Two towns with two leaders each; the one of the first, who met it, is linked to an industry."""
    city = make.division("测试市")
    of = make.division("测试县", city)
    towns = [make.division(name, of) for name in ("乙镇", "甲镇")]
    posts = [make.post(make.organisation(town), "town_member") for town in towns]
    names = ("丁", "丙", "乙", "甲")
    tenures = [make.tenure(posts[number // 2], make.leader(f"测试{name}")) for number, name in enumerate(names)]
    make.linkage(tenures[0], make.industry("C39", "电子"))
    rule = make.rule(city, ["town_member"], duty="inspection", article="第十条")
    office = make.user(office="supervisor", division=of)
    for name in ("2025-11", "2026-10", NAME):
        reconcile(Period.parse(name), by=SYSTEM, at=OPENED)
    visit(tenures[0].leader, datetime(2026, 11, 5, 2, tzinfo=UTC))
    owed = Obligation.objects.get(leader=tenures[1].leader, period=NAME)
    excuse(owed, kind="leave", reason="病假", by=office, at=NOON, on=date(2026, 11, 21))
    return County(city, of, towns, tenures, office, rule)


def summary(user: User, **query: Any) -> dict[str, Any]:
    answer = Phone.of(user).get(f"periods/{NAME}/summary", query)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def counts(line: dict[str, Any]) -> dict[str, int]:
    return {status: number for status, number in line["figures"]["statuses"].items() if number}


def lines(told: dict[str, Any]) -> list[tuple[str, dict[str, int]]]:
    return [(line["name"], counts(line)) for line in told["lines"]]


def test_divisions_are_counted_with_their_share_of_excuses(here: County) -> None:
    told = summary(here.office)
    assert lines(told) == sorted([("乙镇", {"met": 1, "excused": 1}), ("甲镇", {"open": 2})])
    assert {line["name"]: line["figures"]["excuse_share"] for line in told["lines"]} == {"乙镇": 0.5, "甲镇": 0}
    assert counts(told["total"]) == {"met": 1, "excused": 1, "open": 2}
    assert told["total"]["figures"]["excuse_share"] == 0.25


def test_people_are_ordered_by_name_and_never_by_figures(here: County) -> None:
    told = summary(here.office, by="leader")
    assert [name for name, _counts in lines(told)] == sorted(f"测试{name}" for name in "甲乙丙丁")
    Obligation.objects.update(outcome="met")
    assert [line["key"] for line in summary(here.office, by="leader")["lines"]] == [
        line["key"] for line in told["lines"]
    ]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("organisation", [("乙镇government", {"met": 1, "excused": 1}), ("甲镇government", {"open": 2})]),
        ("rule", [("测试规则", {"met": 1, "excused": 1, "open": 2})]),
        ("industry", [("电子", {"met": 1})]),
    ],
)
def test_period_is_counted_by_what_is_asked(here: County, by: str, expected: list[Any]) -> None:
    told = summary(here.office, by=by)
    assert lines(told) == sorted(expected)
    assert counts(told["total"]) == {"met": 1, "excused": 1, "open": 2}
    if by == "rule":
        assert told["lines"][0]["key"] == here.rule.key


def test_bodies_are_counted_by_organisation_and_by_no_leader(here: County) -> None:
    make.body_rule(here.city, {"kind": "government", "level": "town"}, cadence="month")
    reconcile(Period.parse(NAME), by=SYSTEM, at=NOON)
    assert dict(lines(summary(here.office, by="organisation")))["甲镇government"] == {"open": 3}
    assert sum(line["figures"]["owed"] for line in summary(here.office, by="leader")["lines"]) == 4


def test_division_asked_is_counted_alone(here: County) -> None:
    told = summary(here.office, division=str(here.towns[1].pk))
    assert lines(told) == [("甲镇", {"open": 2})]
    elsewhere = make.user(office="supervisor", division=make.division("别处县", here.city))
    assert Phone.of(elsewhere).get(f"periods/{NAME}/summary?division={here.county.pk}").status_code == 400
    assert lines(summary(elsewhere)) == []


def test_who_moved_within_the_month_is_counted_where_it_rests_now(here: County) -> None:
    moved = here.tenures[2]
    moved.ends_on = date(2026, 11, 10)
    moved.save()
    make.tenure(here.tenures[0].post, moved.leader, date(2026, 11, 11))
    reconcile(Period.parse(NAME), by=SYSTEM, at=NOON)
    told = summary(here.office)
    assert dict(lines(told)) == {
        "乙镇": {"met": 1, "excused": 1, "open": 1}, "甲镇": {"transferred": 1, "open": 1},
    }  # fmt: skip
    assert counts(told["total"]) == {"met": 1, "excused": 1, "open": 2}


def test_open_is_at_risk_from_the_fifteenth_on(here: County) -> None:
    told = summary(here.office)
    assert told["at_risk_from"] == "2026-11-15"
    assert told["total"]["at_risk"] == 2
    assert [one["subject"]["name"] for one in told["at_risk"]] == sorted(["测试甲", "测试乙"])
    listed = Phone.of(here.office).get("obligations?at_risk=true").json()["results"]
    assert {one["id"] for one in listed} == {one["obligation"] for one in told["at_risk"]}
    assert len(Phone.of(here.office).get(f"obligations?at_risk=false&period={NAME}").json()["results"]) == 2
    with time_machine.travel(datetime(2026, 11, 14, 15, 59, tzinfo=UTC), tick=False):
        early = summary(here.office)
        assert (early["total"]["at_risk"], early["at_risk"]) == (0, [])
        assert Phone.of(here.office).get("obligations?at_risk=true").json()["results"] == []


@pytest.mark.parametrize(
    ("name", "day"),
    [("2026-02", (2026, 2, 15)), ("2026-Q4", (2026, 11, 15)), ("2026-H2", (2026, 11, 1)), ("2026", (2026, 9, 1))],
)
def test_longer_periods_are_at_risk_in_their_last_part(name: str, day: tuple[int, int, int]) -> None:
    assert at_risk_from(Period.parse(name)) == date(*day)


def test_earlier_periods_stand_beside_it(here: County) -> None:
    told = summary(here.office, compare="previous,last_year")
    for line in (told["total"], *told["lines"]):
        assert set(line["compared"]) == {"2026-10", "2025-11"}
    assert told["total"]["compared"]["2026-10"]["statuses"]["lapsed"] == 4
    assert told["lines"][0]["compared"]["2025-11"]["statuses"]["lapsed"] == 2
    assert summary(here.office)["total"]["compared"] == {}


def test_lines_come_in_pages(here: County) -> None:
    period, by = Period.parse(NAME), summaries.By.LEADER
    first, second = (summaries.summary_of(period, here.county, by, NOON, page=page, size=3) for page in (1, 2))
    assert (len(first.lines), len(second.lines), second.lines_in_all) == (3, 1, 4)
    assert summary(here.office, by="leader", page=9)["lines"] == []


@pytest.mark.parametrize("by", list(summaries.By))
def test_summary_costs_the_same_for_one_and_for_many(here: County, by: str) -> None:
    def cost() -> int:
        phone = Phone.of(here.office)
        with CaptureQueriesContext(connection) as queries:
            assert phone.get(f"periods/{NAME}/summary?by={by}&compare=previous").status_code == 200
        return len(queries)

    few = cost()
    for _ in range(12):
        post = make.post(make.organisation(make.division("新镇", here.county)), "town_member")
        make.linkage(make.tenure(post), make.industry())
    reconcile(Period.parse(NAME), by=SYSTEM, at=NOON)
    assert len(summary(here.office, by="leader")["lines"]) == 16
    assert cost() == few


def test_leader_is_told_no_figures_of_others(here: County) -> None:
    user = make.user(leader=Leader.objects.first())
    assert Phone.of(user).get(f"periods/{NAME}/summary").status_code == 403


@pytest.mark.parametrize(
    "query", ["by=points", "compare=next", "compare=previous,previous", "page=0", "division=x", "x=1"]
)
def test_question_that_means_nothing_is_refused(here: County, query: str) -> None:
    assert Phone.of(here.office).get(f"periods/{NAME}/summary?{query}").status_code == 400


@pytest.mark.parametrize("name", ["1970-01", "1970", "2199-12", "2199"])
def test_first_and_last_period_have_neighbours(here: County, name: str) -> None:
    """They are compared with, and looked through for, periods beside them."""
    phone = Phone.of(here.office)
    for path in ("summary?compare=previous,last_year", "bulletin", "ledger.csv"):
        assert phone.get(f"periods/{name}/{path}").status_code == 200, path
    assert phone.get("periods/1969/summary").status_code == 400
    assert phone.get("periods/2200/summary").status_code == 400
