"""Stored files: each as its digest has it, and none without its row or its use."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from pathlib import Path

from django.db.models import Exists, OuterRef

from fieldwork.core.media_types import HEAD, media_type
from fieldwork.core.models import Blob, Event
from fieldwork.core.uploads import original
from fieldwork.filings.models import Attachment
from fieldwork.hazards.models import HazardPhoto
from fieldwork.inspections.models import Photo
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.records import data_in
from fieldwork.supervision.ledger.retention import REMOVED

CHUNK = 500
UNKNOWN = "application/octet-stream"


@dataclass
class Blobs:
    """How many files and bytes were read, and how many the retention rule has taken away."""

    count: int = 0
    bytes: int = 0
    removed: int = 0

    def check(self, *, quick: bool = False, since: datetime | None = None) -> Iterator[Finding]:
        """In the order of digests, a portion at a time and none held open; `quick` asks for sizes and reads no file."""
        uses = (Exists(model.objects.filter(blob=OuterRef("pk"))) for model in (Photo, Attachment, HazardPhoto))
        rows = Blob.objects.annotate(used=reduce(or_, uses)).order_by("pk")
        if since is not None:
            rows = rows.filter(stored_at__gte=since)
        last = ""
        while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
            told = _told_to_be_removed(chunk)
            for row in chunk:
                self.count += 1
                yield from self._check(row, told.get(row.removed_at, set()), quick)
            last = chunk[-1].pk

    def _check(self, row: Blob, told: set[str], quick: bool) -> Iterator[Finding]:
        if not row.used:  # type: ignore[attr-defined]  # annotated
            yield inserted(Record.BLOB, row.pk)
        if row.removed_at is not None:
            self.removed += 1
            if row.pk not in told:
                yield altered(Record.BLOB, row.pk, "removed_at")
            return
        yield from self._check_file(row, original(row.pk), quick)

    def _check_file(self, row: Blob, path: Path, quick: bool) -> Iterator[Finding]:
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            yield from _missing(row)
            return
        if size != row.bytes:
            yield altered(Record.BLOB, row.pk, f"bytes: {size} ≠ {row.bytes}")
        elif not quick:
            self.bytes += size
            digest, kind = digest_and_type_of(path)
            if digest != row.pk:
                yield altered(Record.BLOB, row.pk, "sha256")
            elif kind != row.content_type:
                yield altered(Record.BLOB, row.pk, "content_type")


def digest_and_type_of(path: Path) -> tuple[str, str]:
    """SHA-256 in hex, and the media type by content."""
    with path.open("rb") as file:
        kind = media_type(path, file.read(HEAD)) or UNKNOWN
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest(), kind


def _missing(row: Blob) -> Iterator[Finding]:
    """Unless the retention rule has taken it away just now."""
    now = Blob.objects.filter(pk=row.pk).first()
    if now is None or now.removed_at is None:
        yield removed(Record.BLOB, row.pk, str(original(row.pk)))


def _told_to_be_removed(chunk: Sequence[Blob]) -> dict[datetime | None, set[str]]:
    """What the events of these instants of removal name."""
    instants = {row.removed_at for row in chunk if row.removed_at is not None}
    told: dict[datetime | None, set[str]] = {}
    about = [at.isoformat() for at in instants]
    for event in Event.objects.filter(object_kind="photos", object_id__in=about, kind=REMOVED):
        told.setdefault(event.at, set()).update(data_in(event).get("photos") or ())
    return told
