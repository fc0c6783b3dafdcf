"""The clerk's pages on which a body is renamed, and a body or town is merged into another."""

from datetime import date
from typing import Any

import pytest
import time_machine

from fieldwork.directory.models import Division, Organisation, Tenure
from fieldwork.supervision.admin.showing import day
from tests import factories as make
from tests.fieldwork.supervision.clerk import NOON, Clerk, errors
from tests.place import Place

RENAME, MERGE_BODY, MERGE = (
    "directory_organisation_rename", "directory_organisation_merge", "directory_division_merge",
)  # fmt: skip


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def clerk(place: Place) -> Clerk:
    return Clerk.of(place)


@pytest.fixture
def other(place: Place) -> Division:
    return make.division("乙镇", place.county)


@pytest.fixture
def body(place: Place) -> Organisation:
    return make.organisation(place.town, name="测试镇政府")


def said(other: Any, **changed: Any) -> dict[str, Any]:
    return {"into": other.pk, "on": "2026-11-21", "reason": "省政府批复", **changed}


def preview(page: Any) -> list[str]:
    assert page.status_code == 200
    lines: list[str] = page.context_data["lines"]
    return lines


def confirmed(page: Any) -> dict[str, str]:
    return {"confirmed": page.context_data["digest"]}


def test_town_is_merged_after_its_clerk_has_seen_what_that_does(
    clerk: Clerk, place: Place, other: Division, body: Organisation
) -> None:
    there = make.organisation(other, name="乙镇政府")
    head = make.tenure(make.post(body, "town_government_chief"), make.leader("测试·镇长"))
    assert 'value="查看将发生的变化"' in clerk.page(MERGE, place.town.pk).content.decode()
    page = clerk.send(MERGE, place.town.pk, **said(other))
    lines = preview(page)
    assert any("测试镇政府" in line and "乙镇政府" in line for line in lines)
    assert any("测试·镇长" in line for line in lines)
    assert any("测试·书记" in line for line in lines)
    assert Division.objects.get(pk=place.town.pk).ends_on is None
    assert clerk.send(MERGE, place.town.pk, **said(other), **confirmed(page)).status_code == 302
    assert Division.objects.get(pk=place.town.pk).merged_into == other
    assert Organisation.objects.get(pk=body.pk).merged_into == there
    assert Tenure.objects.get(pk=head.pk).ends_on == date(2026, 11, 20)


def test_what_is_changed_after_the_preview_is_shown_again(
    clerk: Clerk, place: Place, other: Division, body: Organisation
) -> None:
    make.organisation(other, name="乙镇政府")
    page = clerk.send(MERGE, place.town.pk, **said(other))
    changed = said(other, dissolved=[body.pk])
    again = clerk.send(MERGE, place.town.pk, **changed, **confirmed(page))
    assert preview(again) != preview(page)
    assert Division.objects.get(pk=place.town.pk).ends_on is None
    assert clerk.send(MERGE, place.town.pk, **changed, **confirmed(again)).status_code == 302
    assert Organisation.objects.get(pk=body.pk).merged_into is None


def test_body_goes_where_the_clerk_says_or_the_form_asks(
    clerk: Clerk, place: Place, other: Division, body: Organisation
) -> None:
    assert errors(clerk.send(MERGE, place.town.pk, **said(other))) == {
        "__all__": ["请说明测试镇政府并入哪个单位；如予撤销，请填null。"]
    }
    there = make.organisation(other, name="乙镇政府")
    make.organisation(other, name="乙镇管委会")
    given = said(other, **{f"body_{body.pk}": there.pk})
    page = clerk.send(MERGE, place.town.pk, **given)
    assert clerk.send(MERGE, place.town.pk, **given, **confirmed(page)).status_code == 302
    assert Organisation.objects.get(pk=body.pk).merged_into == there


def test_body_is_merged_or_dissolved_from_its_page(clerk: Clerk, place: Place, body: Organisation) -> None:
    station = make.organisation(place.town, name="测试镇管委会")
    given = said(station)
    page = clerk.send(MERGE_BODY, body.pk, **given)
    assert preview(page)
    assert clerk.send(MERGE_BODY, body.pk, **given, **confirmed(page)).status_code == 302
    assert Organisation.objects.get(pk=body.pk).merged_into == station
    given = said(station, into="")
    page = clerk.send(MERGE_BODY, station.pk, **given)
    assert clerk.send(MERGE_BODY, station.pk, **given, **confirmed(page)).status_code == 302
    assert Organisation.objects.get(pk=station.pk).ends_on == date(2026, 11, 20)


def test_body_is_renamed_and_found_under_both_names(clerk: Clerk, body: Organisation) -> None:
    given = {"name": "测试镇人民政府", "on": "2026-11-21", "reason": "规范名称"}
    assert clerk.send(RENAME, body.pk, **given).status_code == 302
    page = clerk.page("directory_organisation_change", body.pk)
    text = page.content.decode()
    assert "测试镇政府" in text
    assert str(day(date(2026, 11, 20))) in text
    assert errors(clerk.send(RENAME, body.pk, **(given | {"name": "再改", "on": "2026-11-20"}))).keys() == {"on"}


@pytest.mark.parametrize("office", ["auditor", "town"])
def test_who_may_not_merge_is_not_offered_it(place: Place, office: str) -> None:
    lower = make.user(office="supervisor", division=place.town)
    clerk = Clerk.of(place, "auditor") if office == "auditor" else Clerk(lower)
    page = clerk.page("directory_division_change", place.town.pk)
    assert not any("merge" in address for _words, address in page.context_data["shortcuts"])
    assert clerk.page(MERGE, place.town.pk).status_code == 403
