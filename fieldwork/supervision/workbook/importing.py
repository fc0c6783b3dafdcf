"""Importing the clerk's workbook: all of it or nothing, and what it would do before it is done."""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import local_day
from fieldwork.directory.bounds import hold_divisions
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.directory.rules import MANAGERS
from fieldwork.supervision.workbook.checking import check_plan
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.planning import Change, Entry, Plan, plan
from fieldwork.supervision.workbook.reading import Read, read
from fieldwork.supervision.workbook.sheets import SHEETS
from fieldwork.supervision.workbook.storing import store
from fieldwork.supervision.workbook.values import text_of
from fieldwork.supervision.workbook.world import load

LOCK = "workbook.import"
SHOWN = 500  # differences that are named, a sheet


@dataclass(frozen=True)
class Differing:
    """One line that changes something: its row in the sheet, and what it is about as the clerk wrote it."""

    row: int
    change: str
    name: str
    was: date | None
    ends_on: date | None
    linkages: int  # that an end takes along


@dataclass
class SheetResult:
    sheet: str
    begins: int = 0
    ends: int = 0
    changes: int = 0
    unchanged: int = 0
    differences: list[Differing] = field(default_factory=list)


@dataclass
class Result:
    """What an import did, or would do. `ignored`: sheets and columns that were not read."""

    sha256: str
    dry_run: bool
    sheets: list[SheetResult]
    ignored: list[str]

    @property
    def changed(self) -> int:
        return sum(sheet.begins + sheet.ends + sheet.changes for sheet in self.sheets)


def can_import(user: User) -> bool:
    """Bring in a workbook: supervisors and administrators; each row then asks for its own division."""
    return user.office in MANAGERS


def import_workbook(data: bytes, *, by: User, at: datetime, name: str = "", dry_run: bool = False) -> Result:
    """Bring the directory to what the workbook says; rows that it does not name stay as they are.

    Every fault is told at once, by sheet, row and column, and then nothing is stored. A workbook that says what stands
    changes nothing and tells nothing; else the events of its rows are followed by `import.done`. One transaction. Who
    owes what follows as the feed is read, as after any change of facts.
    """
    if not can_import(by):
        raise DomainError(Code.NOT_ALLOWED)
    faults = Faults()
    found = read(data, faults, name)
    digest = hashlib.sha256(data).hexdigest()
    if dry_run:
        return _result(_checked(found, faults, by, local_day(at), hold=False), found, digest, dry_run=True)
    with transaction.atomic():
        locks.hold(LOCK)  # two clerks, or one twice: the second finds what the first has begun
        hold_divisions()
        made = _checked(found, faults, by, local_day(at), hold=True)
        result = _result(made, found, digest, dry_run=False)
        if result.changed:
            store(made, by=by, at=at)
            _tell(result, by, at)
    return result


def _checked(found: Read, faults: Faults, user: User, on: date, *, hold: bool) -> Plan:
    made = plan(found, load(found, user, on, hold=hold), faults, user.division)
    check_plan(made, user, on)
    faults.refuse()
    return made


def _result(made: Plan, found: Read, digest: str, *, dry_run: bool) -> Result:
    named = {table.sheet.noun for table in found.tables}
    sheets = [_sheet_result(sheet.name, made.entries[sheet.noun]) for sheet in SHEETS if sheet.noun in named]
    return Result(digest, dry_run, sheets, found.ignored)


def _sheet_result(name: str, entries: list[Entry]) -> SheetResult:
    result = SheetResult(name)
    for entry in entries:
        kind = str(entry.change) if entry.change else "unchanged"
        setattr(result, kind, getattr(result, kind) + 1)
        if entry.change and len(result.differences) < SHOWN:
            result.differences.append(_differing(entry, entry.change))
    return result


def _differing(entry: Entry, change: Change) -> Differing:
    cells, row = entry.cells.line.cells, entry.row
    words = (text_of(cells.get(name)) for name in ("leader", "organisation", "name", "post", "title", "target"))
    ends_on = getattr(row, "ends_on", None)
    return Differing(
        entry.cells.line.row, str(change), " · ".join(word for word in words if word), entry.was, ends_on,
        len(entry.along),
    )  # fmt: skip


def _tell(result: Result, by: User, at: datetime) -> None:
    counts: dict[str, Any] = {
        sheet.sheet: {"begins": sheet.begins, "ends": sheet.ends, "changes": sheet.changes} for sheet in result.sheets
    }
    path = by.division.path if by.division and by.office != Office.NONE else ""
    events.append(
        "import.done", by=by, at=at, about=("import", result.sha256), division_path=path,
        sha256=result.sha256, counts=counts,
    )  # fmt: skip
