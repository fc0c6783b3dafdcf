"""The facts of the directory against the events that tell how they began, changed and ended: who held which post, with
which links, in which bodies, and whose accounts are whose. What is owed follows from them.

A sort of rows of which no event ever told, as whoever fills a database by other means leaves it, is not judged; nor is
an account without one: the first administrator's has none.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from fieldwork.core.models import Event
from fieldwork.directory.models import (
    Delegation,
    Leader,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
    User,
)
from fieldwork.directory.records import facts, noun_of
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 500
FACTS: tuple[type[Model], ...] = (
    Organisation, Post, Leader, Tenure, Linkage, Site, ProblemTownMark, User, Delegation,
)  # fmt: skip
_BEGINNINGS = ("begun", "created")
_CHANGES = ("changed", "renamed", "merged")
_LINKED = "tenure.ended"  # takes the links along

Moves = Sequence[dict[str, int]]


def check_facts(since: datetime | None = None) -> Iterator[Finding]:
    """Those that began, by their events, at that instant or later; all of their columns as they stand now."""
    told = Event.objects.filter(kind="divisions.loaded").order_by("pk")
    moves = [data_in(event).get("succeeded") or {} for event in told]
    for model in FACTS:
        noun = noun_of(model)
        begun = Event.objects.filter(object_kind=noun, kind__in=[f"{noun}.{verb}" for verb in _BEGINNINGS])
        if begun.exists():
            yield from _check_rows(model, noun, moves, since)
            ids = begun.filter(at__gte=since) if since else begun
            yield from _check_missing(model, noun, ids.order_by("pk").values_list("object_id", flat=True))


def _check_rows(model: type[Model], noun: str, moves: Moves, since: datetime | None) -> Iterator[Finding]:
    rows = model._default_manager.order_by("pk")
    for chunk in portions(rows.iterator(chunk_size=CHUNK), CHUNK):
        told = _told(noun, chunk)
        for row in chunk:
            events = told.get(str(row.pk), [])
            first = next((event for event in events if event.kind.partition(".")[2] in _BEGINNINGS), None)
            if first is None:
                if model is not User and since is None:
                    yield inserted(Record.FACT, f"{noun} {row.pk}")
            elif since is None or first.at >= since:
                expected = _replayed(row, events)
                wrong = [name for name, here in facts(row).items() if _differs(name, here, expected, moves)]
                if wrong:
                    yield altered(Record.FACT, f"{noun} {row.pk}", ", ".join(wrong))


def _told(noun: str, rows: list[Any]) -> dict[str, list[Event]]:
    """The events of each row by its id, in their order; of a link also those of its tenure, which ended it too."""
    found: dict[str, list[Event]] = {str(row.pk): [] for row in rows}
    tenures: dict[str, list[str]] = {}
    if noun == noun_of(Linkage):
        for row in rows:
            tenures.setdefault(str(row.tenure_id), []).append(str(row.pk))
    about = Event.objects.filter(object_kind=noun, object_id__in=list(found))
    ended = Event.objects.filter(object_kind=noun_of(Tenure), object_id__in=list(tenures), kind=_LINKED)
    for event in sorted([*about, *ended], key=lambda event: event.pk):
        for key in [event.object_id] if event.object_kind == noun else tenures[event.object_id]:
            found[key].append(event)
    return found


def _replayed(row: Any, events: Sequence[Event]) -> dict[str, Any]:
    """The columns of which events tell, as the last of them has each."""
    columns: dict[str, Any] = {}
    for event in events:
        data, verb = data_in(event), event.kind.partition(".")[2]
        if verb in _BEGINNINGS:
            columns |= data.get("row") or {}
        elif verb in _CHANGES:
            columns |= data.get("now") or {}
        elif event.kind != _LINKED or isinstance(row, Tenure):
            columns |= {"ends_on": data.get("ends_on")} if verb == "ended" else {}
        elif any(link.get("id") == row.pk for link in data.get("linkages") or ()):
            columns["ends_on"] = data.get("ends_on")
    return columns


def _differs(name: str, here: Any, expected: dict[str, Any], moves: Moves) -> bool:
    """Where a division goes on under another row, what hangs at it has moved along."""
    if name not in expected or here == expected[name]:
        return False
    return name != "division_id" or latest_of(here, moves) != latest_of(expected[name], moves)


def latest_of(division: int | None, moves: Moves) -> int | None:
    for succeeded in moves:
        division = succeeded.get(str(division), division)
    return division


def _check_missing(model: type[Model], noun: str, told: Any) -> Iterator[Finding]:
    """What began and is gone, unless it was withdrawn."""
    for keys in portions(told.iterator(chunk_size=CHUNK), CHUNK):
        here = {str(pk) for pk in model._default_manager.filter(pk__in=keys).values_list("pk", flat=True)}
        withdrawn = Event.objects.filter(object_kind=noun, object_id__in=keys, kind=f"{noun}.withdrawn")
        gone = {key for key in keys if key not in here} - set(withdrawn.values_list("object_id", flat=True))
        yield from (removed(Record.FACT, f"{noun} {key}") for key in sorted(gone, key=int))
