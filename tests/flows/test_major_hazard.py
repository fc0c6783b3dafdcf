"""A major hazard from the finding on the phone to the look back, over HTTP, with five users and the clock."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import time_machine

from fieldwork.core.models import Event
from tests.hazards import PHOTO, Works, do, report, said
from tests.photos import declared, jpeg
from tests.place import SEAT

AFTER = jpeg(8)
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
POINTS = ["measures", "responsibility", "deadline", "funds", "emergency_plan"]


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


def test_major_hazard_from_the_finding_to_the_look_back(works: Works, clock: Any) -> None:
    pk = reported(works)
    settled(works, pk)
    extended(works, pk)
    clock.move_to(datetime(2026, 12, 20, 16, tzinfo=UTC))  # in China the 21st has begun
    assert works.phone("finder").get(f"hazards/{pk}").json()["overdue"]
    rectified(works, pk)
    accepted(works, pk)
    kinds = Event.objects.filter(object_kind="hazard").order_by("pk").values_list("kind", flat=True)
    assert [kind.partition(".")[2] for kind in kinds] == [
        "reported", "photos_received", "graded", "listed", "assigned", "planned", "extension_requested",
        "extension_decided", "submitted", "photos_received", "accepted", "looked_back", "reopened",
    ]  # fmt: skip


def reported(works: Works) -> UUID:
    """Nobody is told of it but those whom it concerns by then."""
    pk = report(works, PHOTO, grade="general", proposed_deadline="2026-12-01")
    assert works.phone("rectifier").get(f"hazards/{pk}").status_code == 404
    send(works, "finder", pk, PHOTO)
    return pk


def settled(works: Works, pk: UUID) -> None:
    """Graded, listed, assigned, until all five points stand."""
    graded = do(works, "regulator", pk, "grade")
    assert (graded["grade"], graded["declared_grade"], graded["state"]) == ("major", "general", "graded")
    assert graded["missing_points"] == POINTS
    assert do(works, "office", pk, "list")["listed"]
    assigned = do(works, "office", pk, "assign", deadline="2026-12-05")
    assert assigned["missing_points"] == ["responsibility", "funds", "emergency_plan"]
    planned = do(works, "rectifier", pk, "plan", responsibility="测试", funds="测试", emergency_plan="测试")
    assert planned["missing_points"] == []
    assert planned["allowed_actions"] == ["plan", "submit", "request-extension"]


def extended(works: Works, pk: UUID) -> None:
    do(works, "rectifier", pk, "request-extension", deadline="2026-12-20")
    refused = works.phone("rectifier").post(f"hazards/{pk}/decide-extension", said(works, "decide-extension"))
    assert refused.status_code == 403
    granted = do(works, "office", pk, "decide-extension")
    assert granted["deadline"] == "2026-12-20"
    assert [(each["old_deadline"], each["granted"]) for each in granted["extensions"]] == [("2026-12-05", True)]


def rectified(works: Works, pk: UUID) -> None:
    after = {**declared(AFTER), "pairs_with": declared(PHOTO)["sha256"]}
    there = {"latitude": SEAT[0] + 0.0001, "longitude": SEAT[1], "accuracy_m": 5.0}
    submitted = do(works, "rectifier", pk, "submit", photos=[after], location=there)
    assert submitted["missing_photos"] == [after["sha256"]]
    send(works, "rectifier", pk, AFTER)
    (submission,) = works.phone("finder").get(f"hazards/{pk}").json()["submissions"]
    assert submission["distance_m"] == 0, "told to 100 m"
    assert submission["photos"][0]["pairs_with"] == declared(PHOTO)["sha256"]
    assert submission["doubts"] == []


def accepted(works: Works, pk: UUID) -> None:
    """By somebody else than who rectified it; and found again later."""
    assert works.phone("rectifier").post(f"hazards/{pk}/accept", said(works, "accept")).status_code == 403
    closed = do(works, "finder", pk, "accept")
    assert (closed["state"], closed["listed"], closed["overdue"]) == ("closed", False, False)
    assert closed["listings"][0]["delisted_on"] == "2026-12-21"
    assert do(works, "linked", pk, "look-back")["looked_back_at"] is not None
    reopened = do(works, "linked", pk, "reopen")
    assert (reopened["state"], reopened["deadline"]) == ("reopened", None)
    assert [step["number"] for step in reopened["steps"]] == list(range(1, len(reopened["steps"]) + 1))


def send(works: Works, party: str, pk: UUID, photo: bytes) -> None:
    address = f"hazards/{pk}/photos/{declared(photo)['sha256']}"
    assert works.phone(party).put(address, photo, content_type="image/jpeg").status_code == 201
