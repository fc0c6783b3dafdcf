"""The State Council's yearly notice of holidays (国务院办公厅关于部分节假日安排的通知): loading it, and single days."""

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, FieldError, Text, invalid
from fieldwork.core.events import Actor
from fieldwork.core.periods import YEARS
from fieldwork.directory.dated import check_columns
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Moment, Workday
from fieldwork.reminders.plan import READER, moments_of
from fieldwork.reminders.workdays import overrides

COLUMNS = ("date", "worked")
WORKED = {"yes": True, "班": True, "no": False, "休": False}
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCK = "reminders.workdays"


@transaction.atomic
def load_workdays(lines: Iterable[str], *, source: str, by: Actor, at: datetime) -> int:
    """Bring the table to a notice, from CSV text with the columns `COLUMNS`; how many days changed.

    `date` is an ISO day, `worked` one of `WORKED`; `source` names the notice. Days that the text does not have are left
    alone; the same text again changes nothing. One event, `workdays.loaded`, with what each day was. All or nothing:
    every fault at once as `invalid` on `<line>.<column>`, the header being line 1.
    """
    given = _read(lines)
    locks.hold(_LOCK)
    changes = _store(given, source)
    if changes:
        _move_digests(at)
        events.append("workdays.loaded", by=by, at=at, about=("workdays", "notice"), source=source, changes=changes)
    return len(changes)


@transaction.atomic
def set_workday(*, day: date, worked: bool, source: str, by: Actor, at: datetime) -> Workday:
    """Say of one day whether it is worked. Tells `workday.set`, with what it was, if anything differs."""
    if day.year not in YEARS:
        raise invalid("day", _("There are no duties in that year."))
    locks.hold(_LOCK)
    changes = _store({day: worked}, source)
    row = Workday.objects.get(day=day)
    if changes:
        _move_digests(at)
        events.append("workday.set", by=by, at=at, about=("workday", row.pk), source=source, **changes[0])
    return row


def _store(given: dict[date, bool], source: str) -> list[dict[str, Any]]:
    """Write what differs; answers it, with `was` of a day that stood. The caller holds the lock."""
    standing = {row.day: row for row in Workday.objects.filter(day__in=given)}
    rows, changes = [], []
    for day, worked in given.items():
        old = standing.get(day)
        if old and (old.worked, old.source) == (worked, source):
            continue
        was = None if old is None else {"worked": old.worked, "source": old.source}
        changes.append({"day": day.isoformat(), "worked": worked, "was": was})
        row = old or Workday(day=day)
        row.worked, row.source = worked, source
        check_columns(row)
        rows.append(row)
    Workday.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["day"], update_fields=["worked", "source"]
    )  # fmt: skip
    return changes


def _move_digests(at: datetime) -> None:
    """What is to be told on the next working day is told on the one that is so now; what has come by `at` stays."""
    locks.hold(READER)  # no ticker plans a moment while it moves
    days = overrides()
    for moment in Moment.objects.filter(kind=NotificationKind.DIGEST, planned_at__isnull=True, at__gt=at):
        moved = next(when for when, kind in moments_of(moment.due_at, days) if kind == NotificationKind.DIGEST)
        if moved != moment.at:
            moment.at = moved
            moment.save(update_fields=["at"])


def _read(lines: Iterable[str]) -> dict[date, bool]:
    reader = csv.DictReader(lines, strict=True)
    found: dict[date, bool] = {}
    at_line: dict[date, int] = {}
    faults: list[FieldError] = []
    try:
        faults += [_fault(1, name, _("This column is missing.")) for name in COLUMNS if name not in _header(reader)]
        for row in () if faults else reader:
            day, worked = _day(row["date"]), WORKED.get((row["worked"] or "").strip())
            faults += _faults(reader.line_num, row, day, worked)
            if day in at_line:
                faults.append(
                    _fault(reader.line_num, "date", _("Line %(line)d has this day too.") % {"line": at_line[day]})
                )
            if day is not None and worked is not None:
                found[day] = worked
                at_line.setdefault(day, reader.line_num)
    except csv.Error:
        faults.append(_fault(reader.reader.line_num, "", _("This line is not proper CSV.")))
    if faults:
        raise DomainError(Code.INVALID, errors=tuple(faults))
    return found


def _header(reader: "csv.DictReader[str]") -> Iterable[str]:
    return reader.fieldnames or ()


def _faults(line: int, row: dict[str, str], day: date | None, worked: bool | None) -> Iterable[FieldError]:
    if None in row:
        yield _fault(line, "", _("This line has more cells than the header."))
    if day is None:
        yield _fault(line, "date", _("A day, as in 2026-11-21."))
    if worked is None:
        yield _fault(line, "worked", _("One of yes, no, 班, 休."))


def _day(text: str | None) -> date | None:
    if not _DAY.fullmatch((text or "").strip()):
        return None
    try:
        day = date.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _fault(line: int, column: str, detail: Text) -> FieldError:
    return FieldError(f"{line}.{column}", Code.INVALID, detail)
