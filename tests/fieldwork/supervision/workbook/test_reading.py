"""Files as they come: bent, bloated, merged, hidden, with formulas; never more than we hold, and nothing guessed."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from fieldwork.core.errors import DomainError
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.keys import key_of, tidy_name
from fieldwork.supervision.workbook.reading import Read, read
from fieldwork.supervision.workbook.sheets import LEADERS, SHEETS
from fieldwork.supervision.workbook.values import day_of
from fieldwork.supervision.workbook.writing import write_csv, write_xlsx
from tests.books import book, saved
from tests.once import ONCE

pytestmark = ONCE

HEADINGS = ("姓名", "录入区划")


def lines(found: Read) -> list[dict[str, Any]]:
    return [line.cells for table in found.tables for line in table.lines]


def code_of(data: bytes) -> str:
    with pytest.raises(DomainError) as caught:
        read(data, Faults())
    return str(caught.value.code)


def test_titles_may_stand_above_and_unknown_columns_are_named() -> None:
    rows = [("附件1：领导名册",), (), ("备注", *HEADINGS), ("x", "甲某", "测试县")]
    found = read(book({" 领导 ": rows, "别的": [("a", "b")]}), Faults())
    assert lines(found) == [{"leader": "甲某", "division": "测试县"}]
    assert found.ignored == ["领导.备注", "别的"]


def test_hidden_sheets_are_not_read() -> None:
    made = openpyxl.load_workbook(io.BytesIO(book({"领导": [HEADINGS, ("甲某", "")], "职务": [("单位",)]})))
    made["职务"].sheet_state = "hidden"
    assert read(saved(made), Faults()).ignored == ["职务"]


def test_merged_cells_all_say_what_the_first_one_says() -> None:
    rows = [HEADINGS, ("甲某", "测试县"), ("乙某", None), ("丙某", None), ("丁某", None)]
    made = openpyxl.load_workbook(io.BytesIO(book({"领导": rows})))
    made["领导"].merge_cells("B2:B4")
    places = [line.get("division") for line in lines(read(saved(made), Faults()))]
    assert places == ["测试县", "测试县", "测试县", None]


def test_a_formula_without_a_value_is_told_and_one_with_a_value_is_read() -> None:
    faults = Faults()
    read(book({"领导": [HEADINGS, ("=1+1", "测试县")]}), faults)
    assert [fault.field for fault in faults.found] == ["领导.2.姓名"]
    data, to = book({"领导": [HEADINGS, ("=1+1", "测试县")]}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given_, zipfile.ZipFile(to, "w") as made:
        for name in given_.namelist():
            made.writestr(name, given_.read(name).replace(b"<v></v>", b"<v>7</v>").replace(b"<v />", b"<v>7</v>"))
    faults = Faults()
    assert lines(read(to.getvalue(), faults)) == [{"leader": 7, "division": "测试县"}]
    assert faults.found == []


def test_a_file_that_unfolds_is_refused(settings: Any) -> None:
    settings.WORKBOOK_BYTES = 100_000
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("领导.csv", b"0" * 1_000_000)
    assert len(to.getvalue()) < 10_000
    assert code_of(to.getvalue()) == "too_large"


def test_entities_are_refused() -> None:
    to = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book({"领导": [HEADINGS]}))) as given_, zipfile.ZipFile(to, "w") as made:
        for name in given_.namelist():
            head = b'<!DOCTYPE x [<!ENTITY a "b">]>' if name == "xl/workbook.xml" else b""
            made.writestr(name, head + given_.read(name))
    assert code_of(to.getvalue()) == "invalid"


def test_rows_beyond_the_limit_are_refused(settings: Any) -> None:
    settings.WORKBOOK_ROWS = 10
    assert code_of(book({"领导": [HEADINGS, *[("甲", "x")] * 10]})) == "too_large"
    made = openpyxl.Workbook()
    made.active.title = "领导"
    made.active.append(HEADINGS)
    made.active.cell(1_048_576, 1).value = "甲"  # one cell in the last row there can be
    assert code_of(saved(made)) == "too_large"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x00\x01", b"\xd0\xcf\x11\xe0old xls", b"a,b\n1,2"])
def test_what_is_none_is_refused(data: bytes) -> None:
    assert code_of(data) == "invalid"


@pytest.mark.parametrize(
    "raw",
    ["2026-11-01", "2026/11/1", "2026年11月1日", "２０２６.11.01", "20261101", 20261101, 46327, 46327.0,
     datetime(2026, 11, 1), date(2026, 11, 1), "2026-11-01 00:00:00", " 2026 年 11 月 1 日 "],  # noqa: DTZ001
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(raw: Any) -> None:
    assert day_of(raw) == date(2026, 11, 1)


@pytest.mark.parametrize("raw", ["2026-02-30", "11/1/2026", "昨天", 1, 1.5e9, "2026年11月", True])
def test_what_is_no_day_is_not_guessed(raw: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says
        day_of(raw)


def test_names_are_the_same_to_a_clerk() -> None:
    assert key_of("应急管理局（安委办） Ａ") == key_of("应急管理局(安委办)a")
    assert (tidy_name(" 张　三\u200b"), tidy_name("Li  Ming")) == ("张三", "Li Ming")


STORED = some.text(some.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(name=STORED, shape=some.sampled_from(["xlsx", "csv"]))
def test_whatever_a_name_holds_it_comes_back_as_the_same_to_a_clerk(name: str, shape: str) -> None:
    to = io.BytesIO()
    cells = {"id": 1, "leader": name, "division": "x"}
    if shape == "xlsx":
        write_xlsx(to, lambda sheet: [cells] if sheet is LEADERS else [])
    else:
        write_csv(to, lambda _sheet: [cells], LEADERS)
    (line,) = lines(read(to.getvalue(), Faults()))
    assert key_of(str(line.get("leader", ""))) == key_of(name)


def test_every_sheet_has_its_own_headings() -> None:
    for sheet in SHEETS:
        assert len(sheet.by_heading) == sum(1 + len(column.also) for column in sheet.columns), sheet.name
