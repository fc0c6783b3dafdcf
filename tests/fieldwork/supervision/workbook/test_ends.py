"""What a workbook ends, and what goes along."""

from datetime import date
from typing import Any

import pytest

from fieldwork.core.models import Event
from fieldwork.directory.actions import appoint, create_leader, create_organisation, create_post, link
from fieldwork.directory.models import Linkage, Tenure
from fieldwork.supervision.ledger.facts import check_facts
from tests.books import book, opened, saved
from tests.fieldwork.supervision.workbook.conftest import BEGAN, NOON, Ground

LAST = date(2026, 6, 30)


@pytest.fixture
def held(ground: Ground) -> Tenure:
    """A tenure with two links, as actions begin them."""
    told: dict[str, Any] = {"by": ground.office, "at": NOON}
    body = create_organisation(name="镇政府", kind="government", division=ground.town, starts_on=BEGAN, **told)
    post = create_post(organisation=body, title="镇长", starts_on=BEGAN, **told)
    leader = create_leader(name="甲某", division=ground.county, **told)
    tenure = appoint(leader=leader, post=post, starts_on=BEGAN, **told)
    for industry in (ground.mining, ground.farming):
        link(tenure=tenure, kind="industry", target=industry, starts_on=BEGAN, **told)
    return tenure


def exported(ground: Ground) -> Any:
    return opened(ground.exported())


def cell(page: Any, heading: str, row: int = 2) -> Any:
    return next(page.cell(row, each.column) for each in page[1] if each.value == heading)


def test_the_end_of_a_tenure_takes_its_links_along(ground: Ground, held: Tenure) -> None:
    pages = exported(ground)
    cell(pages["任职"], "截止日期").value = LAST
    data = saved(pages)
    result = ground.bring(data)
    held.refresh_from_db()
    assert held.ends_on == LAST
    assert [linkage.ends_on for linkage in held.linkages.all()] == [LAST, LAST]
    assert result.sheets[3].differences[0].linkages == 2
    assert Event.objects.filter(kind__endswith=".ended").count() == 1, "one event tells of all three, as an action's"
    assert list(check_facts()) == []
    assert ground.bring(data).changed == 0


def test_a_blank_takes_an_end_back_only_by_number(ground: Ground, held: Tenure) -> None:
    pages = exported(ground)
    opened_again = saved(pages)
    cell(pages["任职"], "截止日期").value = LAST
    ground.bring(saved(pages))
    rows = [("姓名", "单位", "职务", "起始日期", "截止日期"), ["甲某", "镇政府", "镇长", BEGAN, None]]
    assert ground.bring(book({"任职": rows})).changed == 0
    assert ground.bring(opened_again).changed == 3  # the tenure, and the links by their own numbers
    held.refresh_from_db()
    assert (held.ends_on, [linkage.ends_on for linkage in held.linkages.all()]) == (None, [None, None])
    assert list(check_facts()) == []


def test_a_link_ends_by_itself_and_on_another_day_than_its_tenure(ground: Ground, held: Tenure) -> None:
    pages = exported(ground)
    cell(pages["任职"], "截止日期").value = LAST
    cell(pages["挂点联系"], "截止日期").value = date(2026, 3, 31)
    ground.bring(saved(pages))
    assert list(Linkage.objects.order_by("pk").values_list("ends_on", flat=True)) == [date(2026, 3, 31), LAST]
    assert list(check_facts()) == []


def test_what_holds_others_does_not_end_before_them(ground: Ground, held: Tenure) -> None:
    pages = exported(ground)
    cell(pages["单位"], "截止日期").value = LAST
    assert ground.faults(saved(pages)) == [("单位.2.截止日期", "invalid")]
    for sheet in ("职务", "任职"):
        cell(pages[sheet], "截止日期").value = LAST
    assert ground.bring(saved(pages)).changed == 3


def test_a_successor_comes_in_with_the_end(ground: Ground, held: Tenure) -> None:
    rows = [
        ("姓名", "单位", "职务", "起始日期", "截止日期"),
        ["甲某", "镇政府", "镇长", BEGAN, LAST],
        ["乙某", "镇政府", "镇长", "2026-07-01", None],
    ]
    result = ground.bring(book({"任职": rows, "领导": [("姓名", "录入区划"), ["乙某", "测试县"]]}))
    assert [(sheet.begins, sheet.ends) for sheet in result.sheets] == [(1, 0), (1, 1)]
