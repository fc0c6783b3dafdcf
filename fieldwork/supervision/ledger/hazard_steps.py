"""Where a hazard stands, and what its steps left, by what the events of its steps say."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.hazards.enums import EVENTS, Action, HazardState
from fieldwork.hazards.succession import PASSED_ON
from fieldwork.supervision.ledger.records import data_in

POINTS = ("measures", "responsibility", "funds", "emergency_plan")
_SIDES = ("rectifying", "assisting", "supervising")
_ACTIONS = {kind: action for action, kind in EVENTS.items()}
Said = dict[str, Any]


@dataclass
class Course:
    """`columns` of the hazard; of each step that left a row, `rows` of it by the name of the relation and the step."""

    columns: Said
    steps: dict[str, Said] = field(default_factory=dict)
    rows: dict[tuple[str, str], Said] = field(default_factory=dict)
    shown: dict[str, list[Said]] = field(default_factory=dict)

    def listing(self) -> Said | None:
        return next((row for (kind, _), row in self.rows.items() if kind == "listing" and not row["delisted_on"]), None)

    def extension(self) -> Said | None:
        waiting = (row for (kind, _), row in self.rows.items() if kind == "extension")
        return next((row for row in waiting if row["granted"] is None and row["withdrawn_at"] is None), None)


def course_of(grade: str, told: Sequence[Event]) -> Course:
    """By the events of a hazard in their order; `grade` is the declared one. What a forger has made of an event may be
    a KeyError, TypeError or ValueError."""
    columns: Said = {
        "state": HazardState.REPORTED, "grade": grade, "steps_taken": 0, "rectifying_unit_id": None,
        "rectifying_person": "", "deadline": None, **dict.fromkeys(POINTS, ""), "submitted_on": None, "closed_at": None,
        "looked_back_at": None, "duplicate_of_id": None,
    }  # fmt: skip
    course = Course(columns)
    for event in told:
        if (action := _ACTIONS.get(event.kind)) is not None:
            _take(course, action, event)
        elif event.kind == PASSED_ON:
            _pass_on(course, data_in(event))
    return course


def _pass_on(course: Course, told: Said) -> None:
    """What hung at a body or place that was merged into another: no step, so that the count of steps stays. Where it
    lies is not judged by that, for lists of divisions move it too."""
    course.columns |= {name: value for name, value in told["now"].items() if name != "division_id"}
    for listed in told["listed"]:
        course.rows["listing", listed["listing"]] |= listed["now"]


def _take(course: Course, action: Action, event: Event) -> None:
    told = data_in(event)
    said: Said = json.loads(told["content"])
    course.steps[told["step"]] = {
        "action": action, **{name: told[name] for name in ("number", "before", "after", "content")},
        "by_id": _who(event), "at": event.at,
    }  # fmt: skip
    course.columns |= {"state": told["after"], "steps_taken": told["number"]}
    if action in _TAKEN:
        _TAKEN[action](course, said, told["step"], event)


def _graded(course: Course, said: Said, _step: str, _event: Event) -> None:
    course.columns["grade"] = said["grade"]


def _assigned(course: Course, said: Said, step: str, event: Event) -> None:
    unit, person = int(said["rectifying_unit"]), said["rectifying_person"]
    course.columns |= {"rectifying_unit_id": unit, "rectifying_person": person, "deadline": _day(said["deadline"])}
    _planned(course, said, step, event)
    course.rows["assignment", step] = {"unit_id": unit, "person": person}


def _planned(course: Course, said: Said, _step: str, _event: Event) -> None:
    course.columns |= {name: said[name] for name in POINTS if said[name]}


def _listed(course: Course, said: Said, step: str, event: Event) -> None:
    sides = {f"{side}_unit_id": int(said[f"{side}_unit"]) for side in _SIDES}
    people = {f"{side}_person": said[f"{side}_person"] for side in _SIDES}
    course.rows["listing", step] = {
        "year": said["year"], "batch": said["batch"], **sides, **people, "listed_on": local_day(event.at),
        "by_id": _who(event), "delisted_on": None,
    }  # fmt: skip


def _submitted(course: Course, said: Said, step: str, event: Event) -> None:
    if (waiting := course.extension()) is not None:
        waiting["withdrawn_at"] = event.at
    taken_at = datetime.fromisoformat(said["taken_at"]) if said.get("taken_at") else event.at
    course.columns["submitted_on"] = local_day(min(taken_at, event.at))
    here, placed = said["location"], said["location"]["latitude"] is not None
    course.rows["submission", step] = {
        "account": said["account"], "latitude": here["latitude"], "longitude": here["longitude"],
        "datum": here["datum"] if placed else "", "accuracy_m": here["accuracy_m"],
        "taken_at": taken_at, "by_id": _who(event), "at": event.at,
    }  # fmt: skip
    course.shown[step] = said["photos"]


def _accepted(course: Course, _said: Said, _step: str, event: Event) -> None:
    course.columns |= {"closed_at": event.at, "looked_back_at": None}
    _delisted(course, event)


def _returned(course: Course, _said: Said, _step: str, _event: Event) -> None:
    course.columns["submitted_on"] = None


def _requested(course: Course, said: Said, step: str, event: Event) -> None:
    course.rows["extension", step] = {
        "old_deadline": course.columns["deadline"], "new_deadline": _day(said["deadline"]), "reason": said["reason"],
        "requested_by_id": _who(event), "requested_at": event.at, "granted": None, "decided_by_id": None,
        "decided_at": None, "decision": "", "withdrawn_at": None,
    }  # fmt: skip


def _decided(course: Course, said: Said, _step: str, event: Event) -> None:
    waiting = course.extension()
    if waiting is None:
        raise ValueError("no extension waited")
    waiting |= {
        "granted": said["granted"], "decided_by_id": _who(event), "decided_at": event.at, "decision": said["reason"],
    }  # fmt: skip
    if said["granted"]:
        course.columns["deadline"] = waiting["new_deadline"]


def _reopened(course: Course, _said: Said, _step: str, _event: Event) -> None:
    course.columns |= dict.fromkeys(("closed_at", "submitted_on", "deadline", "looked_back_at"))


def _looked_back(course: Course, _said: Said, _step: str, event: Event) -> None:
    course.columns["looked_back_at"] = event.at


def _dismissed(course: Course, said: Said, _step: str, event: Event) -> None:
    course.columns["duplicate_of_id"] = said["duplicate_of"]
    _delisted(course, event)


def _delisted(course: Course, event: Event) -> None:
    if (listing := course.listing()) is not None:
        listing["delisted_on"] = local_day(event.at)


def _who(event: Event) -> int:
    return int(event.actor.removeprefix("user:"))


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()


_TAKEN: dict[Action, Callable[[Course, Said, str, Event], None]] = {
    Action.GRADE: _graded,
    Action.ASSIGN: _assigned,
    Action.PLAN: _planned,
    Action.LIST: _listed,
    Action.SUBMIT: _submitted,
    Action.ACCEPT: _accepted,
    Action.RETURN: _returned,
    Action.REQUEST_EXTENSION: _requested,
    Action.DECIDE_EXTENSION: _decided,
    Action.REOPEN: _reopened,
    Action.LOOK_BACK: _looked_back,
    Action.DISMISS: _dismissed,
}
