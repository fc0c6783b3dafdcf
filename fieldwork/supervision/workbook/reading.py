"""A file as tables: the sheets that we know, each line by the fields of its columns."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, Text
from fieldwork.supervision.workbook.excel import Grid, grids
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.opening import csv_rows, is_archive, open_archive, read_part
from fieldwork.supervision.workbook.sheets import NOTES, SHEETS, Sheet, sheet_named
from fieldwork.supervision.workbook.values import Raw

_TITLES = 10  # rows that may stand above the headings
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
_WORKBOOK = "xl/workbook.xml"


@dataclass
class Line:
    """`row` is the clerk's, from 1; `cells` has what is not blank, by field; `bad` are fields found faulty already."""

    row: int
    cells: dict[str, Raw] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


@dataclass
class Table:
    sheet: Sheet
    fields: frozenset[str]
    lines: list[Line] = field(default_factory=list)


@dataclass
class Read:
    """`ignored`: sheets that are hidden or none of ours, and columns without a meaning, `职务.备注`."""

    tables: list[Table] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def of(self, sheet: Sheet) -> list[Table]:
        return [table for table in self.tables if table.sheet is sheet]


def read(data: bytes, faults: Faults, name: str = "") -> Read:
    """What the bytes hold. `name` is the sheet that a single csv file is, if its headings do not tell.

    `too_large` beyond 20 MB or 100,000 rows, by the settings; `invalid` for what cannot be read at all.
    """
    if len(data) > settings.WORKBOOK_BYTES:
        raise DomainError(Code.TOO_LARGE)
    found = Read()
    left = int(settings.WORKBOOK_ROWS)
    for grid in _grids(data, name, found.ignored):
        rows = _bounded(grid.rows, left)
        table = _table(grid, rows, found.ignored, faults)
        if table is not None:
            found.tables.append(table)
            left -= len(table.lines)
    if not found.tables and not faults.found:
        raise DomainError(Code.INVALID, _("None of the sheets of the template is in this file."))
    return found


def _grids(data: bytes, name: str, ignored: list[str]) -> Iterable[Grid]:
    if not is_archive(data):
        return [Grid(name, csv_rows(data))]
    archive = open_archive(data)
    names = archive.namelist()
    if _WORKBOOK in names:
        shown, hidden = grids(data, int(settings.WORKBOOK_ROWS))
        ignored += hidden
        return shown
    return [
        Grid(part.rpartition("/")[2].removesuffix(".csv"), csv_rows(read_part(archive, part)))
        for part in names
        if part.endswith(".csv")
    ]


def _bounded(rows: Iterator[list[Raw]], left: int) -> Iterator[list[Raw]]:
    for number, row in enumerate(rows, 1):
        if number > left:
            raise DomainError(Code.TOO_LARGE, _("A workbook may have %(rows)d rows.") % {"rows": left})
        yield row


def _table(grid: Grid, rows: Iterator[list[Raw]], ignored: list[str], faults: Faults) -> Table | None:
    sheet = sheet_named(grid.name)
    above: list[list[Raw]] = []
    for row in rows:
        if _is_heading(row, sheet):
            sheet = sheet or _sheet_with(row)
            break
        above.append(row)
        if len(above) >= _TITLES:
            _without_headings(grid, sheet, ignored, faults)
            return None
    else:
        if any(map(any, above)):
            _without_headings(grid, sheet, ignored, faults)
        return None
    assert sheet is not None, "its headings told"
    columns = _columns(sheet, row, len(above) + 1, ignored, faults)
    table = Table(sheet, frozenset(columns.values()))
    for number, cells in enumerate(rows, len(above) + 2):
        _add_line(table, grid, number, cells, columns, faults)
    return table


def _without_headings(grid: Grid, sheet: Sheet | None, ignored: list[str], faults: Faults) -> None:
    if sheet is None:
        if grid.name != NOTES:
            ignored.append(grid.name)
    else:
        faults.add(sheet, 1, "", _("The row of headings is missing; please take it from the template."))


def _is_heading(row: list[Raw], sheet: Sheet | None) -> bool:
    if sheet is None:
        return _sheet_with(row) is not None
    words = {key_of(cell) for cell in row if isinstance(cell, str)}
    return len(words & sheet.by_heading.keys()) >= 2  # noqa: PLR2004 - one word may stand in a title


def _sheet_with(row: list[Raw]) -> Sheet | None:
    """The sheet that has all these as its required columns; of several the one that knows most of the words."""
    words = {key_of(cell) for cell in row if isinstance(cell, str)}
    fitting = [
        (len(words & sheet.by_heading.keys()), -place, sheet)
        for place, sheet in enumerate(SHEETS)
        if {column.field for column in sheet.columns if column.required}
        <= {sheet.by_heading[word].field for word in words & sheet.by_heading.keys()}
    ]
    return max(fitting, key=lambda each: each[:2])[2] if fitting else None


def _columns(sheet: Sheet, row: list[Raw], number: int, ignored: list[str], faults: Faults) -> dict[int, str]:
    """Fields by place; a heading that stands twice, or is required and missing, is a fault."""
    columns: dict[int, str] = {}
    for place, cell in enumerate(row):
        column = sheet.by_heading.get(key_of(str(cell))) if cell is not None else None
        if column is None:
            if cell is not None and str(cell).strip():
                ignored.append(f"{sheet.name}.{cell}")
        elif column.field in columns.values():
            faults.add(sheet, number, column.field, _("This heading stands twice."))
        else:
            columns[place] = column.field
    for column in sheet.columns:
        if column.required and column.field not in columns.values():
            faults.add(sheet, number, column.field, _("This column is missing."), "required")
    return columns


def _add_line(
    table: Table, grid: Grid, number: int, cells: list[Raw], columns: dict[int, str], faults: Faults
) -> None:  # fmt: skip
    line = Line(number)
    for place, name in columns.items():
        raw = cells[place] if place < len(cells) else None
        detail = _fault_of(raw, unset=(number, place + 1) in grid.unset)
        if detail:
            faults.add(table.sheet, number, name, detail)
            line.bad.add(name)
        elif raw is not None and str(raw).strip():
            line.cells[name] = raw
    if line.cells or line.bad:
        table.lines.append(line)


def _fault_of(raw: Raw, *, unset: bool) -> Text:
    if raw is None and unset:
        return _("This formula was never computed; please put its value here.")
    if isinstance(raw, str) and raw.strip() in _ERRORS:
        return _("The formula in this cell has failed.")
    return ""
