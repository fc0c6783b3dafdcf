"""Filings and their attachments against what was declared and what the events tell."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from fieldwork.core.declared import digest_of
from fieldwork.core.enums import DeclaredState
from fieldwork.core.models import Event
from fieldwork.filings.models import Filing
from fieldwork.supervision.ledger.check_ins import events_about, told_otherwise
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 200
RECORDED = "filing.recorded"
_AS_DECLARED = ("title", "summary", "kind", "participants", "prepared_by_staff", "on_paper")
_OF_FILE = ("sha256", "bytes", "content_type", "name")


def check_filings(since: datetime | None = None) -> Iterator[Finding]:
    rows = Filing.objects.order_by("received_at", "pk").prefetch_related(
        "attachments", "obligations", "duties__version__policy"
    )
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    for chunk in portions(rows.iterator(chunk_size=CHUNK), CHUNK):
        told = events_about("filing", chunk)
        for row in chunk:
            events = told.get(str(row.pk), [])
            recorded = next((event for event in events if event.kind == RECORDED), None)
            if recorded is None:
                yield inserted(Record.FILING, row.pk)
            elif wrong := [*_columns_that_differ(row, recorded), *told_otherwise(row, events)]:
                yield altered(Record.FILING, row.pk, ", ".join(wrong))


def _columns_that_differ(row: Filing, recorded: Event) -> Iterator[str]:
    digest = data_in(recorded).get("digest")
    if digest_of(row.content) != digest:
        yield "content"
        return
    said: dict[str, Any] = json.loads(row.content)
    pairs = {name: (getattr(row, name), said[name]) for name in _AS_DECLARED}
    pairs |= {
        "subject": (_subject(row), (said["subject"]["kind"], [int(key) for key in said["subject"]["id"].split(":")])),
        "obligations": (sorted(str(each.pk) for each in row.obligations.all()), sorted(said["obligations"])),
        "duties": (sorted(each.key for each in row.duties.all()), sorted(said["duties"])),
        "digest": (row.digest, digest),
        "held_on": (row.held_on.isoformat(), said["held_on"]),
        "received_at": (row.received_at, recorded.at),
        "uploaded_by": (f"user:{row.uploaded_by_id}", recorded.actor),
        "blobs": (_is_here(row), True),
        "attachments": (_files(row), sorted([file[name] for name in _OF_FILE] for file in said["attachments"])),
    }
    yield from (name for name, (here, declared) in pairs.items() if here != declared)


def _subject(row: Filing) -> tuple[str, list[int]]:
    keys = (row.leader_id, row.organisation_id, row.lower_organisation_id)
    return row.subject_kind, [key for key in keys if key is not None]


def _is_here(row: Filing) -> bool:
    """As its state says: every attachment, or not all of them; and each its own bytes."""
    blobs = {file.sha256: file.blob_id for file in row.attachments.all()}
    own = all(blob in (None, digest) for digest, blob in blobs.items())
    return own and (None not in blobs.values()) == (row.state == DeclaredState.COMPLETE)


def _files(row: Filing) -> list[list[Any]]:
    return sorted([getattr(file, name) for name in _OF_FILE] for file in row.attachments.all())
