"""Hazards that were altered, removed or inserted beside their steps are found."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from fieldwork.hazards.models import Hazard, HazardPhoto, Step
from fieldwork.supervision.ledger.check_ins import check_recorded
from fieldwork.supervision.ledger.findings import Fault, Record
from fieldwork.supervision.ledger.hazards import check_hazards
from tests.hazards import PHOTO, STEPS, WAYS, Works, bring, do, report

NOON = "2026-11-21T12:00:00+08:00"
LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_every_course_is_what_its_steps_say(works: Works) -> None:
    for state in WAYS:
        bring(works, state, PHOTO)
    for way in STEPS.values():
        pk = report(works)
        for party, action in way:
            do(works, party, pk, action)
    again = bring(works, "reopened")
    do(works, "office", again, "assign")
    assert list(check_hazards()) == []


CHANGES: dict[str, Any] = {
    "state": "reopened", "grade": "general", "deadline": None, "rectifying_person": "另一人", "measures": "另一措施",
    "responsibility": "x", "funds": "x", "emergency_plan": "x", "submitted_on": None, "description": "另一事",
    "category": "site_other", "site_name": "另一处", "found_at": None, "received_at": None, "steps_taken": 7,
    "uploaded_by_id": None, "latitude": 1.5, "digest": "0" * 64, "on_paper": True,
}  # fmt: skip


@pytest.mark.parametrize("column", list(CHANGES))
def test_altered_column_is_named(column: str, works: Works) -> None:
    row = Hazard.objects.get(pk=bring(works, "submitted", grade="major"))
    value = CHANGES[column]
    if column in ("found_at", "received_at"):
        value = getattr(row, column) - LATER
    if column == "uploaded_by_id":
        value = works.users["office"].pk
    if column == "deadline":
        assert row.deadline is not None
        value = row.deadline + LATER
    Hazard.objects.filter(pk=row.pk).update(**{column: value})
    (found,) = check_hazards()
    named = "uploaded_by" if column == "uploaded_by_id" else "steps" if column == "steps_taken" else column
    assert (found.fault, found.where) == (Fault.ALTERED, named)


def test_altered_removed_or_inserted_step_is_found(works: Works) -> None:
    pk = bring(works, "rectifying")
    step = Step.objects.get(hazard=pk, number=1)
    Step.objects.filter(pk=step.pk).update(content=step.content.replace("人员密集", "无"))
    assert [found.where for found in check_hazards()] == ["steps"]
    Step.objects.filter(pk=step.pk).update(content=step.content)
    assert list(check_hazards()) == []
    step.pk, step.number = uuid4(), 3
    step.save(force_insert=True)
    assert [found.where for found in check_hazards()] == ["steps"]


def test_photo_that_was_exchanged_is_found(works: Works) -> None:
    report(works, PHOTO)
    HazardPhoto.objects.update(sha256="0" * 64)
    assert [found.where for found in check_hazards()] == ["photos"]


def test_inserted_and_removed_hazards_are_found(works: Works) -> None:
    row = Hazard.objects.get(pk=report(works))
    old, row.pk = row.pk, uuid4()
    row.save(force_insert=True)
    assert [found.fault for found in check_hazards()] == [Fault.INSERTED]
    Hazard.objects.all().delete()
    gone = check_recorded("hazard", Hazard.objects.all(), Record.HAZARD, verb="reported")
    assert [(found.key, found.fault) for found in gone] == [(str(old), Fault.REMOVED)]
