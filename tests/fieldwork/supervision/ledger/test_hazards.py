"""Hazards: whatever is altered, removed or inserted behind the back of the events is found."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import transaction
from django.db.models import Model

from fieldwork.hazards.models import Assignment, Extension, Hazard, HazardPhoto, Listing, Step, Submission
from fieldwork.supervision.ledger.findings import Fault, Record
from fieldwork.supervision.ledger.hazards import check_hazards
from tests.fieldwork.supervision.ledger.evidence import erase, flipped
from tests.hazards import PHOTO, STEPS, WAYS, Works, bring, do, report
from tests.photos import declared, jpeg
from tests.place import SEAT

NOON = "2026-11-21T12:00:00+08:00"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def pk(works: Works) -> UUID:
    """With one of everything: listed, extended, submitted, accepted, and looked back at."""
    pk = report(works, PHOTO, proposed_deadline="2026-12-01", check_in=str(uuid4()), device={"id": "测试"})
    for party, action in [*STEPS["list"], ("office", "assign"), ("rectifier", "plan")]:
        do(works, party, pk, action)
    do(works, "rectifier", pk, "request-extension")
    do(works, "office", pk, "decide-extension")
    after = {**declared(jpeg(8)), "pairs_with": declared(PHOTO)["sha256"]}
    do(works, "rectifier", pk, "submit", photos=[after], location={"latitude": SEAT[0], "longitude": SEAT[1]})
    path = f"hazards/{pk}/photos/{after['sha256']}"
    assert works.phone("rectifier").put(path, jpeg(8), content_type="image/jpeg").status_code == 201
    lost = works.phone("finder").post(f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}/lost", {"reason": "测试"})
    assert lost.status_code == 200
    do(works, "finder", pk, "accept")
    do(works, "finder", pk, "look-back")
    return pk


def found() -> list[tuple[Record, Fault]]:
    return [(one.record, one.fault) for one in check_hazards()]


def found_after(row: Model, **forged: Any) -> list[tuple[Record, Fault]]:
    """With these columns of the row forged; undone behind it."""
    with transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**forged)
        findings = found()
        transaction.set_rollback(True)
    return findings


def another(row: Model, column: str) -> Any:
    value: Any = getattr(row, column)
    return value + timedelta(days=-1) if isinstance(value, date) else flipped(value)


def test_what_nobody_touched_is_clean(works: Works, pk: UUID) -> None:
    for state in WAYS:
        bring(works, state, grade="major")
    for way in STEPS.values():
        other = report(works)
        for party, action in way:
            do(works, party, other, action)
    original, again = report(works), report(works)
    do(works, "office", again, "dismiss", reason="", duplicate_of=str(original))
    withdrawn = bring(works, "extension_requested")
    do(works, "rectifier", withdrawn, "submit")
    assert list(check_hazards()) == []


HAZARD = [
    "digest", "content", "lead_id", "post_id", "check_in_id", "site_id", "site_name", "category", "description",
    "proposed_deadline", "found_at", "found_on", "latitude", "longitude", "datum", "accuracy_m", "wgs84_latitude",
    "wgs84_longitude", "prepared_by_staff", "on_paper", "received_at", "uploaded_by_id", "device_id", "clock_at_send",
    "state", "grade", "steps_taken", "rectifying_unit_id", "rectifying_person", "deadline", "measures",
    "responsibility", "funds", "emergency_plan", "submitted_on", "closed_at", "looked_back_at", "duplicate_of_id",
]  # fmt: skip
DERIVED = ["division_id", "industry_id", "regulator_id"]  # from the place, whose rows may have moved since


def test_every_column_of_a_hazard_is_tried() -> None:
    assert {field.attname for field in Hazard._meta.concrete_fields} == {"id", *HAZARD, *DERIVED}


def test_altered_hazard_is_named(works: Works, pk: UUID) -> None:
    row = Hazard.objects.get(pk=pk)
    special: dict[str, dict[str, Any]] = {
        "check_in_id": {"check_in_id": uuid4()},
        "clock_at_send": {"clock_at_send": row.received_at},
        "state": {"state": "submitted", "closed_at": None},
        "duplicate_of_id": {"state": "dismissed", "closed_at": None, "duplicate_of_id": report(works)},
    }
    for column in HAZARD:
        forged = special.get(column) or {column: another(row, column)}
        assert found_after(row, **forged) == [(Record.HAZARD, Fault.ALTERED)], column


LEFT: dict[type[Model], list[str]] = {
    Step: ["number", "action", "before", "after", "content", "by_id", "at"],
    Assignment: ["unit_id", "person"],
    Submission: ["account", "latitude", "longitude", "datum", "accuracy_m", "by_id", "at"],
    Extension: [
        "old_deadline", "new_deadline", "reason", "requested_by_id", "requested_at", "granted", "decided_by_id",
        "decided_at", "decision",
    ],
    Listing: [
        "year", "batch", "rectifying_unit_id", "rectifying_person", "assisting_unit_id", "assisting_person",
        "supervising_unit_id", "supervising_person", "listed_on", "delisted_on", "by_id",
    ],
}  # fmt: skip


def test_altered_step_and_what_it_left_are_named(pk: UUID) -> None:
    for model, columns in LEFT.items():
        row = model._default_manager.order_by("pk").last()
        assert row is not None
        for column in columns:
            forged = {column: 99 if column == "number" else another(row, column)}
            assert found_after(row, **forged) == [(Record.HAZARD, Fault.ALTERED)], (model, column)


def test_altered_photo_is_named(pk: UUID) -> None:
    lost, here = HazardPhoto.objects.get(submission=None), HazardPhoto.objects.get(submission__isnull=False)
    forgeries: list[tuple[HazardPhoto, dict[str, Any]]] = [
        *((here, {name: another(here, name)}) for name in ("bytes", "content_type", "caption", "pairs_with")),
        (here, {"captured_at": Hazard.objects.get(pk=pk).found_at}),
        (here, {"blob": None}),
        (lost, {"lost_at": another(lost, "lost_at")}),
        (lost, {"lost_at": None}),
        (lost, {"lost_reason": "x"}),
    ]
    for row, forged in forgeries:
        assert found_after(row, **forged) == [(Record.PHOTO, Fault.ALTERED)], forged
    digest = {"sha256": declared(jpeg(5))["sha256"]}
    assert found_after(lost, **digest) == [(Record.PHOTO, Fault.REMOVED), (Record.PHOTO, Fault.INSERTED)]


def test_removed_and_inserted_rows_are_named(works: Works, pk: UUID) -> None:
    row = Hazard.objects.get(pk=report(works))
    erase(Hazard.objects.filter(pk=row.pk))
    assert found() == [(Record.HAZARD, Fault.REMOVED)]
    row.save(force_insert=True)
    row.pk = uuid4()
    row.save(force_insert=True)
    assert found() == [(Record.HAZARD, Fault.INSERTED)]
    erase(Hazard.objects.filter(pk=row.pk))
    erase(Listing.objects.all())
    assert found() == [(Record.HAZARD, Fault.ALTERED)]
