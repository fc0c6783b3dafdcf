"""Degrees of one datum sent as those of another: told as that, and not as being elsewhere."""

from datetime import datetime
from typing import Any

import pytest

from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Datum, Position, from_wgs84
from fieldwork.core.periods import Period
from fieldwork.directory.models import Site
from fieldwork.duties.models import Task
from fieldwork.duties.reconcile import reconcile
from tests import factories as make
from tests.api.check_in import body as declared_body
from tests.api.check_in import flags, put_multipart
from tests.api.check_ins.conftest import AFTERNOON
from tests.api.client import Phone
from tests.grounds import bound, box, polygon
from tests.photos import jpeg
from tests.place import SEAT, Place

SMALL = 0.002  # degrees, 200 m: what another datum moves is more


@pytest.fixture(autouse=True)
def ground(place: Place) -> None:
    """The town's boundary is a small box round its seat."""
    bound({place.town: polygon(box(SEAT[1] - SMALL, SEAT[0] - SMALL, SEAT[1] + SMALL, SEAT[0] + SMALL))})


def answer_to(place: Place, phone: Phone, degrees: Position, datum: str, **more: Any) -> Any:
    location = {"latitude": degrees.latitude, "longitude": degrees.longitude, "accuracy_m": 5, "datum": datum}
    photo = jpeg()
    return put_multipart(phone, declared_body(place, photo, location=location, **more), photo)


def task_of(place: Place) -> str:
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=datetime.fromisoformat(AFTERNOON))
    return str(Task.objects.get(target_kind="town").pk)


@pytest.mark.parametrize("true", Datum)
@pytest.mark.parametrize("said", Datum)
@pytest.mark.parametrize("named", [True, False])
def test_degrees_of_another_datum_are_suspected_and_nothing_else(
    place: Place, phone: Phone, true: Datum, said: Datum, named: bool
) -> None:
    degrees = from_wgs84(Position(*SEAT), true)
    answer = answer_to(place, phone, degrees, said, task=task_of(place) if named else None)
    told = {flag["code"]: flag["figures"] for flag in answer.json()["flags"]}
    if said is true:
        assert told == {}
        assert answer.json()["inside_target"] is True
        return
    assert list(told) == ["wrong_datum_suspected"]
    figures = told["wrong_datum_suspected"]
    assert (figures["given"], figures["datum"]) == (said, true)
    assert answer.json()["inside_target"] is (False if named else None)
    if named:
        assert 200 < figures["distance_m"] == pytest.approx(answer.json()["distance_m"], abs=0.5)


def test_elsewhere_in_every_datum_is_outside(place: Place, phone: Phone) -> None:
    assert flags(answer_to(place, phone, Position(SEAT[0] + 0.1, SEAT[1]), "wgs84")) == {"outside_target"}


def test_outside_china_no_datum_is_suspected(place: Place, phone: Phone) -> None:
    assert flags(answer_to(place, phone, Position(1.0, 10.0), "gcj02", task=task_of(place))) == {"outside_target"}


def test_unknown_is_no_doubt_and_no_datum_is_asked(place: Place, phone: Phone) -> None:
    seatless = make.division("无驻地镇", place.county)
    answer = answer_to(place, phone, Position(SEAT[0] + 0.1, SEAT[1]), "wgs84")
    assert seatless.latitude is None
    assert (answer.json()["inside_target"], flags(answer)) == (None, set())


def test_field_is_not_a_matter_of_datum(place: Place, phone: Phone) -> None:
    mining, trade = make.industry("B06", "煤炭开采"), make.industry("F51", "批发业")
    make.linkage(place.tenure, mining)
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=datetime.fromisoformat(AFTERNOON))
    task = Task.objects.get(target_kind="industry")
    site = Site.objects.create(
        name="测试店", division=place.town, industry=trade, starts_on=make.BEGINNING
    )  # fmt: skip
    answer = answer_to(place, phone, Position(*SEAT), "wgs84", task=str(task.pk), site=str(site.pk))
    assert flags(answer) == {"outside_target"}
