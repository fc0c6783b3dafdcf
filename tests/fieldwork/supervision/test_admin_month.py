"""The month at the office's pages: figures by place, who is at risk, and what a clerk takes away of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Period
from fieldwork.duties.models import Obligation
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.models import Freeze
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk
from tests.place import Place

NAME = "2026-11"


@pytest.fixture
def owed(place: Place) -> Iterator[Place]:
    """The chief of the county owes an inspection in November, and so does somebody of the town."""
    make.rule(place.city, ["town_member"], tracked_from=date(2026, 11, 1))
    make.tenure(make.post(make.organisation(place.town), "town_member"), make.leader("测试·镇长"))
    reconcile(Period.parse(NAME), by=SYSTEM, at=datetime(2026, 11, 1, tzinfo=UTC))
    with time_machine.travel(NOON, tick=False):
        yield place


def shown(clerk: Clerk, **query: object) -> dict[str, Any]:
    answer = clerk.page("month", **query)
    assert answer.status_code == 200
    return dict(answer.context_data)


def test_the_present_month_stands_by_place_with_all_and_with_who_is_at_risk(owed: Place) -> None:
    clerk = Clerk.of(owed)
    page = shown(clerk)
    assert (page["period"], page["division"]) == (NAME, str(owed.county.pk))
    assert {name: cells[:4] for name, cells in page["rows"]} == {
        owed.county.name: (1, 0, 1, 1), owed.town.name: (1, 0, 1, 1),
    }  # fmt: skip
    assert page["total"][:4] == (2, 0, 2, 2)
    words = clerk.page("month").content.decode()
    risky = words.partition('id="at_risk"')[2]
    for one in Obligation.objects.all():
        assert f"/admin/duties/obligation/{one.pk}/change/" in risky
    assert "month/" in clerk.page("index").content.decode()


@pytest.mark.parametrize(
    ("by", "name"), [("leader", "测试·镇长"), ("rule", "测试规则"), ("organisation", "测试镇government")]
)
def test_it_is_counted_by_what_the_clerk_chooses(owed: Place, by: str, name: str) -> None:
    page = shown(Clerk.of(owed), by=by, division=owed.town.pk)
    assert [row[0] for row in page["rows"]] == [name]
    assert page["total"][0] == 1


def test_ledger_and_bulletin_are_handed_out_and_that_is_on_record(owed: Place) -> None:
    clerk = Clerk.of(owed, "auditor")
    addresses = [address for address, _words in shown(clerk)["files"]]
    book, table, bulletin = (clerk.get(f"/admin/month/{address}") for address in addresses)
    assert b"".join(book.streaming_content).startswith(b"PK")
    lines = b"".join(table.streaming_content).decode()
    assert lines.count("测试·") == 2
    assert bulletin.content.startswith(b"%PDF-")
    for answer in (book, table, bulletin):
        assert "no-store" in answer["Cache-Control"]
    forms = [event.data["form"] for event in Event.objects.filter(kind="ledger.exported").order_by("pk")]
    assert forms == ["xlsx", "csv"]


def test_month_that_is_over_is_published_from_here(owed: Place) -> None:
    assert shown(Clerk.of(owed))["publish"] == ""
    with time_machine.travel("2026-12-03T09:00:00+08:00", tick=False):
        clerk, auditor = Clerk.of(owed), Clerk.of(owed, "auditor")
        assert shown(auditor, period=NAME)["publish"] == ""
        page = shown(clerk, period=NAME)
        assert clerk.get(page["publish"]).status_code == 200
        clerk.send("supervision_freeze_add", period=NAME, division=owed.county.pk, reason="")
        page = shown(clerk, period=NAME)
        assert (page["publish"], page["published"]) == (
            "", f"/admin/supervision/freeze/{Freeze.objects.get().pk}/change/",
        )  # fmt: skip


def test_office_of_the_whole_installation_sees_all_and_names_a_place_for_its_bulletin(owed: Place) -> None:
    clerk = Clerk(make.user(office="administrator"))
    page = shown(clerk)
    assert (page["division"], page["total"][0]) == ("", 2)
    assert "problem" in shown(clerk, take="bulletin")
    assert clerk.page("month", take="bulletin", division=owed.county.pk).content.startswith(b"%PDF-")


def test_what_is_no_question_or_out_of_scope_is_refused(owed: Place) -> None:
    clerk = Clerk.of(owed)
    for value in (owed.city.pk, "abc", "9" * 24):
        assert clerk.page("month", division=value).status_code == 404, value
    for query in ({"period": "2026-13"}, {"by": "x"}, {"take": "x"}):
        assert clerk.page("month", **query).status_code == 400, query


def test_files_of_the_month_are_counted_with_all_other_exports(owed: Place, settings: Any) -> None:
    settings.EXPORTS_PER_HOUR = 1
    clerk = Clerk.of(owed)
    assert "attachment" in clerk.page("month", take="table")["Content-Disposition"]
    assert "problem" in shown(clerk, take="table")
