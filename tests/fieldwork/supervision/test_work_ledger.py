"""The ledger's order and pages, and the workbook through files."""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.duties.models import Basis, Obligation, Rule
from fieldwork.supervision.work_ledger.columns import Link, Row, heads, rows_of
from fieldwork.supervision.work_ledger.lines import lines_of
from fieldwork.supervision.work_ledger.owed import Asked, pages, periods_within, size_of
from fieldwork.supervision.work_ledger.sheets import Table, written
from tests import factories as make
from tests.fieldwork.duties.county import NOW, visit
from tests.place import Place

TABLE = Table("台账", ["甲", "乙"], [10, 20])


def asked(division: Division | None, period: str = "2026-11", now: datetime = NOW) -> Asked:
    return Asked(Period.parse(period), division, now)


def rule_of(place: Place) -> Rule:
    return Rule.objects.get(version__policy__division=place.city)


def opened(rows: Iterable[Row], **more: Any) -> Any:
    with written(TABLE, rows, **more) as made:
        return load_workbook(io.BytesIO(made.read()))


def owe(place: Place, division: Division, period: str = "2026-11") -> Obligation:
    tenure = make.tenure(make.post(make.organisation(division), "county_party_chief"))
    return make.obligation(tenure, rule_of(place), period)


def ids(found: Iterator[Any]) -> list[int]:
    return [pk for page in found for pk in page]


@pytest.mark.parametrize(("places", "size"), [(1, 1), (2, 3), (40, 500)])
def test_pages_hold_each_obligation_once_in_the_order_of_places(place: Place, places: int, size: int) -> None:
    """Towns stand under their county, whatever the order in which they were made."""
    beside = make.division("别县", place.city)
    far = [owe(place, beside), owe(place, make.division("乙镇", beside))]
    near = [owe(place, place.county), *(owe(place, make.division("甲镇", place.county)) for _ in range(3))]
    town = [owe(place, place.town) for _ in range(2)]
    expected = [each.pk for each in (near[0], *town, *near[1:], *far)]
    assert ids(pages(asked(place.city), places=places, size=size)) == expected
    assert ids(pages(asked(None), places=places, size=size)) == expected
    assert ids(pages(asked(beside), places=places, size=size)) == [each.pk for each in far]
    assert max(len(page) for page in pages(asked(None), places=places, size=size)) <= size


def test_what_several_divisions_count_stands_once_where_it_stands(place: Place) -> None:
    """First its basis in the town has gone; then that of the county has, too, and the lower path is the first."""
    owed = owe(place, place.town)
    office = make.tenure(make.post(make.organisation(place.county)), owed.leader)
    Basis.objects.create(
        obligation=owed, rule=rule_of(place), tenure=office, division=place.county, state="standing", since=NOW
    )
    other = owe(place, make.division("甲镇", place.county))
    Basis.objects.filter(obligation=owed, division=place.town).update(state="withdrawn")

    def seen(division: Division) -> list[tuple[str, str]]:
        found = (line.owed for page in lines_of(asked(division)) for line in page)
        return [("、".join(owed.divisions), owed.status) for owed in found]

    with translation.override("en"):
        assert seen(place.city) == [("测试县", "open"), ("甲镇", "open")]
        assert seen(place.town) == [("测试镇", "withdrawn")]
    assert size_of(asked(place.city)).obligations == 2
    Basis.objects.filter(obligation=owed).update(state="withdrawn")
    assert ids(pages(asked(place.city))) == [owed.pk, other.pk]


def test_ledger_of_a_year_has_the_periods_within_it_and_no_other(place: Place) -> None:
    inside = [owe(place, place.town, name) for name in ("2026-01", "2026-12", "2026-Q4", "2026-H1", "2026")]
    outside = [owe(place, place.town, name) for name in ("2025-12", "2027-01", "2025", "2027-Q1")]
    found = ids(pages(asked(place.city, "2026")))
    assert (set(found), len(found)) == ({each.pk for each in inside}, 5)
    assert not set(found) & {each.pk for each in outside}
    assert periods_within(Period.parse("2026-Q4")) == ["2026-10", "2026-11", "2026-12", "2026-Q4"]
    assert periods_within(Period.parse("2026-11")) == ["2026-11"]


def test_page_costs_the_same_queries_whatever_it_holds(place: Place) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert sum(len(page) for page in lines_of(asked(place.city)))
        return len(queries)

    def proved(number: int) -> None:
        owed = owe(place, place.town)
        assert owed.leader is not None
        for day in (5, 6):
            visit(owed.leader, datetime(2026, 11, day, tzinfo=UTC), source=f"{number:08}-0000-4000-8000-{day:012}")

    proved(1)
    few = cost()
    for number in range(2, 14):
        proved(number)
    assert cost() == few
    assert sum(len(page) for page in lines_of(asked(place.city))) == 26 == size_of(asked(place.city)).lines


def test_rows_keep_the_language_of_who_asked_while_the_thread_speaks_another(place: Place) -> None:
    for _ in range(2):
        owe(place, place.town)
    with translation.override("zh-hans"):
        rows = rows_of(asked(place.city), language="en", site="http://x")
        assert next(rows)[7] == "open"
        assert translation.get_language() == "zh-hans", "what reads them goes on in its own"
        assert next(rows)[7] == "open"
        assert heads("en")[7] == "status"


def test_workbook_goes_on_in_another_sheet() -> None:
    book = opened(([f"行{number}", number] for number in range(7)), limit=4)
    assert book.sheetnames == ["台账", "台账 2", "台账 3"]
    found = [[row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book]
    assert found == [[0, 1, 2], [3, 4, 5], [6]]
    assert {(sheet["A1"].value, sheet.freeze_panes) for sheet in book} == {("甲", "A2")}
    assert [sheet.auto_filter.ref for sheet in book] == ["A1:B4", "A1:B4", "A1:B2"]


def test_workbook_without_rows_has_its_heads() -> None:
    (sheet,) = opened([]).worksheets
    assert [cell.value for cell in sheet[1]] == ["甲", "乙"]
    full = opened([["甲", 1]] * 3, limit=4)
    assert full.sheetnames == ["台账"], "no empty sheet follows a full one"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://a.example/", "\t=1", "=" * 40_000])
def test_text_is_text_whatever_it_looks_like(text: str) -> None:
    cell = opened([[text, 1]]).active["A2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text[:32_767], None)


def test_text_with_control_characters_leaves_a_readable_workbook() -> None:
    assert str(opened([["甲\x0b\x1f<&>", 1]]).active["A2"].value).startswith("甲")


def test_link_holds_its_address_and_nothing_that_ends_it() -> None:
    cell = opened([[Link('http://a.example/"x', '甲"&EVIL()&"'), 1]]).active["A2"]
    assert cell.value == '=HYPERLINK("http://a.example/""x","甲""&EVIL()&""")'


def test_nothing_is_left_behind_by_a_workbook_that_fails_or_is_sent(tmp_path: Path) -> None:
    stood: list[int] = []

    def failing() -> Iterator[Row]:
        yield ["甲", 1]
        stood.append(len(list(tmp_path.iterdir())))
        raise LookupError

    with pytest.raises(LookupError):
        written(TABLE, failing(), folder=tmp_path)
    assert stood == [1], "it was made there"
    with written(TABLE, [["甲", 1]], folder=tmp_path) as made:
        assert list(tmp_path.iterdir()) == [], "it has no name under which it could stay"
        assert ZipFile(io.BytesIO(made.read())).testzip() is None
