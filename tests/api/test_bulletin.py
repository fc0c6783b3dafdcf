"""The bulletin of a division and period: as data, and as a letter that says the same."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, User
from fieldwork.duties.excuses import excuse
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.bulletins.bulletin import bulletin_of
from fieldwork.supervision.bulletins.printing import engine, letter, printed, said
from fieldwork.supervision.months.freezing import freeze
from tests import factories as make
from tests.api.client import Phone
from tests.fieldwork.duties.county import visit

NAME, AFTER = "2026-11", datetime(2026, 12, 3, 4, tzinfo=UTC)
MARKUP = '#panic("x") *x* _y_ $z$ \\u{1}'


@pytest.fixture
def county(db: None) -> Iterator[Division]:
    """Two towns of two leaders each: one met it, one is excused, two lapsed; and so did one town's government."""
    with time_machine.travel(AFTER, tick=False):
        city = make.division("测试市")
        of = make.division("测试县", city)
        towns = [make.division(name, of) for name in (MARKUP, "甲镇")]
        posts = [make.post(make.organisation(town), "town_member") for town in towns]
        people = [make.tenure(posts[number // 2], make.leader(f"测试员{number}")).leader for number in range(4)]
        make.rule(city, ["town_member"], name="每月排查", article="第十条")
        make.body_rule(city, {"kind": "government", "level": "town"}, cadence="month", name="开会", article="第十一条")
        for name in ("2026-10", NAME):
            reconcile(Period.parse(name), by=SYSTEM, at=datetime(2026, 10, 1, tzinfo=UTC))
        visit(people[0], datetime(2026, 11, 5, 2, tzinfo=UTC))
        owed = Obligation.objects.get(leader=people[1], period=NAME)
        office = make.user("office", office="supervisor", division=of)
        excuse(owed, kind="leave", reason="病假", by=office, at=AFTER, on=date(2026, 12, 3))
        yield of


@pytest.fixture
def office(county: Division) -> User:
    return User.objects.get(username="office")


def told(user: User, query: str = "") -> dict[str, Any]:
    answer = Phone.of(user).get(f"periods/{NAME}/bulletin?{query}")
    assert answer.status_code == 200, answer.content
    data: dict[str, Any] = answer.json()
    return data


def counts(line: dict[str, Any]) -> dict[str, int]:
    return {status: number for status, number in line["figures"]["statuses"].items() if number}


def test_figures_stand_by_division_and_duty_beside_those_of_the_period_before(office: User) -> None:
    bulletin = told(office)
    assert (bulletin["period"], bulletin["previous"], bulletin["division"]["name"]) == (NAME, "2026-10", "测试县")
    assert bulletin["issuer"] == "测试县安全生产委员会办公室"
    assert counts(bulletin["total"]) == {"met": 1, "excused": 1, "lapsed": 4}
    assert bulletin["total"]["figures"]["excuse_share"] == pytest.approx(1 / 6, abs=1e-4)
    assert bulletin["total"]["compared"]["2026-10"]["statuses"]["lapsed"] == 6
    assert [(line["name"], counts(line)) for line in bulletin["divisions"]] == [
        (MARKUP, {"met": 1, "excused": 1, "lapsed": 1}), ("甲镇", {"lapsed": 3}),
    ]  # fmt: skip
    assert {line["name"]: counts(line) for line in bulletin["rules"]} == {
        "每月排查": {"met": 1, "excused": 1, "lapsed": 2}, "开会": {"lapsed": 2},
    }  # fmt: skip
    assert bulletin["published"] is None


def test_bodies_are_named_and_people_counted(office: User) -> None:
    bulletin = told(office)
    lapses = bulletin["lapses"]
    assert (lapses["of_people"], lapses["people"], lapses["of_bodies"]) == (2, 2, 2)
    assert [(lapse["name"], lapse["duty"], lapse["article"]) for lapse in lapses["bodies"]] == [
        (f"{MARKUP}government", "开会", "第十一条"), ("甲镇government", "开会", "第十一条"),
    ]  # fmt: skip
    assert "测试员" not in json.dumps(bulletin, ensure_ascii=False)


def test_scope_is_that_of_the_office(office: User, county: Division) -> None:
    town = Division.objects.get(name="甲镇")
    assert counts(told(office, f"division={town.pk}")["total"]) == {"lapsed": 3}
    other = make.user(office="auditor", division=make.division("别县", county.parent))
    assert Phone.of(other).get(f"periods/{NAME}/bulletin?division={county.pk}").status_code == 400
    assert Phone.of(make.user(leader=make.leader())).get(f"periods/{NAME}/bulletin").status_code == 403
    everywhere = Phone.of(make.user(office="administrator")).get(f"periods/{NAME}/bulletin")
    assert everywhere.json()["errors"][0]["field"] == "division"


def test_what_was_published_stands_beside_what_is_now(office: User, county: Division) -> None:
    freeze(Period.parse(NAME), division=county, reason="", by=office, at=AFTER)
    published = told(office)["published"]
    assert (published["at"], published["amended"]) == ("2026-12-03T12:00:00+08:00", 0)
    assert published["figures"]["statuses"]["lapsed"] == 4


def test_bulletin_costs_the_same_for_one_town_and_for_many(office: User, county: Division) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            bulletin_of(Period.parse(NAME), county, AFTER)
        return len(queries)

    few = cost()
    for number in range(12):
        make.tenure(make.post(make.organisation(make.division(f"新镇{number}", county)), "town_member"))
    reconcile(Period.parse(NAME), by=SYSTEM, at=AFTER)
    assert len(told(office)["divisions"]) == 14
    assert cost() == few


def test_letter_is_a_document_in_which_nothing_is_read_as_markup(office: User) -> None:
    answer = Phone.of(office).get(f"periods/{NAME}/bulletin.pdf")
    assert answer.status_code == 200, answer.content
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"] == f'attachment; filename="bulletin-{NAME}.pdf"'


def test_letter_says_what_the_data_say_in_chinese_whoever_asks(county: Division) -> None:
    words = letter(bulletin_of(Period.parse(NAME), county, AFTER))
    assert (words["issuer"], words["day"], words["period"]) == (
        "测试县安全生产委员会办公室", "2026年12月3日", "2026年11月",
    )  # fmt: skip
    assert (words["total"]["owed"], words["total"]["counts"]) == (6, [1, 0, 4, 1])
    assert (words["total"]["met"], words["total"]["excused"], words["total"]["met_before"]) == (
        "16.7%", "16.7%", "0.0%",
    )  # fmt: skip
    assert len(words["lapses"]["bodies"]) == 2
    assert "测试员" not in json.dumps(words, ensure_ascii=False)


def test_without_an_engine_it_says_what_to_install(county: Division) -> None:
    with pytest.raises(DomainError) as refused:
        printed(bulletin_of(Period.parse(NAME), county, AFTER), None)
    assert refused.value.code == Code.UNAVAILABLE
    assert "requirements-reports.txt" in str(refused.value.detail)


def test_fonts_come_with_the_engine() -> None:
    found = engine()
    assert found is not None
    assert "Noto Sans SC" in found.fonts


@pytest.mark.parametrize(
    ("name", "words"),
    [("2026-02", "2026年2月"), ("2026-Q4", "2026年第四季度"), ("2026-H2", "2026年下半年"), ("2026", "2026年")],
)
def test_periods_are_named_as_documents_name_them(name: str, words: str) -> None:
    assert said(Period.parse(name)) == words
