"""Hazards against what was declared, and where they stand against the steps that the events tell of."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from fieldwork.core.declared import digest_of
from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.hazards.enums import Action, HazardState
from fieldwork.hazards.models import Hazard, Step
from fieldwork.supervision.ledger.check_ins import events_about
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 200
REPORTED = "hazard.reported"
_AS_DECLARED = ("site_name", "category", "description", "prepared_by_staff", "on_paper")
_PLAN = ("measures", "responsibility", "funds", "emergency_plan")
_BY_ID = ("rectifying_unit", "duplicate_of")
_NOTHING = {
    "state": HazardState.REPORTED.value, "rectifying_unit": None, "rectifying_person": "", "deadline": None,
    "measures": "", "responsibility": "", "funds": "", "emergency_plan": "", "submitted_on": None, "closed_at": None,
    "duplicate_of": None,
}  # fmt: skip


def check_hazards(since: datetime | None = None) -> Iterator[Finding]:
    rows = Hazard.objects.order_by("received_at", "pk").prefetch_related("photos", "steps")
    if since is not None:
        rows = rows.filter(received_at__gte=since)
    for chunk in portions(rows.iterator(chunk_size=CHUNK), CHUNK):
        told = events_about("hazard", chunk)
        for row in chunk:
            events = told.get(str(row.pk), [])
            reported = next((event for event in events if event.kind == REPORTED), None)
            if reported is None:
                yield inserted(Record.HAZARD, row.pk)
            elif wrong := [*_columns_that_differ(row, reported), *_course_that_differs(row, events)]:
                yield altered(Record.HAZARD, row.pk, ", ".join(wrong))


def _columns_that_differ(row: Hazard, reported: Event) -> Iterator[str]:
    digest = data_in(reported).get("digest")
    if digest_of(row.content) != digest:
        yield "content"
        return
    said: dict[str, Any] = json.loads(row.content)
    photos = sorted(photo.sha256 for photo in row.photos.all() if photo.submission_id is None)
    pairs = {name: (getattr(row, name), said[name]) for name in _AS_DECLARED}
    pairs |= {
        "digest": (row.digest, digest),
        "found_at": (row.found_at, datetime.fromisoformat(said["found_at"])),
        "check_in": (None if row.check_in_id is None else str(row.check_in_id), said["check_in"]),
        "lead": (row.lead_id, data_in(reported).get("lead")),
        "latitude": (row.latitude, said["location"]["latitude"]),
        "longitude": (row.longitude, said["location"]["longitude"]),
        "photos": (photos, sorted(photo["sha256"] for photo in said["photos"])),
        "received_at": (row.received_at, reported.at),
        "uploaded_by": (f"user:{row.uploaded_by_id}", reported.actor),
    }
    yield from (name for name, (here, declared) in pairs.items() if here != declared)


def _course_that_differs(row: Hazard, events: Sequence[Event]) -> Iterator[str]:
    """Its steps against the events, and where it stands against its steps."""
    steps = sorted(row.steps.all(), key=lambda step: step.number)
    told = [_told(event) for event in events if "step" in data_in(event)]
    if [_stored(step) for step in steps] != told or row.steps_taken != len(told):
        yield "steps"
        return
    stands = {"grade": json.loads(row.content)["grade"], **_NOTHING}
    asked: dict[str, Any] = {}
    for step in steps:
        said = json.loads(step.content)
        stands |= {"state": step.after, **_change(step, said, asked)}
        asked = said
    here = {
        name: getattr(row, f"{name}_id" if name in ("rectifying_unit", "duplicate_of") else name) for name in stands
    }
    yield from (name for name, value in stands.items() if _text(here[name]) != _text(value))


def _stored(step: Step) -> tuple[Any, ...]:
    return str(step.pk), step.number, step.before, step.after, step.content, f"user:{step.by_id}", step.at


def _told(event: Event) -> tuple[Any, ...]:
    data = data_in(event)
    return (*(data.get(name) for name in ("step", "number", "before", "after", "content")), event.actor, event.at)


def _change(step: Step, said: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What a step changed beside the state; `before` is what the step before it said."""
    match step.action:
        case Action.GRADE:
            return {"grade": said["grade"]}
        case Action.ASSIGN:
            named = {name: said[name] for name in ("rectifying_unit", "rectifying_person", "deadline")}
            return named | {name: said[name] for name in _PLAN if said[name]}
        case Action.PLAN:
            return {name: said[name] for name in _PLAN if said[name]}
        case Action.DECIDE_EXTENSION:
            return {"deadline": before["deadline"]} if said["granted"] else {}
        case Action.DISMISS:
            return {"duplicate_of": said["duplicate_of"]}
        case _:
            return _end(step)


def _end(step: Step) -> dict[str, Any]:
    match step.action:
        case Action.SUBMIT:
            return {"submitted_on": local_day(step.at)}
        case Action.ACCEPT:
            return {"closed_at": step.at}
        case Action.RETURN:
            return {"submitted_on": None}
        case Action.REOPEN:
            return {"closed_at": None, "submitted_on": None, "deadline": None}
        case _:
            return {}


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
