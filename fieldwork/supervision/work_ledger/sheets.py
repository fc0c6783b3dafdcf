"""Rows as a workbook (xlsx), written through files: what is held in memory is the row at hand.

What people wrote stands in cells of text, whatever it looks like; the only formulas are the links, of addresses made
here. They are functions because a sheet takes no more than 65,530 links of the other kind, and holds those in memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

from fieldwork.supervision.work_ledger.columns import Cell, Link, Row

ROWS = 1_048_576  # of a sheet, its heads among them
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST = 32_767  # characters of a cell


@dataclass(frozen=True, slots=True)
class Table:
    """What a sheet is made of: its name, which gets a number where there are several; heads, and their widths."""

    name: str
    heads: Sequence[str]
    widths: Sequence[int]


def written(table: Table, rows: Iterable[Row], *, limit: int = ROWS, folder: Path | None = None) -> IO[bytes]:
    """The workbook, as an open file without a name: it is gone once it is closed, however this process ends.

    A new sheet begins after `limit` rows, heads among them. `folder` is where it is made; default: the system's.
    """
    made = TemporaryFile(dir=folder)  # noqa: SIM115  # whoever sends it closes it
    try:
        with TemporaryDirectory(prefix="fieldwork-", dir=folder) as parts:
            _write(made, parts, table, rows, limit)
    except BaseException:
        made.close()
        raise
    made.seek(0)
    return made


def _write(made: IO[bytes], parts: str, table: Table, rows: Iterable[Row], limit: int) -> None:
    options = {"constant_memory": True, "tmpdir": parts, "strings_to_formulas": False, "strings_to_urls": False}
    book = Workbook(made, options)
    book.use_zip64()
    try:
        _fill(book, table, rows, limit)
        book.close()
    finally:
        for sheet in book.worksheets():
            sheet.row_data_fh.close()  # left open by a book that was not closed


def _fill(book: Any, table: Table, rows: Iterable[Row], limit: int) -> None:
    looks = _Looks(book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDEBF7", "border": 1}),
                   book.add_format({"font_color": "#0563C1", "underline": 1}))  # fmt: skip
    for number, part in enumerate(_parts(iter(rows), limit - 1), 1):
        sheet = book.add_worksheet(table.name if number == 1 else f"{table.name} {number}")
        _begin(sheet, table, looks)
        last = 0
        for last, row in enumerate(part, 1):
            for column, cell in enumerate(row):
                _put(sheet, last, column, cell, looks)
        sheet.autofilter(0, 0, last, len(table.heads) - 1)


@dataclass(frozen=True, slots=True)
class _Looks:
    head: Any
    link: Any


def _parts(rows: Iterator[Row], size: int) -> Iterator[Iterator[Row]]:
    """The rows in parts of that many, the first one also where there are none."""
    yield islice(rows, size)
    for row in rows:
        yield islice(chain([row], rows), size)


def _begin(sheet: Any, table: Table, looks: _Looks) -> None:
    for column, width in enumerate(table.widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    for column, head in enumerate(table.heads):
        sheet.write_string(0, column, head, looks.head)


def _put(sheet: Any, row: int, column: int, cell: Cell, looks: _Looks) -> None:
    if isinstance(cell, Link):
        formula = f'=HYPERLINK("{_quoted(cell.address)}","{_quoted(cell.text)}")'
        sheet.write_formula(row, column, formula, looks.link, cell.text)
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell:
        sheet.write_string(row, column, cell[:_LONGEST])


def _quoted(text: str) -> str:
    """As a text within a formula, which takes 255 characters of it."""
    return text.replace('"', '""')[:250]
