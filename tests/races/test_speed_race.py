"""Two check-ins of one leader that arrive at the same moment, too far apart: one of them sees the other."""

from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from fieldwork.inspections import actions, speed
from fieldwork.inspections.declared import DeclaredCheckIn, Location
from fieldwork.inspections.models import CheckIn, Flag
from tests.place import SEAT, Place
from tests.races.at_once import at_once, raised

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)
ROUNDS = 5

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def sending(place: Place, north: float, at: datetime) -> Any:
    declared = DeclaredCheckIn(
        id=uuid4(),
        lead=str(place.leader.pk),
        captured_at=at,
        location=Location(SEAT[0] + north, SEAT[1], accuracy_m=5.0),
    )

    def work() -> str:
        check_in, _created = actions.record_check_in(declared, files={}, by=place.user, at=NOW)
        return str(check_in.pk)

    return work


def test_of_two_at_once_the_later_captured_is_flagged(place: Place) -> None:
    for number in range(ROUNDS):
        at = NOON - timedelta(days=number)
        results = at_once([sending(place, 0.0, at), sending(place, 0.8, at + timedelta(minutes=1))])
        assert raised(results) == []
        flags = Flag.objects.filter(code="impossible_speed", check_in__in=[UUID(str(pk)) for pk in results])
        assert [(str(flag.check_in_id), flag.figures["check_in"]) for flag in flags] == [(results[1], results[0])]


def test_control_without_the_counting_in_front_neither_sees_the_other(place: Place) -> None:
    stored, read = Barrier(2), Barrier(2)

    def unguarded(north: float, at: datetime) -> Any:
        def work() -> int:
            with transaction.atomic():
                row = CheckIn.objects.create(
                    id=uuid4(), digest="", content="", lead=place.leader, captured_at=at, captured_on=at.date(),
                    wgs84_latitude=SEAT[0] + north, wgs84_longitude=SEAT[1], uploaded_by=place.user, received_at=NOW,
                    state="incomplete", prepared_by_staff=False, on_paper=False,
                )  # fmt: skip
                stored.wait(timeout=10)
                seen = sum(neighbour is not None for neighbour in speed.neighbours(row))
                read.wait(timeout=10)  # or one commits, and the other sees it
                return seen

        return work

    assert at_once([unguarded(0.0, NOON), unguarded(0.8, NOON + timedelta(minutes=1))]) == [0, 0]
