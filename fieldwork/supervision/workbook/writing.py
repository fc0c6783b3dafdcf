"""Writing workbooks: the template, and rows as xlsx or csv, in memory that does not grow with them."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import IO, Any, cast

import xlsxwriter

from fieldwork.supervision.workbook.rows import Cells
from fieldwork.supervision.workbook.sheets import NOTES, SHEETS, Sheet

Rows = Callable[[Sheet], Iterable[Cells]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_IN_MEMORY = 1 << 20
_FIRST_YEAR = 1901  # before that spreadsheets count days in two ways
_VALIDATED = 2000  # rows of the template that offer the words of a column
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}  # fmt: skip


def new_file() -> IO[bytes]:
    """Small ones stay in memory, larger go to disk; whoever sends it closes it."""
    file: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    return cast(IO[bytes], file)


def write_xlsx(to: IO[bytes], rows: Rows) -> None:
    """All sheets with their rows, and how they are filled in."""
    with xlsxwriter.Workbook(to, _OPTIONS) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        needed = book.add_format({"bold": True, "bg_color": "#FCE4D6"})
        for sheet in SHEETS:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for place, column in enumerate(sheet.columns):
                page.set_column(place, place, 14)
                page.write_string(0, place, column.heading, needed if column.required else bold)
                if column.choices:
                    page.data_validation(
                        1, place, _VALIDATED, place,
                        {"validate": "list", "source": list(column.choices), "error_type": "warning"},
                    )  # fmt: skip
            for number, cells in enumerate(rows(sheet), 1):
                for place, column in enumerate(sheet.columns):
                    _write(page, number, place, cells.get(column.field))
        _write_notes(book.add_worksheet(NOTES), bold)


def write_template(to: IO[bytes]) -> None:
    """The sheets without rows."""
    write_xlsx(to, lambda _sheet: ())


def write_csv(to: IO[bytes], rows: Rows, sheet: Sheet) -> None:
    """One sheet, UTF-8 with a mark by which spreadsheets know it; texts that look like formulas after a quote."""
    text = io.TextIOWrapper(to, encoding="utf-8-sig", newline="", write_through=True)
    csv.writer(text).writerows(_csv_lines(rows, sheet))
    text.detach()


def write_zip(to: IO[bytes], rows: Rows) -> None:
    """A csv file a sheet."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in SHEETS:
            with archive.open(f"{sheet.name}.csv", "w") as part:
                write_csv(part, rows, sheet)


def _csv_lines(rows: Rows, sheet: Sheet) -> Iterator[list[str]]:
    yield [column.heading for column in sheet.columns]
    for cells in rows(sheet):
        yield [_plain(cells.get(column.field)) for column in sheet.columns]


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value.isoformat() if isinstance(value, date) else repr(value)


def _write(page: Any, row: int, place: int, value: Any) -> None:
    match value:
        case None | "":
            return
        case date() if value.year >= _FIRST_YEAR:
            page.write_datetime(row, place, value)
        case date():
            page.write_string(row, place, value.isoformat())
        case int() | float():
            page.write_number(row, place, value)
        case _:
            page.write_string(row, place, str(value))


def _write_notes(page: Any, bold: Any) -> None:
    page.set_column(0, 2, 16)
    page.set_column(3, 3, 90)
    for place, heading in enumerate(("表", "列", "是否必填", "说明")):
        page.write_string(0, place, heading, bold)
    columns = ((sheet, column) for sheet in SHEETS for column in sheet.columns)
    for row, (sheet, column) in enumerate(columns, 1):
        words = f"可选：{'、'.join(column.choices)}" if column.choices else ""
        note = "。".join(each for each in (column.note, words) if each)
        for place, text in enumerate((sheet.name, column.heading, "必填" if column.required else "", note)):
            page.write_string(row, place, text)
