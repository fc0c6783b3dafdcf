"""Listing, plans, extensions, submissions and duplicates: what each step asks for, and what it leaves to be seen."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction

from fieldwork.hazards.models import Assignment, Extension, Hazard, Listing, Submission
from tests import factories as make
from tests.hazards import PHOTO, Works, bring, do, report, said
from tests.photos import declared, jpeg
from tests.place import SEAT

NOON = "2026-11-21T12:00:00+08:00"
SIDES = [f"{side}_{what}" for side in ("rectifying", "assisting", "supervising") for what in ("unit", "person")]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def post(works: Works, party: str, pk: UUID, action: str, **changed: Any) -> Any:
    return works.phone(party).post(f"hazards/{pk}/{action}", said(works, action, **changed))


@pytest.mark.parametrize("missing", [SIDES[:1], SIDES[3:4], SIDES[4:], SIDES])
def test_listing_names_all_that_is_missing(missing: list[str], works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    step = {name: value for name, value in said(works, "list").items() if name not in missing}
    answer = works.phone("office").post(f"hazards/{pk}/list", step)
    assert answer.status_code == 400
    assert sorted(fault["field"] for fault in answer.json()["errors"]) == sorted(missing)
    assert not Listing.objects.exists()


def test_general_hazard_is_not_listed(works: Works) -> None:
    pk = report(works)
    do(works, "office", pk, "grade", grade="general")
    answer = post(works, "office", pk, "list")
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")


def test_listed_hazard_shows_which_points_lack_and_stays_major(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    listed = do(works, "office", pk, "list")
    assert (listed["listed"], len(listed["missing_points"])) == (True, 5)
    assert post(works, "office", pk, "list").status_code == 409
    assert post(works, "office", pk, "grade", grade="general", reason="测试").status_code == 409
    other = str(works.assistant.pk)
    assert post(works, "office", pk, "assign", rectifying_unit=other).json()["errors"][0]["field"] == "rectifying_unit"


def test_named_units_see_it_and_take_no_step_but_to_look_back(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    assert works.phone("named").get(f"hazards/{pk}").status_code == 404
    do(works, "office", pk, "list")
    assert works.phone("named").get(f"hazards/{pk}").json()["allowed_actions"] == ["look-back"]
    assert [row["id"] for row in works.phone("named").get("hazards?mine=true").json()["results"]] == [str(pk)]


def test_unit_of_a_listing_settles_points_before_it_is_assigned(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    do(works, "office", pk, "list")
    assert "funds" not in do(works, "rectifier", pk, "plan")["missing_points"]


def test_dismissal_takes_it_off_the_list(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    do(works, "office", pk, "list")
    assert do(works, "office", pk, "dismiss")["listed"] is False
    assert Listing.objects.get().delisted_on is not None


def test_what_the_office_has_listed_no_department_dismisses(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    assert "dismiss" in do(works, "regulator", pk, "grade")["allowed_actions"]
    do(works, "office", pk, "list")
    assert post(works, "regulator", pk, "dismiss").status_code == 403
    assert "dismiss" not in works.phone("regulator").get(f"hazards/{pk}").json()["allowed_actions"]


def test_unit_that_rectifies_does_not_supervise_itself(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    answer = post(works, "office", pk, "list", supervising_unit=str(works.rectifier.pk))
    assert [fault["field"] for fault in answer.json()["errors"]] == ["supervising_unit"]


def test_database_lists_a_hazard_once_at_a_time(works: Works) -> None:
    pk = bring(works, "graded", grade="major")
    do(works, "office", pk, "list")
    second = Listing.objects.get()
    other = report(works)
    do(works, "office", other, "grade", grade="major")
    second.step = Hazard.objects.get(pk=other).steps.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(force_insert=True)


@pytest.mark.parametrize("deadline", ["2026-11-20", "2020-01-01"])
def test_deadline_that_has_passed_is_none(deadline: str, works: Works) -> None:
    pk = bring(works, "graded")
    assert post(works, "office", pk, "assign", deadline=deadline).json()["errors"][0]["field"] == "deadline"


def test_deadline_that_stands_is_moved_by_an_extension_alone(works: Works) -> None:
    pk = bring(works, "rectifying")
    answer = post(works, "office", pk, "assign", deadline="2026-12-31")
    assert answer.json()["errors"][0]["field"] == "deadline"


def test_former_unit_still_sees_what_was_its_own_and_takes_no_step(works: Works) -> None:
    pk = bring(works, "rectifying")
    do(works, "office", pk, "assign", rectifying_unit=str(works.assistant.pk))
    former = works.phone("rectifier")
    assert former.get(f"hazards/{pk}").json()["allowed_actions"] == []
    assert Assignment.objects.count() == 2


def test_unit_out_of_sight_cannot_be_named(works: Works) -> None:
    pk = bring(works, "graded")
    foreign = make.organisation(make.division("别处市"), "resident_unit")
    answer = post(works, "office", pk, "assign", rectifying_unit=str(foreign.pk))
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reference")


def test_refused_extension_leaves_the_deadline_and_says_why(works: Works) -> None:
    pk = bring(works, "extension_requested")
    assert post(works, "office", pk, "decide-extension", granted=False).status_code == 400
    refused = do(works, "office", pk, "decide-extension", granted=False, reason="测试：不准")
    assert (refused["state"], refused["deadline"]) == ("rectifying", "2026-12-10")
    assert refused["extensions"][0]["decision"] == "测试：不准"


def test_extension_that_waits_is_withdrawn_by_a_submission_and_may_be_asked_for_anew(works: Works) -> None:
    pk = bring(works, "extension_requested")
    submitted = do(works, "rectifier", pk, "submit")
    assert submitted["extensions"][0]["withdrawn_at"] is not None
    do(works, "finder", pk, "return")
    asked = do(works, "rectifier", pk, "request-extension")
    assert [each["withdrawn_at"] is None for each in asked["extensions"]] == [True, False]


def test_extension_must_be_later(works: Works) -> None:
    pk = bring(works, "rectifying")
    assert post(works, "rectifier", pk, "request-extension", deadline="2026-12-10").status_code == 400
    with time_machine.travel("2026-12-20T12:00:00+08:00", tick=False):
        late = post(works, "rectifier", pk, "request-extension", deadline="2026-12-15")
        assert late.json()["errors"][0]["field"] == "deadline"
        assert post(works, "rectifier", pk, "request-extension", deadline="2026-12-20").status_code == 200


def test_office_that_acts_for_the_unit_decides_nothing_of_it(works: Works) -> None:
    both = works.users["rectifier"]
    both.office, both.division = "supervisor", works.site.division.parent
    both.save()
    pk = bring(works, "extension_requested")
    assert post(works, "rectifier", pk, "decide-extension").status_code == 403
    do(works, "rectifier", pk, "submit")
    assert post(works, "rectifier", pk, "accept").status_code == 403


def test_database_wants_two_people_for_an_extension(works: Works) -> None:
    bring(works, "extension_requested")
    extension = Extension.objects.get()
    extension.granted, extension.decided_by, extension.decided_at = True, extension.requested_by, extension.requested_at
    with pytest.raises(IntegrityError), transaction.atomic():
        extension.save()


def test_changed_grade_needs_a_reason(works: Works) -> None:
    pk = report(works)
    assert post(works, "office", pk, "grade", reason="").json()["errors"][0]["field"] == "reason"
    assert do(works, "office", pk, "grade", grade="general", reason="")["grade"] == "general"


def test_submission_is_doubted_where_its_photos_are_from_elsewhere(works: Works) -> None:
    pk = bring(works, "rectifying", PHOTO)
    there = {"latitude": SEAT[0] + 0.01, "longitude": SEAT[1]}
    same = {**declared(PHOTO), "pairs_with": declared(PHOTO)["sha256"].upper()}
    (submission,) = do(works, "rectifier", pk, "submit", photos=[same], location=there)["submissions"]
    assert [doubt["code"] for doubt in submission["doubts"]] == ["far_away", "same_photo"]
    assert submission["distance_m"] == 1100


def test_place_of_a_hazard_is_exact_and_that_of_whoever_says_it_is_rectified_is_not(works: Works) -> None:
    """Who rectifies must find it; where somebody stood with a phone is told by doubts and to 100 m."""
    pk = bring(works, "rectifying", PHOTO)
    there = {"latitude": SEAT[0] + 0.0321, "longitude": SEAT[1] + 0.0123, "accuracy_m": 7.5}
    do(works, "rectifier", pk, "submit", location=there)
    stored = Submission.objects.get()
    assert (stored.latitude, stored.accuracy_m) == (there["latitude"], 7.5)
    for party in ("finder", "office", "regulator", "rectifier", "linked", "auditor"):
        for address in (f"hazards/{pk}", "hazards", "sync"):
            answer = works.phone(party).get(address)
            said = answer.content.decode()
            for secret in (str(there["latitude"]), str(there["longitude"]), str(stored.distance_m)):
                assert secret not in said, (party, address)
        found = works.phone(party).get(f"hazards/{pk}").json()
        assert (found["location"]["latitude"], found["location"]["longitude"]) == SEAT, party
        assert found["submissions"][0]["distance_m"] == round(stored.distance_m or 0, -2) == 3800
        (step,) = [step for step in found["steps"] if step["action"] == "submit"]
        assert step["said"]["account"] == stored.account
        assert "location" not in step["said"]


def test_submission_without_a_photo_is_taken_and_doubted(works: Works) -> None:
    (submission,) = do(works, "rectifier", bring(works, "rectifying"), "submit")["submissions"]
    assert [doubt["code"] for doubt in submission["doubts"]] == ["no_after_photo", "no_location"]


def test_no_inaccuracy_that_a_phone_tells_of_excuses_another_town(works: Works) -> None:
    far = {"latitude": SEAT[0] + 0.5, "longitude": SEAT[1], "accuracy_m": 3_000_000.0}
    (submission,) = do(works, "rectifier", bring(works, "rectifying"), "submit", location=far)["submissions"]
    assert "far_away" in {doubt["code"] for doubt in submission["doubts"]}


def test_submission_of_a_phone_that_was_offline_counts_by_the_day_it_was_said(works: Works) -> None:
    pk = bring(works, "rectifying")
    with time_machine.travel("2026-12-13T12:00:00+08:00", tick=False):
        said_at = "2026-12-10T18:00:00+08:00"
        (submission,) = do(works, "rectifier", pk, "submit", taken_at=said_at)["submissions"]
        assert submission["taken_at"] == said_at
        assert "sent_late" in {doubt["code"] for doubt in submission["doubts"]}
        do(works, "finder", pk, "accept")
        summary = works.phone("office").get("hazards/summary?during=2026-11").json()
        assert summary["total"]["closed_in_time"] == 1


def test_graver_hazard_is_graded_anew_while_it_is_rectified(works: Works) -> None:
    pk = report(works)
    do(works, "office", pk, "grade", grade="general")
    do(works, "office", pk, "assign")
    graver = do(works, "office", pk, "grade")
    assert (graver["grade"], graver["state"]) == ("major", "rectifying")
    assert do(works, "office", pk, "list")["listed"]
    assert [row["id"] for row in works.phone("office").get("hazards?listed_in=2026").json()["results"]] == [str(pk)]
    assert works.phone("office").get("hazards?listed_in=2025").json()["results"] == []
    assert works.phone("office").get("hazards?listed_in=2026.5").status_code == 400


def test_submission_whose_photos_were_lost_shows_nothing(works: Works) -> None:
    pk, photo = bring(works, "rectifying"), declared(jpeg(8))
    there = {"latitude": SEAT[0], "longitude": SEAT[1]}
    (submission,) = do(works, "rectifier", pk, "submit", photos=[photo], location=there)["submissions"]
    assert submission["doubts"] == []
    lost = works.phone("rectifier").post(f"hazards/{pk}/photos/{photo['sha256']}/lost", {"reason": "测试"})
    assert [doubt["code"] for doubt in lost.json()["submissions"][0]["doubts"]] == ["no_after_photo"]


def test_photo_after_pairs_only_with_one_before(works: Works) -> None:
    pk = bring(works, "rectifying", PHOTO)
    after = {**declared(jpeg(8)), "pairs_with": "0" * 64}
    answer = post(works, "rectifier", pk, "submit", photos=[after])
    assert answer.json()["errors"][0]["field"] == "photos.0.pairs_with"


def test_returned_hazard_is_submitted_again_and_both_submissions_stay(works: Works) -> None:
    pk = bring(works, "submitted")
    assert do(works, "finder", pk, "return")["state"] == "rectifying"
    assert len(do(works, "rectifier", pk, "submit")["submissions"]) == 2


def test_photo_that_is_here_need_not_be_sent_again_with_the_next_submission(works: Works) -> None:
    pk, unit = bring(works, "rectifying"), works.phone("rectifier")
    photo = declared(jpeg(9))
    do(works, "rectifier", pk, "submit", photos=[photo])
    address = f"hazards/{pk}/photos/{photo['sha256']}"
    assert unit.put(address, jpeg(9), content_type="image/jpeg").status_code == 201
    do(works, "finder", pk, "return")
    again = do(works, "rectifier", pk, "submit", photos=[photo])
    assert again["missing_photos"] == []
    assert [each["photos"][0]["received"] for each in again["submissions"]] == [True, True]


def test_duplicate_is_suggested_by_place_and_category_and_points_to_its_original(works: Works) -> None:
    original, other = report(works), report(works, category="site_electricity")
    near = {"latitude": SEAT[0] + 0.0005, "longitude": SEAT[1]}
    again = report(works, site=None, location=near)
    phone = works.phone("office")
    found = phone.get(f"hazards?possible_duplicates_of={again}").json()["results"]
    assert [row["id"] for row in found] == [str(original)]
    dismissed = do(works, "office", again, "dismiss", reason="", duplicate_of=str(original))
    assert (dismissed["state"], dismissed["duplicate_of"]) == ("dismissed", str(original))
    assert phone.get(f"hazards?possible_duplicates_of={original}").json()["results"] == []
    refused = post(works, "office", other, "dismiss", duplicate_of=str(again))
    assert refused.json()["errors"][0]["field"] == "duplicate_of"


def test_hazard_is_no_duplicate_of_itself(works: Works) -> None:
    pk = report(works)
    assert post(works, "office", pk, "dismiss", duplicate_of=str(pk)).status_code == 400


def test_dismissal_needs_a_reason(works: Works) -> None:
    assert post(works, "office", report(works), "dismiss", reason="").json()["errors"][0]["field"] == "reason"
