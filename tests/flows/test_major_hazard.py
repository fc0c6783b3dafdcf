"""A major hazard from the finding on the phone to the look back, over HTTP, with five users and the clock."""

from datetime import UTC, datetime

import pytest
import time_machine

from fieldwork.core.models import Event
from tests.hazards import PHOTO, Works, do, report, said
from tests.photos import declared, jpeg
from tests.place import SEAT

AFTER = jpeg(8)
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> time_machine.Traveller:
    return time_machine.travel(NOON, tick=False)


def test_major_hazard_from_the_finding_to_the_look_back(works: Works, clock: time_machine.Traveller) -> None:
    with clock as now:
        finder, unit = works.phone("finder"), works.phone("rectifier")
        pk = report(works, PHOTO, grade="general", proposed_deadline="2026-12-01")
        assert works.phone("rectifier").get(f"hazards/{pk}").status_code == 404
        sent = finder.put(f"hazards/{pk}/photos/{declared(PHOTO)['sha256']}", PHOTO, content_type="image/jpeg")
        assert sent.status_code == 201

        graded = do(works, "regulator", pk, "grade")
        assert (graded["grade"], graded["declared_grade"], graded["state"]) == ("major", "general", "graded")
        assert graded["missing_points"] == ["measures", "responsibility", "deadline", "funds", "emergency_plan"]
        listed = do(works, "office", pk, "list")
        assert listed["listed"]
        assigned = do(works, "office", pk, "assign", deadline="2026-12-05")
        assert assigned["missing_points"] == ["responsibility", "funds", "emergency_plan"]
        planned = do(works, "rectifier", pk, "plan", responsibility="测试", funds="测试", emergency_plan="测试")
        assert planned["missing_points"] == []
        assert planned["allowed_actions"] == ["plan", "submit", "request-extension"]

        do(works, "rectifier", pk, "request-extension", deadline="2026-12-20")
        refused = unit.post(f"hazards/{pk}/decide-extension", said(works, "decide-extension"))
        assert refused.status_code == 403
        extended = do(works, "office", pk, "decide-extension")
        assert extended["deadline"] == "2026-12-20"
        assert [(each["old_deadline"], each["granted"]) for each in extended["extensions"]] == [("2026-12-05", True)]

        now.move_to(datetime(2026, 12, 20, 16, tzinfo=UTC))  # in China the 21st has begun
        assert finder.get(f"hazards/{pk}").json()["overdue"]
        after = {**declared(AFTER), "pairs_with": declared(PHOTO)["sha256"]}
        there = {"latitude": SEAT[0] + 0.0001, "longitude": SEAT[1], "accuracy_m": 5.0}
        submitted = do(works, "rectifier", pk, "submit", photos=[after], location=there)
        assert submitted["missing_photos"] == [after["sha256"]]
        sent = unit.put(f"hazards/{pk}/photos/{after['sha256']}", AFTER, content_type="image/jpeg")
        assert sent.status_code == 201
        (submission,) = unit.get(f"hazards/{pk}").json()["submissions"]
        assert 10 < submission["distance_m"] < 12
        assert submission["doubts"] == []

        assert unit.post(f"hazards/{pk}/accept", said(works, "accept")).status_code == 403
        closed = do(works, "finder", pk, "accept")
        assert (closed["state"], closed["listed"], closed["overdue"]) == ("closed", False, False)
        assert closed["listings"][0]["delisted_on"] == "2026-12-21"
        assert do(works, "linked", pk, "look-back")["looked_back_at"] is not None
        reopened = do(works, "linked", pk, "reopen")
        assert (reopened["state"], reopened["deadline"]) == ("reopened", None)
        assert [step["number"] for step in reopened["steps"]] == list(range(1, len(reopened["steps"]) + 1))
        kinds = Event.objects.filter(object_kind="hazard").order_by("pk").values_list("kind", flat=True)
        assert [kind.partition(".")[2] for kind in kinds] == [
            "reported", "photos_received", "graded", "listed", "assigned", "planned", "extension_requested",
            "extension_decided", "submitted", "photos_received", "accepted", "looked_back", "reopened",
        ]  # fmt: skip
