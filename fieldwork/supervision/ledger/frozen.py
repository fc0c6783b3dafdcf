"""Published periods and their amendments against the events that tell of them: what was published stays published."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery

from fieldwork.core.models import Event
from fieldwork.supervision.ledger.facts import latest_of
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in
from fieldwork.supervision.models import Amendment, Freeze, FrozenObligation
from fieldwork.supervision.months.amending import told
from fieldwork.supervision.months.freezing import digest_of

CHUNK = 500


def check_frozen(since: datetime | None = None) -> Iterator[Finding]:
    """Those published, and amended, at that instant or later."""
    yield from _check_freezes(since)
    yield from _check_amendments(since)
    last = Amendment.objects.filter(frozen=OuterRef("pk")).order_by("-pk").values("after")[:1]
    rows = FrozenObligation.objects.annotate(said=Subquery(last))
    wrong = rows.filter(Q(said__isnull=True) & ~Q(latest=F("status")) | Q(said__isnull=False) & ~Q(latest=F("said")))
    yield from (
        altered(Record.FREEZE, row.freeze_id, f"obligation {row.obligation_id}") for row in wrong.order_by("pk")
    )


def _check_freezes(since: datetime | None) -> Iterator[Finding]:
    moves = [data_in(event).get("succeeded") or {} for event in _every("divisions.loaded")]
    events = {int(data_in(event).get("freeze", 0)): event for event in _told("period.frozen", since)}
    rows = Freeze.objects.all() if since is None else Freeze.objects.filter(at__gte=since)
    here = set()
    for row in rows.order_by("pk").iterator(chunk_size=CHUNK):
        here.add(row.pk)
        event = events.get(row.pk)
        if event is None:
            yield inserted(Record.FREEZE, row.pk)
            continue
        data = data_in(event)
        place = latest_of(data.get("division"), moves)
        said = {**data, "division": place, "period": event.object_id, "by": event.actor, "at": event.at}
        wrong = [name for name, value in _columns(row).items() if said.get(name) != value]
        if wrong:
            yield altered(Record.FREEZE, row.pk, ", ".join(wrong))
    yield from (removed(Record.FREEZE, pk) for pk in sorted(events.keys() - here))


def _columns(row: Freeze) -> dict[str, Any]:
    published = FrozenObligation.objects.filter(freeze=row).exclude(status="").order_by("obligation")
    return {
        "period": row.period, "division": row.division_id, "reason": row.reason, "figures": row.figures,
        "incomplete": row.incomplete, "by": f"user:{row.by_id}", "at": row.at,
        "rows": digest_of(published.values_list("obligation", "status").iterator(chunk_size=2000)),
    }  # fmt: skip


def _check_amendments(since: datetime | None) -> Iterator[Finding]:
    for event in _told("period.amended", since):
        said = {line[0]: line for line in data_in(event).get("amendments", ())}
        rows = {row.pk: told(row) for row in Amendment.objects.filter(pk__in=said).select_related("frozen")}
        yield from (removed(Record.AMENDMENT, pk) for pk in sorted(said.keys() - rows.keys()))
        yield from (altered(Record.AMENDMENT, pk, "row") for pk in sorted(rows) if rows[pk] != said[pk])
    known = {line[0] for event in _told("period.amended", since) for line in data_in(event).get("amendments", ())}
    rows_here = Amendment.objects.all() if since is None else Amendment.objects.filter(noted_at__gte=since)
    for ids in portions(rows_here.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=CHUNK), CHUNK):
        yield from (inserted(Record.AMENDMENT, pk) for pk in ids if pk not in known)


def _every(kind: str) -> Iterator[Event]:
    yield from Event.objects.filter(kind=kind).order_by("pk")


def _told(kind: str, since: datetime | None) -> Iterator[Event]:
    events = Event.objects.filter(object_kind="period", kind=kind)
    events = events if since is None else events.filter(at__gte=since)
    yield from events.order_by("pk").iterator(chunk_size=CHUNK)
