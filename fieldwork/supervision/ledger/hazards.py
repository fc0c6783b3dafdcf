"""Hazards, their steps and photos, against what was declared and what the events tell."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fieldwork.core.declared import digest_of, sending_of
from fieldwork.core.geo import Datum, to_wgs84
from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.hazards.models import Hazard, HazardPhoto
from fieldwork.supervision.ledger.check_ins import events_about
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.hazard_steps import Course, course_of
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 200
REPORTED, LOST = "hazard.reported", "hazard.photo_lost"
_AS_DECLARED = ("site_name", "category", "description", "prepared_by_staff", "on_paper")
_LEFT = {"assignment": "assignments", "listing": "listings", "submission": "submissions", "extension": "extensions"}
_NEAR = 1e-6  # a tenth of a metre: what is computed may be computed better one day


def check_hazards(since: datetime | None = None) -> Iterator[Finding]:
    """Those received at that instant or later, with all that became of them; and those that are gone."""
    rows = Hazard.objects.order_by("received_at", "pk").prefetch_related("photos", "steps", *_LEFT.values())
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    for chunk in portions(rows.iterator(chunk_size=CHUNK), CHUNK):
        told = events_about("hazard", chunk)
        for row in chunk:
            yield from _check_one(row, told.get(str(row.pk), []))
    reported = Event.objects.filter(object_kind="hazard", kind=REPORTED).order_by("pk")
    if since is not None:
        reported = reported.filter(at__gte=since)
    for keys in portions(reported.values_list("object_id", flat=True).iterator(chunk_size=CHUNK), CHUNK):
        here = {str(pk) for pk in Hazard.objects.filter(pk__in=keys).values_list("pk", flat=True)}
        yield from (removed(Record.HAZARD, key) for key in keys if key not in here)


def _check_one(row: Hazard, told: list[Event]) -> Iterator[Finding]:
    reported = next((event for event in told if event.kind == REPORTED), None)
    if reported is None:
        yield inserted(Record.HAZARD, row.pk)
        return
    if digest_of(row.content) != data_in(reported).get("digest"):
        yield altered(Record.HAZARD, row.pk, "content")
        return
    said = json.loads(row.content)
    try:
        course = course_of(said["grade"], told)
    except (ValueError, KeyError, TypeError) as error:
        # Only a forger who could also sign comes this far: what nobody here would have written.
        yield altered(Record.HAZARD, row.pk, repr(error))
        return
    differing = [*_columns_that_differ(row, said, reported), *_course_that_differs(row, course)]
    wrong = [name for name in differing if f"{name}_id" not in course.columns]  # judged there, where it changed since
    if wrong:
        yield altered(Record.HAZARD, row.pk, ", ".join(wrong))
    yield from _check_photos(row, said, course, told)


def _columns_that_differ(row: Hazard, said: dict[str, Any], reported: Event) -> Iterator[str]:
    told, location, position = data_in(reported), said["location"], None
    if location["latitude"] is not None:
        position = to_wgs84(location["latitude"], location["longitude"], Datum(location["datum"]))
    found_at = datetime.fromisoformat(said["found_at"])
    sending = sending_of(row)
    pairs = {name: (getattr(row, name), said[name]) for name in _AS_DECLARED} | {
        "digest": (row.digest, told.get("digest")),
        "lead": (row.lead_id, told.get("lead")),
        "post": (row.post_id, told.get("post", row.post_id)),
        "check_in": (row.check_in_id and str(row.check_in_id), said["check_in"]),
        "site": (str(row.site_id), said["site"] or str(row.site_id)),
        "found_at": (row.found_at, found_at),
        "found_on": (row.found_on, local_day(found_at)),
        "proposed_deadline": (row.proposed_deadline and row.proposed_deadline.isoformat(), said["proposed_deadline"]),
        "latitude": (row.latitude, location["latitude"]),
        "longitude": (row.longitude, location["longitude"]),
        "datum": (row.datum, location["datum"] if position else ""),
        "accuracy_m": (row.accuracy_m, location["accuracy_m"]),
        "received_at": (row.received_at, reported.at),
        "uploaded_by": (f"user:{row.uploaded_by_id}", reported.actor),
        **{name: (value, told.get(name)) for name, value in sending.items()},
    }
    yield from (name for name, (here, there) in pairs.items() if here != there)
    for name in ("latitude", "longitude"):
        here, there = getattr(row, f"wgs84_{name}"), getattr(position, name, None)
        if (here is None) != (there is None) or (there is not None and abs(here - there) > _NEAR):
            yield f"wgs84_{name}"


def _course_that_differs(row: Hazard, course: Course) -> Iterator[str]:
    """Where it stands, its steps, and what these left."""
    yield from _differing(row, course.columns)
    steps = {str(step.pk): step for step in row.steps.all()}
    yield from (f"step {key}" for key in sorted(steps.keys() ^ course.steps.keys()))
    for key in steps.keys() & course.steps.keys():
        yield from (f"step {key}: {name}" for name in _differing(steps[key], course.steps[key]))
    for noun, relation in _LEFT.items():
        left = {str(one.pk): one for one in getattr(row, relation).all()}
        told = {key: columns for (kind, key), columns in course.rows.items() if kind == noun}
        yield from (f"{noun} {key}" for key in sorted(left.keys() ^ told.keys()))
        for key in left.keys() & told.keys():
            yield from (f"{noun} {key}: {name}" for name in _differing(left[key], told[key]))


def _differing(row: Any, expected: dict[str, Any]) -> Iterator[str]:
    for name, value in expected.items():
        here = getattr(row, name)
        if (str(here) if name == "duplicate_of_id" and here else here) != value:
            yield name


def _check_photos(row: Hazard, said: dict[str, Any], course: Course, told: list[Event]) -> Iterator[Finding]:
    """Rows as declared, before and with each submission; and of each what events tell of its bytes."""
    declared = {("", photo["sha256"]): photo for photo in said["photos"]}
    for step, photos in course.shown.items():
        declared |= {(step, photo["sha256"]): photo for photo in photos}
    rows = {(str(photo.submission_id or ""), photo.sha256): photo for photo in row.photos.all()}
    yield from (removed(Record.PHOTO, f"{row.pk} {digest}") for _step, digest in declared.keys() - rows.keys())
    often = Counter(digest for _step, digest in rows)
    for key, photo in rows.items():
        if key not in declared:
            yield inserted(Record.PHOTO, f"{row.pk} {photo.sha256}")
            continue
        wrong = [*_photo_differs(photo, declared[key]), *_fate_differs(photo, told, often[photo.sha256] > 1)]
        if wrong:
            yield altered(Record.PHOTO, f"{row.pk} {photo.sha256}", ", ".join(wrong))


def _photo_differs(photo: HazardPhoto, declared: dict[str, Any]) -> Iterator[str]:
    captured_at = photo.captured_at.astimezone(UTC).isoformat() if photo.captured_at else None
    pairs = {
        "bytes": (photo.bytes, declared["bytes"]),
        "content_type": (photo.content_type, declared["content_type"]),
        "captured_at": (captured_at, declared["captured_at"]),
        "caption": (photo.caption, declared["caption"]),
        "pairs_with": (photo.pairs_with, declared.get("pairs_with", "")),
    }
    yield from (name for name, (here, there) in pairs.items() if here != there)


def _fate_differs(photo: HazardPhoto, told: list[Event], is_shared: bool) -> Iterator[str]:
    """Whether it came, and was said to be lost; of two rows of one digest, events do not tell which."""
    about = [(event, data_in(event)) for event in told]
    has_come = any(photo.sha256 in (data.get("photos") or ()) for _event, data in about)
    lost = {
        (event.at, data.get("reason")) for event, data in about
        if event.kind == LOST and data.get("photo") == photo.sha256
    }  # fmt: skip
    if photo.blob_id != (photo.sha256 if has_come else None) and not (is_shared and photo.blob_id is None):
        yield "blob"
    nothing = {(None, "")}
    if (photo.lost_at, photo.lost_reason) not in (lost or nothing) | (nothing if is_shared else set()):
        yield "lost"
