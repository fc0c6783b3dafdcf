"""Doubts about a check-in: each by itself, and none where there is no cause."""

from datetime import date, datetime
from typing import Any

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Site
from fieldwork.duties.models import Task, Tracking
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api.check_in import NOON, body, flags, put, put_multipart
from tests.api.client import Phone
from tests.photos import jpeg
from tests.place import SEAT, Place


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def fix(**more: Any) -> dict[str, Any]:
    """At the seat, well measured."""
    return {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 12.0, **more}


@pytest.mark.parametrize(
    ("changed", "raised"),
    [
        ({"location": None}, {"no_location"}),
        ({"location": {"latitude": None, "longitude": None, "missing_reason": "室内"}}, {"no_location"}),
        ({"location": {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": 5000}}, {"low_accuracy"}),
        ({"location": {"latitude": SEAT[0] + 1, "longitude": SEAT[1], "accuracy_m": 5}}, {"outside_target"}),
        ({"location": fix(fix_age_s=301)}, {"stale_fix"}),
        ({"location": fix(fix_age_s=300)}, set()),
        ({"location": fix(mocked=True)}, {"mocked_location"}),
        ({"location": fix(mocked=False, fix_age_s=0)}, set()),
        ({"captured_at": "2026-11-20T09:00:00+08:00"}, {"uploaded_late"}),
        # A clock that is two days behind, or ahead, makes nothing late, or early: it sent two hours after it captured.
        ({"captured_at": "2026-11-19T12:00:00+08:00", "device": {"clock_at_send": "2026-11-19T14:00:00+08:00"}},
         {"clock_skew"}),
        ({"captured_at": "2026-11-23T12:00:00+08:00", "device": {"clock_at_send": "2026-11-23T14:00:00+08:00"}},
         {"clock_skew"}),
        ({"captured_at": "2026-11-18T12:00:00+08:00", "device": {"clock_at_send": "2026-11-21T13:00:00+08:00"}},
         {"clock_skew", "uploaded_late"}),
        ({"device": {"clock_at_send": "2026-11-21T13:49:00+08:00"}}, {"clock_skew"}),
        ({"device": {"clock_at_send": "2026-11-21T14:11:00+08:00"}}, {"clock_skew"}),
        ({"device": {"clock_at_send": "2026-11-21T14:10:00+08:00"}}, set()),
        ({"prepared_by_staff": True}, {"prepared_by_staff"}),
        ({"on_paper": True, "location": None, "captured_at": "2026-11-03T09:00:00+08:00"}, {"on_paper"}),
    ],
)  # fmt: skip
def test_each_doubt_raises_exactly_its_own_flag_and_still_counts(
    place: Place, phone: Phone, changed: Any, raised: set[str]
) -> None:
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, **changed), photo)
    assert answer.status_code == 201
    assert flags(answer) == raised
    assert all(flag["text"] for flag in answer.json()["flags"])
    assert answer.json()["counts_for_obligations"]


def test_check_in_without_photo_is_flagged(place: Place, phone: Phone) -> None:
    assert flags(put(phone, body(place))) == {"no_photo"}


def test_gcj02_position_is_stored_as_given_and_answered_in_wgs84(place: Place, phone: Phone) -> None:
    given = {"latitude": 24.20413, "longitude": 113.40688, "datum": "gcj02", "accuracy_m": 5}
    said = put(phone, body(place, location=given)).json()["location"]
    assert (said["as_given"]["latitude"], said["as_given"]["datum"]) == (24.20413, "gcj02")
    assert said["datum"] == "wgs84"
    assert 200 < abs(said["latitude"] - given["latitude"]) * 111_000 < 900


def test_stale_hint_raises_no_doubt_of_its_own(place: Place, phone: Phone) -> None:
    far = make.division("远镇", place.county, latitude=SEAT[0] + 0.5, longitude=SEAT[1])
    Tracking.objects.update(starts_on=date(2026, 10, 1))
    make.linkage(place.tenure, far, date(2026, 10, 1), ends_on=date(2026, 10, 31))
    reconcile(Period.parse("2026-10"), by=SYSTEM, at=_instant(NOON))
    hint = Task.objects.get(division=far)
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, task=str(hint.pk)), photo)
    assert (answer.json()["inside_target"], answer.json()["distance_m"], flags(answer)) == (True, 0, set())


def test_right_field_in_a_wrong_place_is_still_a_doubt(place: Place, phone: Phone) -> None:
    mining = make.industry("B06", "煤炭开采")
    make.linkage(place.tenure, mining)
    elsewhere = make.division("别镇", make.division("别县", place.city), latitude=SEAT[0] + 1, longitude=SEAT[1])
    site = Site.objects.create(name="测试矿", division=place.town, industry=mining, starts_on=make.BEGINNING)
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(NOON))
    task = Task.objects.get(target_kind="industry")
    there = {"latitude": elsewhere.latitude, "longitude": elsewhere.longitude, "accuracy_m": 5}
    photo = jpeg()
    content = body(place, photo, task=str(task.pk), site=str(site.pk), location=there)
    answer = put_multipart(phone, content, photo)
    assert answer.json()["counts_for"] == [str(task.pk)]
    assert (answer.json()["inside_target"], flags(answer)) == (True, {"outside_target"})


def test_wrong_field_in_the_right_place_is_a_doubt(place: Place, phone: Phone) -> None:
    mining, mill = make.industry("B06", "煤炭开采"), make.industry("C13", "食品加工")
    make.linkage(place.tenure, mining)
    site = Site.objects.create(name="测试厂", division=place.town, industry=mill, starts_on=make.BEGINNING)
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=_instant(NOON))
    task = Task.objects.get(target_kind="industry")
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, task=str(task.pk), site=str(site.pk)), photo)
    assert (answer.json()["inside_target"], answer.json()["distance_m"], flags(answer)) == (
        False, None, {"outside_target"},
    )  # fmt: skip


def test_linked_town_in_another_county_is_no_doubt(place: Place, phone: Phone) -> None:
    away = make.division("别镇", make.division("别县", place.city), latitude=SEAT[0] + 1, longitude=SEAT[1])
    make.linkage(place.tenure, away)
    there = {"latitude": away.latitude, "longitude": away.longitude, "accuracy_m": 5}
    photo = jpeg()
    answer = put_multipart(phone, body(place, photo, location=there), photo)
    assert (answer.json()["inside_target"], answer.json()["distance_m"], flags(answer)) == (True, 0, set())


def test_doubts_of_the_fix_tell_their_figures(place: Place, phone: Phone) -> None:
    photo = jpeg()
    content = body(place, photo, location=fix(accuracy_m=200.5, fix_age_s=300.2, mocked=True))
    raised = {flag["code"]: flag["figures"] for flag in put_multipart(phone, content, photo).json()["flags"]}
    assert raised == {
        "low_accuracy": {"accuracy_m": 201, "limit_m": 200},
        "stale_fix": {"age_s": 301, "limit_s": 300},
        "mocked_location": {},
    }
