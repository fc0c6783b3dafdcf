"""Several workers at the same photos: each picture is decoded once, and of two that are alike the second is told."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from fieldwork.core.uploads import Incoming
from fieldwork.inspections import actions
from fieldwork.inspections.declared import DeclaredCheckIn, DeclaredPhoto, Location
from fieldwork.inspections.losses import declare_lost
from fieldwork.inspections.models import CheckIn, Flag, Photo, Picture
from fieldwork.inspections.pictures import checking
from fieldwork.inspections.pictures.checking import Looked, claim, finish, look, look_at
from fieldwork.inspections.pictures.doubts import doubt
from tests.photos import digest
from tests.pictures import encoded, photo, scene
from tests.place import SEAT, Place
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
UNTIL = NOW + checking.LEASE
WORKERS = 4
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def send(place: Place, number: int, *photos: bytes) -> CheckIn:
    """A check-in that declares these photos, of which the first one comes along."""
    declared = DeclaredCheckIn(
        id=UUID(int=number),
        lead=str(place.leader.pk),
        captured_at=NOW,
        location=Location(*SEAT, accuracy_m=5.0),
        photos=tuple(DeclaredPhoto(digest(data), len(data), "image/jpeg") for data in photos),
    )
    with Incoming(1 << 20) as file:
        file.write(photos[0])
        check_in, _created = actions.record_check_in(declared, files={file.sha256: file}, by=place.user, at=NOW)
    return check_in


def test_workers_at_once_look_at_each_photo_once(place: Place) -> None:
    for number in range(1, 13):
        send(place, number, photo(number, (160, 120)))
    results = at_once([lambda: look(NOW, 60.0)] * WORKERS)
    assert raised(results) == []
    assert set(Picture.objects.values_list("attempts", flat=True)) == {1}
    assert sum(result.photos for result in results if isinstance(result, Looked)) == 12
    assert CheckIn.objects.filter(checked_at=NOW).count() == 12


def test_one_of_many_gets_the_claim(place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        send(place, number, photo(number, (160, 120)))
        sha256 = digest(photo(number, (160, 120)))
        results = at_once([partial(claim, sha256, now=NOW, until=UNTIL)] * WORKERS)
        assert sorted(results, key=str) == [1, None, None, None]


def test_two_alike_looked_at_at_once_are_told_of_each_other(place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        pair = alike(place, number)
        assert raised(at_once([looking(one) for one in pair])) == []
        later = max(one.check_in_id for one in pair)
        assert list(Flag.objects.filter(code="similar_photo", check_in__in=ids(pair)).values_list("check_in")) == [
            (later,)
        ]


def test_control_without_the_lock_misses_some(place: Place) -> None:
    """Each compares before the other's picture is committed."""
    for number in range(1, 20):
        pair = alike(place, number)
        at_once([looking(one, unguarded) for one in pair])
        if not Flag.objects.filter(code="similar_photo", check_in__in=ids(pair)).exists():
            return
    pytest.fail("the race that the lock is for never showed")


def test_photo_that_arrives_while_its_check_in_is_finished_opens_it_again(place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        late = photo(number + 100, (160, 120))
        check_in = send(place, number, photo(number, (160, 120)), late)
        look(NOW, 60.0)
        declare_lost(check_in, sha256=digest(late), reason="测试", by=place.user, at=NOW)

        def arrive(check_in: CheckIn = check_in, late: bytes = late) -> Any:
            with Incoming(1 << 20) as file:
                file.write(late)
                return actions.receive_photos(check_in, files={file.sha256: file}, by=place.user, at=NOW)

        assert raised(at_once([arrive, lambda: finish(NOW)])) == []
        check_in.refresh_from_db()
        assert check_in.checked_at is None
        assert look(NOW, 60.0).check_ins == 1


def alike(place: Place, number: int) -> list[Photo]:
    """One picture in two qualities, in a check-in each."""
    image = scene(number, (320, 240))
    for place_in_line, quality in enumerate((50, 90)):
        send(place, number * 2 + place_in_line, encoded(image, quality=quality))
    return list(Photo.objects.filter(checked_at__isnull=True).select_related("check_in"))


def ids(pair: list[Photo]) -> list[UUID]:
    return [one.check_in_id for one in pair]


def looking(one: Photo, how: Any = look_at) -> Any:
    return lambda: how(one, now=NOW, until=UNTIL)


def unguarded(one: Photo, *, now: datetime, until: datetime) -> None:
    """As `look_at`, but for the lock."""
    claim(one.sha256, now=now, until=until)
    found = checking._found(one.sha256)
    with transaction.atomic():
        Picture.objects.filter(pk=one.sha256).update(**found, looked_at=now)
        doubt(one.check_in, now)
        Photo.objects.filter(pk=one.pk).update(checked_at=now)
