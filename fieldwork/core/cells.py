"""Rows for a spreadsheet as CSV: UTF-8 with a byte order mark, by which Excel knows it; no cell is a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence

BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones too, as Excel reads them


class _Line:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


def safe(value: object) -> str:
    """The cell as text; what a spreadsheet would take for a formula begins with an apostrophe."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def lines(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """One line after another, the mark and the heads first; nothing is held but the row at hand."""
    writer = csv.writer(_Line())
    yield BOM + str(writer.writerow([safe(cell) for cell in head]))
    for row in rows:
        yield str(writer.writerow([safe(cell) for cell in row]))
