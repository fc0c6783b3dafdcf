"""What check-ins and filings are recorded to have performed, against them and the verdicts on them: nothing else counts
for obligations. The rows of both are compared with their events elsewhere.

What they name their content tells; what a visit touched, and which body's obligation its task was for, its event does.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from fieldwork.core.models import Event
from fieldwork.core.periods import first_instant, local_day
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.duties.models import Naming, Performance, Review
from fieldwork.duties.queries import reviews_of
from fieldwork.duties.succession import KEYED_BY_DIVISION, also_served
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 200
_MERGED = ("division.merged", "organisation.merged")
_NAMINGS = Prefetch("namings", Naming.objects.select_related("rule__version__policy"))


def check_performances(since: datetime | None = None) -> Iterator[Finding]:
    """Each source has one, which counts when and for whom the source and the latest verdict say; none is without."""
    moved = _moved()
    for kind, rows in (("check_in", CheckIn.objects.all()), ("filing", Filing.objects.all())):
        yield from _check_sources(kind, rows if since is None else rows.filter(received_at__gte=since), moved)
    strange = Performance.objects.exclude(source_kind__in=("check_in", "filing")).order_by("pk")
    yield from (inserted(Record.PERFORMANCE, f"{row.source_kind} {row.source_id}") for row in strange)


def _check_sources(kind: str, rows: QuerySet[Any], moved: Sequence["Moved"]) -> Iterator[Finding]:
    for chunk in portions(rows.order_by("received_at", "pk").iterator(chunk_size=CHUNK), CHUNK):
        keys = [str(row.pk) for row in chunk]
        verdicts = reviews_of(kind, keys)
        rows_of = Performance.objects.filter(source_kind=kind, source_id__in=keys)
        found = {row.source_id: row for row in rows_of.prefetch_related("touches", _NAMINGS)}
        told = {event.object_id: event for event in _recorded(kind, keys)}
        for row, key in zip(chunk, keys, strict=True):
            if key not in found:
                yield removed(Record.PERFORMANCE, f"{kind} {key}")
                continue
            wrong = list(_differs(found[key], _expected(row, verdicts.get(key))))
            wrong += _links_that_differ(found[key], row, told.get(key), moved)
            if wrong:
                yield altered(Record.PERFORMANCE, f"{kind} {key}", ", ".join(wrong))


def _expected(row: CheckIn | Filing, verdict: Review | None) -> dict[str, object]:
    """The columns of its performance."""
    columns: dict[str, object]
    if isinstance(row, CheckIn):
        columns = {"leader_id": row.lead_id, "organisation_id": None, "activity": Activity.INSPECTION}
        captured_at = row.captured_at
    else:
        columns = {"leader_id": row.leader_id, "organisation_id": row.organisation_id, "activity": row.kind}
        captured_at = first_instant(row.held_on)
    at = (verdict and verdict.adopted_at) or captured_at
    stands = verdict is None or verdict.verdict != Verdict.REJECTED
    return {**columns, "captured_at": captured_at, "at": at, "day": local_day(at), "stands": stands}


def _links_that_differ(
    performance: Performance, row: CheckIn | Filing, recorded: Event | None, moved: Sequence["Moved"]
) -> Iterator[str]:
    """What it names and touches. A check-in whose event does not tell of that yet is not judged by it."""
    try:
        declared = json.loads(row.content)
        duties, obligations = set(declared["duties"]), declared.get("obligations", ())
    except (ValueError, KeyError, TypeError):
        return  # found as an altered content
    told = data_in(recorded) if recorded else {}
    namings = performance.namings.all()
    if {naming.rule.key for naming in namings if naming.rule} != duties:
        yield "duties"
    named = {naming.obligation_id for naming in namings if naming.obligation_id}
    if isinstance(row, Filing):
        if named != {int(key) for key in obligations}:
            yield "obligations"
    elif "touches" in told:
        if named != set(told["names"]):
            yield "obligations"
        expected = _followed(set(told["touches"]), performance.day, recorded, moved)
        if {touch.target_key for touch in performance.touches.all()} != expected:
            yield "touches"


def _recorded(kind: str, keys: Sequence[str]) -> QuerySet[Event]:
    return Event.objects.filter(object_kind=kind, object_id__in=keys, kind=f"{kind}.recorded")


Moved = Callable[[set[str], date, int], set[str]]


def _moved() -> list[Moved]:
    """What became of touches, in its order: they went along with divisions that went on under other ids, and serve
    also what took in what was merged, by then, before they were recorded."""
    told = Event.objects.filter(kind__in=("policy.followed", *_MERGED)).order_by("pk")
    return [_succession(event) if event.kind not in _MERGED else _merger(event) for event in told]


def _succession(event: Event) -> Moved:
    succeeded = data_in(event).get("succeeded") or {}
    return lambda keys, _day, _recorded: {_follow(key, succeeded) for key in keys}


def _merger(event: Event) -> Moved:
    data = data_in(event)
    into = data.get("into") or (data.get("now") or {}).get("merged_into_id")
    merged = {int(event.object_id): into} if into else {}
    of_divisions = event.kind == _MERGED[0]
    also = also_served(merged if of_divisions else {}, {} if of_divisions else merged)
    since = date.fromisoformat(data["since"])

    def serve(keys: set[str], day: date, recorded: int) -> set[str]:
        if day < since or recorded > event.pk:
            return keys
        return keys.union(*(also.get(key, ()) for key in keys))

    return serve


def _followed(keys: set[str], day: date, recorded: Event | None, moved: Sequence["Moved"]) -> set[str]:
    for move in moved:
        keys = move(keys, day, recorded.pk if recorded else 0)
    return keys


def _follow(target: str, succeeded: dict[str, int]) -> str:
    kind, _colon, key = target.partition(":")
    return f"{kind}:{succeeded.get(key, key)}" if kind in KEYED_BY_DIVISION else target


def _differs(row: Performance, expected: dict[str, object]) -> Iterator[str]:
    return (name for name, value in expected.items() if getattr(row, name) != value)
