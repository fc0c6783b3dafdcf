"""Check-ins, their photos and receipts, against what was declared and what the events tell."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isclose
from typing import Any

from django.db.models import QuerySet

from fieldwork.core import jws
from fieldwork.core.declared import digest_of, sending_of
from fieldwork.core.geo import Datum, to_wgs84
from fieldwork.core.models import Blob, Event
from fieldwork.core.periods import local_day
from fieldwork.inspections import receipts
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn, Photo, Receipt
from fieldwork.inspections.rules import roughly_m
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.keys import Lives, lives, signed_in_time
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 200
RECORDED = "check_in.recorded"
_DEGREES = 1e-6  # a tenth of a metre: what is computed may be computed better one day


@dataclass
class CheckIns:
    """How many were looked at; the events of each are read beside it."""

    keys: dict[str, str]
    lives: Lives = field(default_factory=lives)
    count: int = 0
    receipts: int = 0

    def check(self, since: datetime | None = None) -> Iterator[Finding]:
        rows = CheckIn.objects.order_by("received_at", "pk").select_related("receipt")
        if since is not None:
            rows = rows.filter(received_at__gte=since)
        rows = rows.prefetch_related("photos", "companions", "flags")
        for chunk in portions(rows.iterator(chunk_size=CHUNK), CHUNK):
            yield from self._check_chunk(chunk)

    def _check_chunk(self, chunk: list[CheckIn]) -> Iterator[Finding]:
        told = events_about("check_in", chunk)
        shown = {photo.blob_id for row in chunk for photo in row.photos.all() if photo.blob_id}
        blobs = set(Blob.objects.filter(pk__in=shown).values_list("pk", flat=True))
        for row in chunk:
            self.count += 1
            try:
                yield from list(self._check_one(row, told.get(str(row.pk), []), blobs))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                # Only a forger who could also sign comes this far: what nobody here would have written.
                yield altered(Record.CHECK_IN, row.pk, repr(error))

    def _check_one(self, row: CheckIn, told: list[Event], blobs: set[str]) -> Iterator[Finding]:
        recorded = next((event for event in told if event.kind == RECORDED), None)
        if recorded is None:
            yield inserted(Record.CHECK_IN, row.pk)
            return
        wrong = [*_columns_that_differ(row, recorded), *told_otherwise(row, told)]
        if wrong:
            yield altered(Record.CHECK_IN, row.pk, ", ".join(wrong))
        yield from _check_photos(row, told, blobs)
        yield from self._check_receipt(row, told)
        if doubts := list(_flags_that_differ(row, told)):
            yield altered(Record.FLAG, row.pk, ", ".join(doubts))

    def _check_receipt(self, row: CheckIn, told: list[Event]) -> Iterator[Finding]:
        named = [digest for event in told if (digest := data_in(event).get("receipt"))]
        receipt: Receipt | None = getattr(row, "receipt", None)
        if receipt is None:
            if named:
                yield removed(Record.RECEIPT, row.pk)
            return
        self.receipts += 1
        try:
            said = jws.verify(receipt.jws, self.keys.get(receipt.key_id, ""))
        except jws.Forged as error:
            yield altered(Record.RECEIPT, row.pk, f"jws: {error}" if named else "jws, key")
            return
        if receipts.digest_of(receipt.jws) not in named:
            yield inserted(Record.RECEIPT, row.pk) if not named else altered(Record.RECEIPT, row.pk, "jws")
            return
        wrong = list(_receipt_differs(receipt, said, row))
        if not signed_in_time(receipt.key_id, said["issued_at"], self.lives):
            wrong.append("key: not in its time")
        if wrong:
            yield altered(Record.RECEIPT, row.pk, ", ".join(wrong))


def check_recorded(kind: str, rows: QuerySet[Any], record: Record, since: datetime | None = None) -> Iterator[Finding]:
    """Rows that events of recording tell of, and that are gone."""
    told = Event.objects.filter(object_kind=kind, kind=f"{kind}.recorded").order_by("pk")
    if since is not None:
        told = told.filter(at__gte=since)
    for keys in portions(told.values_list("object_id", flat=True).iterator(chunk_size=CHUNK), CHUNK):
        here = {str(pk) for pk in rows.filter(pk__in=keys).values_list("pk", flat=True)}
        yield from (removed(record, key) for key in keys if key not in here)


def events_about(kind: str, rows: list[Any]) -> dict[str, list[Event]]:
    """The events of each of these rows by its id, in the order of their ids."""
    found: dict[str, list[Event]] = {}
    about = Event.objects.filter(object_kind=kind, object_id__in=[str(row.pk) for row in rows])
    for event in about.order_by("pk"):
        found.setdefault(event.object_id, []).append(event)
    return found


def told_otherwise(row: Any, told: list[Event]) -> Iterator[str]:
    """Columns of a check-in or filing that stand in no declaration, but in its events: how it was sent, where it was
    found to be, and its state, which the last event that speaks of it tells."""
    said: dict[str, Any] = {}
    for event in told:
        said |= data_in(event)
    here = {**sending_of(row), "state": row.state}
    if isinstance(row, CheckIn):
        here |= {"distance_m": roughly_m(row.distance_m), "inside_target": row.inside_target}
    yield from (name for name, value in here.items() if said.get(name, value) != value)
    if isinstance(row, CheckIn) and row.checked_at not in _checked(row, told):
        yield "checked_at"


def _checked(row: CheckIn, told: list[Event]) -> set[datetime | None]:
    """When it may have been called checked: as the last event of that says; without a photo, when it was complete."""
    if any(photo.blob_id is not None for photo in row.photos.all()):
        last = next((event for event in reversed(told) if event.kind == "check_in.checked"), None)
        return {None, last.at if last else None}
    return {None, *(event.at for event in told if event.kind in (RECORDED, "check_in.photo_lost"))}


def _flags_that_differ(row: CheckIn, told: list[Event]) -> Iterator[str]:
    """Doubts that no event raised, that are gone, or weighed by a verdict that none tells of; their figures too.

    What was recorded before its event told of doubts is not judged.
    """
    if not any("raised" in data_in(event) for event in told if event.kind == RECORDED):
        return
    said = _doubts_told(told) | _doubts_of_photos(row)
    here = {flag.code: flag.figures for flag in row.flags.all()}
    yield from (code for code in sorted(said.keys() | here.keys()) if here.get(code) != said.get(code))
    reviews = {None, *(data_in(event).get("review") for event in told)}
    yield from (f"{flag.code}: weighed_by" for flag in row.flags.all() if flag.weighed_by_id not in reviews)


def _doubts_told(told: list[Event]) -> dict[str, Any]:
    """The doubts that stand by what the events say, each with its figures."""
    said: dict[str, Any] = {}
    for event in told:
        data = data_in(event)
        said |= data.get("raised") or {}
        said = {code: figures for code, figures in said.items() if code not in (data.get("dropped") or ())}
    return said


def _doubts_of_photos(row: CheckIn) -> dict[str, Any]:
    """Those that no event needs to tell, for they follow from the photos; None where these give no cause."""
    lost = [photo.lost_at is not None for photo in row.photos.all() if photo.blob_id is None]
    return {
        FlagCode.PHOTOS_MISSING.value: {"missing": lost.count(False)} if False in lost else None,
        FlagCode.PHOTO_LOST.value: {"lost": lost.count(True)} if True in lost else None,
    }


def _columns_that_differ(row: CheckIn, recorded: Event) -> Iterator[str]:
    """Columns that do not say what was declared, and told when it was."""
    if digest_of(row.content) != data_in(recorded).get("digest"):
        yield "content"
        return
    said = json.loads(row.content)
    location, position = said["location"], None
    if location["latitude"] is not None:
        position = to_wgs84(location["latitude"], location["longitude"], Datum(location["datum"]))
    pairs = {
        "digest": (row.digest, data_in(recorded).get("digest")),
        "lead": (str(row.lead_id), said["lead"]),
        "task": (_text(row.task_id), said["task"]),
        "site": (_text(row.site_id), said["site"]),
        "companions": ({str(leader.pk) for leader in row.companions.all()}, set(said["companions"])),
        "captured_at": (_utc(row.captured_at), said["captured_at"]),
        "captured_on": (row.captured_on, local_day(datetime.fromisoformat(said["captured_at"]))),
        "latitude": (row.latitude, location["latitude"]),
        "longitude": (row.longitude, location["longitude"]),
        "datum": (row.datum, location["datum"] if position else ""),
        "accuracy_m": (row.accuracy_m, location["accuracy_m"]),
        "prepared_by_staff": (row.prepared_by_staff, said["prepared_by_staff"]),
        "on_paper": (row.on_paper, said["on_paper"]),
        "site_name": (row.site_name, said["site_name"]),
        "summary": (row.summary, said["summary"]),
        "found_nothing": (row.found_nothing, said["found_nothing"]),
        "received_at": (row.received_at, recorded.at),
        "uploaded_by": (f"user:{row.uploaded_by_id}", recorded.actor),
    }
    yield from (name for name, (here, declared) in pairs.items() if here != declared)
    computed = (("wgs84_latitude", "latitude"), ("wgs84_longitude", "longitude"))
    for column, name in computed:
        here, there = getattr(row, column), getattr(position, name, None)
        if (here is None) != (there is None) or (there is not None and not isclose(here, there, abs_tol=_DEGREES)):
            yield column


def _check_photos(row: CheckIn, told: list[Event], blobs: set[str]) -> Iterator[Finding]:
    """Rows as declared, and the bytes of each that an event tells to have arrived."""
    try:
        declared = {photo["sha256"]: photo for photo in json.loads(row.content)["photos"]}
    except (ValueError, KeyError, TypeError):
        return  # found as an altered content
    arrived = {digest for event in told for digest in data_in(event).get("photos") or ()}
    lost = {data_in(event).get("photo"): event for event in told if event.kind == "check_in.photo_lost"}
    rows = {photo.sha256: photo for photo in row.photos.all()}
    for digest in declared.keys() - rows.keys():
        yield removed(Record.PHOTO, f"{row.pk} {digest}")
    for digest, photo in rows.items():
        if digest not in declared:
            yield inserted(Record.PHOTO, f"{row.pk} {digest}")
            continue
        wrong = list(_photo_differs(photo, declared[digest], digest in arrived, lost.get(digest)))
        if wrong:
            yield altered(Record.PHOTO, f"{row.pk} {digest}", ", ".join(wrong))
        if photo.blob_id and photo.blob_id not in blobs:
            yield removed(Record.BLOB, photo.blob_id)


def _photo_differs(photo: Photo, declared: dict[str, Any], arrived: bool, lost: Event | None) -> Iterator[str]:
    pairs = {
        "bytes": (photo.bytes, declared["bytes"]),
        "content_type": (photo.content_type, declared["content_type"]),
        "captured_at": (_utc(photo.captured_at), declared["captured_at"]),
        "caption": (photo.caption, declared["caption"]),
        "blob": (photo.blob_id, photo.sha256 if arrived else None),
        "lost_at": (photo.lost_at, lost.at if lost else None),
        "lost_reason": (photo.lost_reason, data_in(lost).get("reason") if lost else ""),
    }
    yield from (name for name, (here, there) in pairs.items() if here != there)


def _receipt_differs(receipt: Receipt, said: dict[str, Any], row: CheckIn) -> Iterator[str]:
    stored = {photo.sha256 for photo in row.photos.all() if photo.blob_id}
    pairs = {
        "check_in": (str(row.pk), said["check_in"]),
        "issued_at": (_utc(receipt.issued_at), said["issued_at"]),
        "received_at": (_utc(row.received_at), said["received_at"]),
        "content": (digest_of(row.content), said["content"]),
    }
    yield from (name for name, (here, signed) in pairs.items() if here != signed)
    if not stored.issuperset(said["photos"]):
        yield "photos"


def _utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _text(key: int | None) -> str | None:
    return None if key is None else str(key)
