"""The rows of an xlsx workbook, as a person would see them.

Values, not formulas; a formula that was never computed has none and is named. Of merged cells each is what the first
says. Sheets that are hidden from the reader are not read.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.supervision.workbook.opening import open_archive, read_part, require_plain_xml, unreadable
from fieldwork.supervision.workbook.values import Raw

COLUMNS = 60
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BROKEN = (  # what files raise that are none
    KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OverflowError, EOFError, OSError,
    zipfile.BadZipFile,
)  # fmt: skip


@dataclass
class Grid:
    """A sheet that is shown: `unset` are (row, column) of formulas without a value, both from 1."""

    name: str
    rows: Iterator[list[Raw]]
    unset: set[tuple[int, int]] = field(default_factory=set)


def grids(data: bytes, most_rows: int) -> tuple[list[Grid], list[str]]:
    """The sheets that are shown, and the names of the hidden ones; `invalid` or `too_large` for what is none."""
    archive = open_archive(data)
    require_plain_xml(archive)
    try:
        book = _book(data, data_only=True)
    except _BROKEN:
        raise unreadable() from None
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    hidden = [str(sheet.title) for sheet in book.worksheets if sheet.sheet_state != "visible"]
    return [_grid(sheet, archive, data, most_rows) for sheet in shown], hidden


def _book(data: bytes, *, data_only: bool) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415  # brings numpy along, which few processes need

    return load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)


def _column(letters: str) -> int:
    """A column's number from 1: A, Z, AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _grid(sheet: Any, archive: zipfile.ZipFile, data: bytes, most_rows: int) -> Grid:
    xml = read_part(archive, str(sheet._worksheet_path))
    unset = _formulas(data, sheet.title, most_rows) if _FORMULA.search(xml) else set()
    merged = _merged(xml, most_rows)
    rows = _rows(sheet, most_rows)
    filled = _filled(rows, merged) if merged else rows
    return Grid(str(sheet.title), filled, unset)


def _rows(sheet: Any, most_rows: int) -> Iterator[list[Raw]]:
    """One row after the other, within bounds whatever the sheet says of its size."""
    sheet.reset_dimensions()
    try:
        for number, row in enumerate(sheet.iter_rows(max_col=COLUMNS, values_only=True), 1):
            if number > most_rows:
                raise DomainError(Code.TOO_LARGE, _("A workbook may have %(rows)d rows.") % {"rows": most_rows})
            last = next((place for place in range(len(row), 0, -1) if row[place - 1] is not None), 0)
            yield [None if value is None else _raw(value) for value in row[:last]]
    except _BROKEN:
        raise unreadable() from None


def _raw(value: Any) -> Raw:
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
    if isinstance(value, int | float | bool | date | datetime):
        return value
    return value.isoformat() if isinstance(value, time) else str(value)


def _formulas(data: bytes, title: str, most_rows: int) -> set[tuple[int, int]]:
    """Where formulas stand; whoever reads values sees which of them have none."""
    try:
        book = _book(data, data_only=False)
        sheet = book[title]
        sheet.reset_dimensions()
        rows = islice(sheet.iter_rows(max_col=COLUMNS), most_rows)
        return {(cell.row, cell.column) for row in rows for cell in row if getattr(cell, "data_type", "") == "f"}
    except _BROKEN:
        raise unreadable() from None


Merged = list[tuple[range, range]]  # rows and columns, from 1


def _merged(xml: bytes, most_rows: int) -> Merged:
    found = []
    for left, top, right, bottom in _MERGED.findall(xml):
        columns = range(_column(left.decode()), _column(right.decode()) + 1)
        found.append((range(int(top), min(int(bottom), most_rows) + 1), columns))
    return sorted(found, key=lambda area: area[0].start)


def _filled(rows: Iterator[list[Raw]], merged: Merged) -> Iterator[list[Raw]]:
    """The rows with each cell of a merged area saying what its first one says."""
    waiting, open_ = list(reversed(merged)), list[tuple[range, range, Raw]]()
    for number, row in enumerate(rows, 1):
        while waiting and waiting[-1][0].start <= number:
            down, across = waiting.pop()
            first = row[across.start - 1] if across.start <= len(row) else None
            open_.append((down, across, first))
        open_ = [area for area in open_ if number in area[0]]
        yield _with(row, open_) if open_ else row


def _with(row: list[Raw], areas: list[tuple[range, range, Raw]]) -> list[Raw]:
    filled = row + [None] * (COLUMNS - len(row))
    for _down, across, first in areas:
        for place in range(across.start - 1, min(across.stop - 1, COLUMNS)):
            filled[place] = first
    return filled
