"""What check-ins and filings are recorded to have performed, against them and the verdicts on them: nothing else counts
for obligations. The rows of both are compared with their events elsewhere."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from fieldwork.core.periods import first_instant, local_day
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.duties.models import Performance, Review
from fieldwork.duties.queries import reviews_of
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.portions import portions

CHUNK = 200


def check_performances(since: datetime | None = None) -> Iterator[Finding]:
    """Each source has one, which counts when and for whom the source and the latest verdict say; none is without."""
    for kind, rows in (("check_in", CheckIn.objects.all()), ("filing", Filing.objects.all())):
        yield from _check_sources(kind, rows if since is None else rows.filter(received_at__gte=since))
    strange = Performance.objects.exclude(source_kind__in=("check_in", "filing")).order_by("pk")
    yield from (inserted(Record.PERFORMANCE, f"{row.source_kind} {row.source_id}") for row in strange)


def _check_sources(kind: str, rows: QuerySet[Any]) -> Iterator[Finding]:
    for chunk in portions(rows.order_by("received_at", "pk").iterator(chunk_size=CHUNK), CHUNK):
        keys = [str(row.pk) for row in chunk]
        verdicts = reviews_of(kind, keys)
        found = {row.source_id: row for row in Performance.objects.filter(source_kind=kind, source_id__in=keys)}
        for row, key in zip(chunk, keys, strict=True):
            if key not in found:
                yield removed(Record.PERFORMANCE, f"{kind} {key}")
            elif wrong := list(_differs(found[key], _expected(row, verdicts.get(key)))):
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


def _differs(row: Performance, expected: dict[str, object]) -> Iterator[str]:
    return (name for name, value in expected.items() if getattr(row, name) != value)
