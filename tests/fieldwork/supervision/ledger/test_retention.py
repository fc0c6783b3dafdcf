"""The retention rule: bytes go when every use is old enough, rows first; digests, receipts and filings remain."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from fieldwork.core.models import Blob, Event
from fieldwork.core.uploads import original
from fieldwork.hazards.models import HazardPhoto
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.supervision.ledger.retention import finish_removals, remove_old_photos, years_before
from fieldwork.supervision.ledger.verifying import Verification
from tests.api import check_in
from tests.api.client import Phone
from tests.feed import wait_for_the_feed
from tests.photos import declared, digest, jpeg
from tests.place import SEAT, Place

TAKEN = datetime(2026, 11, 21, 6, tzinfo=UTC)
LATER = TAKEN + timedelta(days=3 * 365 + 2)
HOUR = timedelta(hours=1)
OLD, AGAIN, FILED = jpeg(1), jpeg(2), jpeg(3)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def phone(place: Place, settings: Any) -> Iterator[Phone]:
    """Three photos three years ago; one of them in a filing as well, another sent again a year ago."""
    settings.PHOTO_YEARS = 3
    with time_machine.travel(TAKEN, tick=False) as clock:
        made = Phone.of(place.user)
        put(made, place, OLD, AGAIN, FILED)
        file(made, place, FILED)
        clock.move_to(LATER - timedelta(days=365))
        made = Phone.of(place.user)
        put(made, place, AGAIN)
        wait_for_the_feed()
        clock.move_to(LATER)
        yield Phone.of(place.user)


def put(phone: Phone, place: Place, *photos: bytes) -> UUID:
    pk = uuid4()
    content = check_in.body(place, *photos, captured_at=datetime.now(UTC).isoformat())
    assert check_in.put_multipart(phone, content, *photos, pk=pk).status_code == 201
    return pk


def file(phone: Phone, place: Place, photo: bytes) -> None:
    pk = uuid4()
    subject = {"kind": "leader", "id": str(place.leader.pk)}
    body = {"subject": subject, "kind": "meeting", "held_on": "2026-11-20", "attachments": [declared(photo)]}
    assert phone.put(f"filings/{pk}", body).status_code == 201
    path = f"filings/{pk}/attachments/{digest(photo)}"
    assert phone.put(path, photo, content_type="image/jpeg").status_code in (200, 201)


def find(phone: Phone, place: Place, photo: bytes) -> None:
    """A hazard that shows it."""
    body = {
        "found_at": TAKEN.isoformat(), "location": {"latitude": SEAT[0], "longitude": SEAT[1]}, "category": "site_fire",
        "description": "测试", "photos": [declared(photo)],
    }  # fmt: skip
    pk = uuid4()
    assert phone.put(f"hazards/{pk}", body).status_code == 201
    path = f"hazards/{pk}/photos/{digest(photo)}"
    assert phone.put(path, photo, content_type="image/jpeg").status_code in (200, 201)


def age(*photos: bytes) -> None:
    """Their files as old as their rows: the clock of the disk cannot be turned."""
    for photo in photos:
        os.utime(original(digest(photo)), (TAKEN.timestamp(), TAKEN.timestamp()))


def here(*photos: bytes) -> list[bool]:
    return [original(digest(photo)).exists() for photo in photos]


def test_photos_go_when_every_use_is_old(phone: Phone) -> None:
    age(OLD, AGAIN, FILED)
    assert remove_old_photos(LATER) == 1
    wait_for_the_feed()
    assert (finish_removals(LATER), here(OLD)) == (0, [True]), "rows first"
    assert finish_removals(LATER + HOUR) == 1
    assert here(OLD, AGAIN, FILED) == [False, True, True]
    assert Event.objects.get(kind="photos.removed").data["photos"] == [digest(OLD)]
    assert Blob.objects.get(pk=digest(OLD)).removed_at == LATER
    assert list(Verification().findings()) == []
    assert finish_removals(LATER + 2 * HOUR) == 0


def test_photo_of_a_hazard_stays(phone: Phone, place: Place) -> None:
    find(phone, place, OLD)
    find(phone, place, jpeg(4))
    age(OLD)
    assert remove_old_photos(LATER) == 0
    assert list(Verification().findings()) == []


def test_photo_that_a_hazard_was_just_taking_for_stored_is_taken_back(phone: Phone, place: Place) -> None:
    age(OLD)
    find(phone, place, OLD)
    mine = HazardPhoto.objects.all()
    mine.update(blob=None)
    assert remove_old_photos(LATER) == 1
    mine.update(blob=digest(OLD))
    wait_for_the_feed()
    assert finish_removals(LATER + HOUR) == 0
    assert (here(OLD), Blob.objects.get(pk=digest(OLD)).removed_at) == ([True], None)


def test_removed_photo_is_gone_and_its_receipt_is_not(phone: Phone) -> None:
    check_in = CheckIn.objects.get(photos__sha256=digest(OLD))
    assert remove_old_photos(LATER) == 1
    answer = phone.get(f"check-ins/{check_in.pk}/photos/{digest(OLD)}")
    assert (answer.status_code, answer.json()["code"]) == (410, "removed")
    shown = phone.get(f"check-ins/{check_in.pk}").json()
    assert (shown["receipt"]["jws"], shown["state"]) == (check_in.receipt.jws, "complete")


def test_rule_is_applied_once_a_day_and_only_if_there_is_one(phone: Phone, settings: Any) -> None:
    settings.PHOTO_YEARS = 0
    assert remove_old_photos(LATER) == 0
    settings.PHOTO_YEARS = 4
    assert remove_old_photos(LATER) == 0
    settings.PHOTO_YEARS = 3
    assert remove_old_photos(LATER + timedelta(hours=23)) == 0
    assert remove_old_photos(LATER + timedelta(days=1)) == 1


def test_photo_sent_again_in_between_stays(phone: Phone, place: Place) -> None:
    age(OLD)
    assert remove_old_photos(LATER) == 1
    put(phone, place, OLD)
    wait_for_the_feed()
    assert finish_removals(LATER + HOUR) == 0
    assert (here(OLD), Blob.objects.get(pk=digest(OLD)).removed_at) == ([True], None)
    assert list(Verification().findings()) == []


def test_photo_that_somebody_was_just_taking_for_stored_is_taken_back(phone: Phone, place: Place) -> None:
    """They had read its row before it was marked, and committed after: their row does not know."""
    age(OLD)
    mine = Photo.objects.filter(check_in=put(phone, place, OLD))
    mine.update(blob=None)
    assert remove_old_photos(LATER) == 1
    mine.update(blob=digest(OLD))
    age(OLD)
    wait_for_the_feed()
    assert finish_removals(LATER + HOUR) == 0
    assert (here(OLD), Blob.objects.get(pk=digest(OLD)).removed_at) == ([True], None)
    assert Event.objects.get(kind="photos.kept").data["photos"] == [digest(OLD)]


def test_file_that_was_just_settled_stays(phone: Phone) -> None:
    """Its row is about to say so."""
    assert remove_old_photos(LATER) == 1
    wait_for_the_feed()
    os.utime(original(digest(OLD)), ((LATER + HOUR).timestamp(),) * 2)
    assert finish_removals(LATER + HOUR) == 0
    assert here(OLD) == [True]


@pytest.mark.parametrize(
    ("now", "then"),
    [("2029-11-21T06:00+00:00", "2026-11-21T06:00+00:00"), ("2028-02-29T04:00+00:00", "2025-02-28T04:00+00:00")],
)
def test_years_are_those_of_the_calendar(now: str, then: str) -> None:
    assert years_before(datetime.fromisoformat(now), 3) == datetime.fromisoformat(then)
