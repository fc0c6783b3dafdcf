"""Storing what was planned and checked: rows in bulk, and for each the event that its action would have written."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from fieldwork.core.events import Actor, Told
from fieldwork.core.periods import local_day
from fieldwork.directory.models import Leader, Linkage, Tenure
from fieldwork.directory.records import as_text, facts, record_all, told
from fieldwork.supervision.workbook.checking import place_of
from fieldwork.supervision.workbook.planning import Change, Entry, Plan

_ROWS = 1000  # a statement


def store(plan: Plan, *, by: Actor, at: datetime) -> None:
    """In the caller's transaction. Each sheet after those it refers to, so that ids are known."""
    happened: list[Told] = []
    for entries in plan.entries.values():
        begun = [entry for entry in entries if entry.change is Change.BEGINS]
        ended = [entry for entry in entries if entry.change in (Change.ENDS, Change.CHANGES)]
        _insert([entry.row for entry in begun])
        _move([row for entry in ended for row in _moved(entry)])
        happened += [_begun(entry.row, at) for entry in begun]
        happened += [_ended(entry) for entry in ended]
    record_all(happened, by=by, at=at)


def _insert(rows: list[Any]) -> None:
    """A department's link names its industry's, which so comes first."""
    first: list[Any] = []
    then: list[Any] = []
    for row in rows:
        (then if isinstance(row, Linkage) and row.paired_with is not None else first).append(row)
    for some in (first, then):
        if some:
            type(some[0])._default_manager.bulk_create(some, batch_size=_ROWS)


def _move(rows: Iterable[Any]) -> None:
    kinds: dict[type[Any], list[Any]] = {}
    for row in rows:
        kinds.setdefault(type(row), []).append(row)
    for model, some in kinds.items():
        model._default_manager.bulk_update(some, ["ends_on"], batch_size=_ROWS)


def _moved(entry: Entry) -> Iterator[Any]:
    yield entry.row
    yield from (linkage for linkage, _was in entry.along)


def _begun(row: Any, at: datetime) -> Told:
    if isinstance(row, Leader):
        path = row.division.path if row.division else ""
        return told("created", row, since=local_day(at), path=path, row=facts(row))
    return told("begun", row, since=row.starts_on, path=place_of(row).path, row=facts(row))


def _ended(entry: Entry) -> Told:
    row, was = entry.row, entry.was
    first_changed = min(day for day in (was, row.ends_on) if day is not None) + timedelta(days=1)
    more = {"linkages": [_link(linkage, day) for linkage, day in entry.along]} if isinstance(row, Tenure) else {}
    return told("ended", row, since=first_changed, path=place_of(row).path, ends_on=row.ends_on, was=was, **more)


def _link(linkage: Linkage, was: date | None) -> dict[str, Any]:
    return {"id": linkage.pk, "was": as_text(was)}
