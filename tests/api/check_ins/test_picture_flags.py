"""Doubts that pictures raise: each by itself, on the check-in that came later, whatever the worker saw first."""

import io
from datetime import datetime, timedelta
from itertools import count, permutations
from typing import Any
from uuid import UUID

import pytest
import time_machine
from PIL import Image, ImageEnhance
from PIL.ExifTags import GPS

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE
from fieldwork.duties.models import Tracking
from fieldwork.inspections.models import CheckIn, Flag, Photo, Picture
from fieldwork.inspections.pictures.checking import look_at
from tests import factories as make
from tests.api.check_in import body, flags, put, put_multipart
from tests.api.client import Phone
from tests.fieldwork.inspections.pictures.shared import FOLDER, WALK, wants_photos
from tests.photos import declared, digest, jpeg
from tests.pictures import at, encoded, exif_of, photo, scene, taken
from tests.place import SEAT, Place
from tests.worker import look_at_photos

_numbers = count(1)


def following() -> UUID:
    """An id above all before: of what arrives at one moment, the lower id counts as the earlier."""
    return UUID(int=next(_numbers))


def sent(phone: Phone, place: Place, *photos: bytes, **changed: Any) -> UUID:
    pk = following()
    promised = [declared(one, "image/png" if one.startswith(b"\x89PNG") else "image/jpeg") for one in photos]
    content = body(place, **{"photos": promised, **changed})
    assert put_multipart(phone, content, *photos, pk=pk).status_code == 201
    return pk


def raised(phone: Phone, pk: UUID) -> set[str]:
    return flags(phone.get(f"check-ins/{pk}"))


def figures(pk: UUID, code: str) -> Any:
    return Flag.objects.get(check_in=pk, code=code).figures


