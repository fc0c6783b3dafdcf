"""The same check-in from a phone that sends it several times at once: one row, one count, and the same answer."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from fieldwork.core.periods import local_day
from fieldwork.core.uploads import Incoming
from fieldwork.duties.models import Obligation
from fieldwork.inspections import actions
from fieldwork.inspections.declared import DeclaredCheckIn, DeclaredPhoto, Location
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.inspections.references import look_up
from tests.photos import digest, jpeg
from tests.place import SEAT, Place
from tests.races.at_once import at_once, raised

NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
TWINS = 8
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def declaration(place: Place, pk: UUID) -> DeclaredCheckIn:
    photo = jpeg()
    return DeclaredCheckIn(
        id=pk,
        lead=str(place.leader.pk),
        captured_at=NOW,
        location=Location(*SEAT, accuracy_m=5.0),
        photos=(DeclaredPhoto(digest(photo), len(photo), "image/jpeg"),),
    )


def sending(place: Place, declared: DeclaredCheckIn) -> Any:
    def work() -> bool:
        with Incoming(1 << 20) as file:
            file.write(jpeg())
            _check_in, created = actions.record_check_in(declared, files={file.sha256: file}, by=place.user, at=NOW)
        return created

    return work


def test_twins_are_one_row_and_one_of_them_made_it(place: Place) -> None:
    for number in range(1, ROUNDS + 1):
        declared = declaration(place, uuid4())
        results = at_once([sending(place, declared)] * TWINS)
        assert raised(results) == []
        assert sorted(results, key=str) == [False] * (TWINS - 1) + [True]
        assert CheckIn.objects.count() == Photo.objects.filter(blob__isnull=False).count() == number
        assert Obligation.objects.get().counted == number


def test_of_two_contents_under_one_id_one_wins_and_the_other_is_told(place: Place) -> None:
    for _ in range(ROUNDS):
        declared = declaration(place, uuid4())
        other = replace(declared, summary="另一句")
        results = at_once([sending(place, declared), sending(place, other)])
        assert [getattr(error, "code", None) for error in raised(results)] == ["already_exists_differently"]


def test_control_without_waiting_for_the_twin_fails(place: Place) -> None:
    for _ in range(20):
        declared = declaration(place, uuid4())
        references = look_up(declared, place.user, local_day(NOW))

        def unguarded(declared: DeclaredCheckIn = declared, references: Any = references) -> CheckIn:
            with transaction.atomic():
                return actions._create(declared, references, {}, place.user, NOW)

        if any(isinstance(error, IntegrityError) for error in raised(at_once([unguarded, unguarded]))):
            return
    pytest.fail("the race that the guard is for never showed")
