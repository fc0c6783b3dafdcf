"""Exporting in the shape that is imported; that it was done, and by whom, is on record."""

from collections.abc import Iterable
from datetime import datetime
from typing import IO

from django.db import transaction

from fieldwork.core import events
from fieldwork.core.database import at_one_moment
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import local_day
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Division, User
from fieldwork.directory.queries import scope_holds
from fieldwork.supervision.workbook.labels import Labels
from fieldwork.supervision.workbook.rows import Cells, counts_of, rows_of
from fieldwork.supervision.workbook.sheets import Sheet
from fieldwork.supervision.workbook.writing import new_file, write_csv, write_xlsx, write_zip


def can_export(user: User, division: Division | None = None) -> bool:
    """The offices, auditors too, of their division and below."""
    return user.office != Office.NONE and (division is None or scope_holds(user, division))


def export_workbook(
    *, division: Division, shape: str, sheet: Sheet | None = None, by: User, at: datetime
) -> IO[bytes]:  # fmt: skip
    """An open file, at its beginning, of all that stands at the division and below, as it stood at one moment.

    `shape`: `xlsx` or `csv`; with csv one sheet, or without an archive of all. Tells `workbook.exported`.
    """
    if not can_export(by, division):
        raise DomainError(Code.NOT_ALLOWED)
    file = new_file()
    with at_one_moment():
        _write(file, division, shape, sheet, Labels(by, local_day(at)))
        counts = counts_of(division)
    with transaction.atomic():
        events.append(
            "workbook.exported", by=by, at=at, about=("division", division.pk), division_path=division.path,
            shape=shape, counts={sheet.name: counts[sheet.name]} if sheet else counts,
        )  # fmt: skip
    file.seek(0)
    return file


def _write(file: IO[bytes], division: Division, shape: str, sheet: Sheet | None, labels: Labels) -> None:
    def rows(of: Sheet) -> Iterable[Cells]:
        return rows_of(of, division, labels)

    if shape == "xlsx":
        write_xlsx(file, rows)
    elif sheet is not None:
        write_csv(file, rows, sheet)
    else:
        write_zip(file, rows)
