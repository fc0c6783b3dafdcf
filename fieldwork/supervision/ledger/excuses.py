"""Excuses against the events that tell how they were granted and taken back: none is made up, none is gone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fieldwork.core.models import Event
from fieldwork.duties.models import Excuse
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 500
_GRANTED, _TAKEN_BACK = "obligation.excused", "obligation.excuse_taken_back"


def check_excuses(since: datetime | None = None) -> Iterator[Finding]:
    """Those that were granted at that instant or later."""
    rows = Excuse.objects.all() if since is None else Excuse.objects.filter(granted_at__gte=since)
    for chunk in portions(rows.order_by("pk").iterator(chunk_size=CHUNK), CHUNK):
        told = _told({str(row.obligation_id) for row in chunk})
        for row in chunk:
            if row.pk not in told:
                yield inserted(Record.EXCUSE, row.pk)
            elif wrong := [name for name, here in _columns(row).items() if here != told[row.pk][name]]:
                yield altered(Record.EXCUSE, row.pk, ", ".join(wrong))
    granted = Event.objects.filter(object_kind="obligation", kind=_GRANTED).order_by("pk")
    granted = granted if since is None else granted.filter(at__gte=since)
    for events in portions(granted.iterator(chunk_size=CHUNK), CHUNK):
        ids = {int(data_in(event).get("excuse", 0)) for event in events}
        here = set(Excuse.objects.filter(pk__in=ids).values_list("pk", flat=True))
        yield from (removed(Record.EXCUSE, pk) for pk in sorted(ids - here))


def _told(obligations: set[str]) -> dict[int, dict[str, Any]]:
    """By the excuse's id, its columns as events tell them."""
    found: dict[int, dict[str, Any]] = {}
    about = Event.objects.filter(object_kind="obligation", object_id__in=obligations, kind__in=(_GRANTED, _TAKEN_BACK))
    for event in about.order_by("pk"):
        data = data_in(event)
        if event.kind == _GRANTED:
            found[data.get("excuse", 0)] = {
                "obligation": event.object_id, "kind": data.get("excused_for"), "reason": data.get("reason"),
                "document": data.get("document"), "granted": (event.actor, event.at), "taken_back": None,
            }  # fmt: skip
        elif data.get("excuse") in found:
            found[data["excuse"]]["taken_back"] = (event.actor, event.at)
    return found


def _columns(row: Excuse) -> dict[str, Any]:
    taken_back = None if row.taken_back_at is None else (f"user:{row.taken_back_by_id}", row.taken_back_at)
    return {
        "obligation": str(row.obligation_id), "kind": row.kind, "reason": row.reason,
        "document": None if row.document is None else str(row.document),
        "granted": (f"user:{row.granted_by_id}", row.granted_at), "taken_back": taken_back,
    }  # fmt: skip