def copies(image: Image.Image) -> dict[str, bytes]:
    """As somebody who wants to use a photo twice would send it."""
    width, height = image.size
    edge = width // 100
    return {
        "recompressed": encoded(image, quality=30),
        "smaller": encoded(image.resize((width * 5 // 8, height * 5 // 8)), quality=70),
        "larger": encoded(image.resize((width * 3 // 2, height * 3 // 2)), quality=90),
        "brighter": encoded(ImageEnhance.Brightness(image).enhance(1.15)),
        "cropped": encoded(image.crop((edge, edge, width - edge, height - edge))),
        "grey": encoded(image.convert("L")),
        "PNG": encoded(image, "PNG"),
    }


def test_photos_of_their_own_raise_nothing(place: Place, phone: Phone) -> None:
    pks = [sent(phone, place, photo(number), photo(number + 100)) for number in range(4)]
    look_at_photos()
    assert [raised(phone, pk) for pk in pks] == [set()] * 4


def test_photos_that_nobody_can_read_are_no_photo(place: Place, phone: Phone) -> None:
    broken = [b"\xff\xd8\xff", encoded(scene(1))[:900]]
    alone, beside = sent(phone, place, *broken), sent(phone, place, b"\xff\xd8\xff\xe0", photo(1))
    on_paper = sent(phone, place, b"\xff\xd8\xff\xe1", on_paper=True)
    look_at_photos()
    assert [raised(phone, pk) for pk in (alone, beside, on_paper)] == [{"no_photo"}, set(), {"on_paper"}]
    assert figures(alone, "no_photo") == {"unreadable": 2}
    told = Event.objects.get(kind="check_in.flagged", object_id=str(alone))
    assert told.data["raised"] == {"no_photo": {"unreadable": 2}}


def test_unreadable_photo_is_no_doubt_while_others_are_awaited(place: Place, phone: Phone) -> None:
    pk, awaited = following(), photo(1)
    content = body(place, photos=[declared(b"\xff\xd8\xff"), declared(awaited)])
    assert put_multipart(phone, content, b"\xff\xd8\xff", pk=pk).status_code == 201
    look_at_photos()
    assert raised(phone, pk) == {"photos_missing"}
    assert put_multipart(phone, content, awaited, pk=pk).status_code == 200
    look_at_photos()
    assert raised(phone, pk) == set()


def test_same_photo_is_a_doubt_about_the_later_check_in(place: Place, phone: Phone) -> None:
    first = sent(phone, place, photo(1), captured_at="2026-11-20T23:30:00+08:00")
    other = Phone.of(make.user(leader=make.tenure(make.post(place.tenure.post.organisation)).leader))
    second = sent(other, place, photo(1), lead=str(other_lead(other)))
    look_at_photos()
    assert (raised(phone, first), raised(other, second)) == (set(), {"same_photo"})
    expected = {"captured_on": "2026-11-20", "check_in": str(first), "sha256": digest(photo(1))}
    assert figures(second, "same_photo") == expected


def other_lead(phone: Phone) -> Any:
    return phone.get("me").json()["leader"]


@pytest.mark.parametrize("copy", copies(scene(1)))
def test_copy_of_a_photo_is_found_and_is_no_same_photo(place: Place, phone: Phone, copy: str) -> None:
    first = sent(phone, place, photo(1))
    second = sent(phone, place, copies(scene(1))[copy])
    look_at_photos()
    assert (raised(phone, first), raised(phone, second)) == (set(), {"similar_photo"})
    found = figures(second, "similar_photo")
    assert (found["check_in"], found["captured_on"]) == (str(first), "2026-11-21")
    assert found["bits"] <= 7
    assert (found["sha256"], found["like_sha256"]) == (digest(copies(scene(1))[copy]), digest(photo(1)))


@wants_photos
@pytest.mark.parametrize("name", ["DSCN0010.jpg", "DSCN0042.jpg", "landscape_6.jpg"])
def test_copies_of_real_photos_are_found(place: Place, phone: Phone, name: str) -> None:
    data = (FOLDER / name).read_bytes()
    image = Image.open(io.BytesIO(data))
    orientation = image.getexif().get(0x0112, 1)
    first = sent(phone, place, data, on_paper=True, location=None)
    found = {}
    for copy, made in copies(image).items():
        made_turned = made if orientation == 1 else turned(made, orientation)
        found[copy] = sent(phone, place, made_turned)
    look_at_photos()
    assert {"similar_photo"} <= {code for pk in found.values() for code in raised(phone, pk)}
    missed = [copy for copy, pk in found.items() if "similar_photo" not in raised(phone, pk)]
    assert missed == []
    assert raised(phone, first) == {"on_paper", *raised(phone, first) & {"photo_elsewhere"}}


def turned(data: bytes, orientation: int) -> bytes:
    image = Image.open(io.BytesIO(data))
    return encoded(image.convert("RGB"), exif=exif_of({0x0112: orientation}))


def test_pictures_without_features_are_like_nothing(place: Place, phone: Phone) -> None:
    dark, wall = Image.new("RGB", (640, 480), (3, 3, 4)), Image.new("RGB", (640, 480), (200, 190, 180))
    pks = [sent(phone, place, encoded(image, quality=quality)) for image in (dark, wall) for quality in (60, 90)]
    pks += [sent(phone, place, jpeg(seed)) for seed in (1, 2)]
    look_at_photos()
    assert [raised(phone, pk) for pk in pks] == [set()] * 6
    assert set(Picture.objects.values_list("band_0", "band_7")) == {(None, None)}


def test_photos_of_one_check_in_are_not_held_against_each_other(place: Place, phone: Phone) -> None:
    pk = sent(phone, place, photo(1), copies(scene(1))["smaller"])
    look_at_photos()
    assert raised(phone, pk) == set()


def test_photo_that_is_the_same_is_not_called_similar_too(place: Place, phone: Phone) -> None:
    sent(phone, place, photo(1))
    sent(phone, place, copies(scene(1))["smaller"])
    third = sent(phone, place, photo(1))
    look_at_photos()
    assert raised(phone, third) == {"same_photo"}


def test_limit_of_likeness_is_the_settings(place: Place, phone: Phone, settings: Any) -> None:
    settings.SIMILAR_PHOTO_BITS = 0
    sent(phone, place, photo(1))
    second = sent(phone, place, encoded(scene(1).rotate(1.2), quality=60))
    look_at_photos()
    assert raised(phone, second) == set()


def test_it_is_the_same_whoever_was_looked_at_first(place: Place, phone: Phone) -> None:
    """Three check-ins with one picture: the one that came first stands, the others point to the first of all."""
    looks = copies(scene(1))
    names = ["smaller", "recompressed", "PNG"]
    seen = set()
    for order in permutations(range(3)):
        Flag.objects.all().delete()
        Photo.objects.all().delete()
        Picture.objects.all().delete()
        with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False) as clock:
            pks = []
            for name in names:
                clock.shift(1)
                pks.append(sent(phone, place, looks[name]))
        photos = [Photo.objects.select_related("check_in").get(check_in=pk) for pk in pks]
        now = datetime(2026, 11, 21, 15, tzinfo=ZONE)
        for place_in_line in order:
            assert look_at(photos[place_in_line], now=now, until=now + timedelta(minutes=2))
        assert [raised(phone, pk) for pk in pks] == [set(), {"similar_photo"}, {"similar_photo"}]
        pointed = [figures(pk, "similar_photo") for pk in pks[1:]]
        seen.add(tuple((pks.index(UUID(one["check_in"])), one["bits"]) for one in pointed))
    assert len(seen) == 1


def test_check_in_that_was_checked_is_doubted_when_the_earlier_photo_comes_at_last(place: Place, phone: Phone) -> None:
    first = following()
    put(phone, body(place, photo(1)), first)
    with time_machine.travel("2026-11-21T15:00:00+08:00", tick=False):
        second = sent(phone, place, photo(1))
        look_at_photos()
        assert raised(phone, second) == set()
        assert phone.get(f"check-ins/{second}").json()["checked_at"]
        phone.put(f"check-ins/{first}/photos/{digest(photo(1))}", photo(1), content_type="image/jpeg")
        look_at_photos()
    assert (raised(phone, first), raised(phone, second)) == (set(), {"same_photo"})
    told = Event.objects.filter(object_id=str(second), kind__in=["check_in.checked", "check_in.flagged"]).order_by("pk")
    assert [event.kind for event in told] == ["check_in.checked", "check_in.flagged"]
    assert (told[0].data["flags"], list(told[1].data["raised"])) == ([], ["same_photo"])
    assert {event.actor for event in told} == {SYSTEM.actor_key}
    assert {event.division_path for event in told} == {place.county.path}


def test_incomplete_check_in_is_doubted_too(place: Place, phone: Phone) -> None:
    """Or a photo that is declared and never sent would hide all others."""
    first = sent(phone, place, photo(1))
    look_at_photos()
    second = following()
    put_multipart(phone, body(place, photo(1), photo(2)), photo(1), pk=second)
    look_at_photos()
    assert (raised(phone, first), raised(phone, second)) == (set(), {"photos_missing", "same_photo"})


@pytest.mark.parametrize(
    ("north", "accuracy", "expected"),
    [
        (0.0, 12.0, None),
        (0.008, 12.0, None),
        (0.02, 12.0, {"distance_m": 2215, "limit_m": 1012}),
        (0.02, 1300.0, None),
        (-0.5, None, {"distance_m": 55379, "limit_m": 1000}),
    ],
)
def test_photo_that_was_taken_elsewhere(
    place: Place, phone: Phone, north: float, accuracy: float | None, expected: Any, settings: Any
) -> None:
    settings.LOW_ACCURACY_M = 5000
    near, far = photo(1, exif=exif_of(gps=at(*SEAT))), photo(2, exif=exif_of(gps=at(SEAT[0] + north, SEAT[1])))
    here = {"latitude": SEAT[0], "longitude": SEAT[1], "accuracy_m": accuracy}
    pk = sent(phone, place, near, far, location=here)
    look_at_photos()
    assert raised(phone, pk) == ({"photo_elsewhere"} if expected else set())
    if expected:
        assert figures(pk, "photo_elsewhere") == {**expected, "sha256": digest(far)}


def test_check_in_without_position_knows_no_elsewhere(place: Place, phone: Phone) -> None:
    pk = sent(phone, place, photo(1, exif=exif_of(gps=at(1.0, 1.0))), location=None)
    look_at_photos()
    assert raised(phone, pk) == {"no_location"}


@pytest.mark.parametrize(
    ("clock", "changed", "expected"),
    [
        ("2026:11:21 11:58:00", {}, set()),
        ("2026:11:21 00:01:00", {}, set()),
        ("2026:11:20 23:59:00", {}, {"photo_taken_earlier"}),
        ("2026:11:22 23:59:00", {}, set()),
        ("2026:11:01 12:00:00", {"on_paper": True}, {"on_paper"}),
    ],
)
def test_photo_that_was_taken_earlier(place: Place, phone: Phone, clock: str, changed: Any, expected: set[str]) -> None:
    pk = sent(phone, place, photo(1, exif=exif_of(details=taken(clock))), **changed)
    look_at_photos()
    assert raised(phone, pk) == expected
    if "photo_taken_earlier" in expected:
        found = figures(pk, "photo_taken_earlier")
        assert (found["hours"], found["limit_hours"]) == (12, 12)
        assert phone.get(f"check-ins/{pk}").json()["flags"][0]["text"]


def test_earliest_of_several_photos_is_told(place: Place, phone: Phone) -> None:
    old = photo(1, exif=exif_of(details=taken("2026:11:01 12:00:00")))
    pk = sent(phone, place, photo(2, exif=exif_of(details=taken("2026:11:19 12:00:00"))), old)
    look_at_photos()
    assert figures(pk, "photo_taken_earlier") == {"hours": 480, "limit_hours": 12, "sha256": digest(old)}


@wants_photos
def test_walk_of_five_photos_raises_nothing(place: Place, phone: Phone) -> None:
    """Each sent where and when it was taken, by a leader whose town lies there."""
    town = make.division("走访镇", place.county, latitude=43.467, longitude=11.883)
    make.linkage(place.tenure, town)
    Tracking.objects.update(starts_on=datetime(2008, 1, 1, tzinfo=ZONE).date())
    pks = []
    for name in WALK:
        data = (FOLDER / name).read_bytes()
        gps = Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
        latitude, longitude = (
            float(part[0] + part[1] / 60 + part[2] / 3600) for part in (gps[GPS.GPSLatitude], gps[GPS.GPSLongitude])
        )
        hour, minute, second = (int(part) for part in gps[GPS.GPSTimeStamp])
        taken_at = f"2008-10-23T{hour:02}:{minute:02}:{second:02}+00:00"
        here = {"latitude": latitude, "longitude": longitude, "accuracy_m": 8}
        with time_machine.travel(taken_at, tick=False):
            walker = Phone.of(place.user)
            pks.append(sent(walker, place, data, captured_at=taken_at, location=here))
            look_at_photos()
            assert raised(walker, pks[-1]) == set()


def test_checked_at_comes_last_and_is_an_event(place: Place, phone: Phone) -> None:
    sent(phone, place, photo(1))
    pk = sent(phone, place, photo(1))
    assert CheckIn.objects.get(pk=pk).checked_at is None
    look_at_photos()
    (event,) = Event.objects.filter(kind="check_in.checked", object_id=str(pk))
    assert event.data["flags"] == ["same_photo"]
    assert look_at_photos(timedelta(hours=1)) == (0, 0)
