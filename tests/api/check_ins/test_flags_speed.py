"""From one check-in to the next faster than anybody travels, in the order of capturing, however they arrived."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.core.models import Event
from fieldwork.directory.models import Delegation
from fieldwork.inspections import speed
from fieldwork.inspections.models import CheckIn
from tests import factories as make
from tests.api.check_in import body, flags, put_multipart
from tests.api.client import Phone
from tests.photos import jpeg
from tests.place import SEAT, Place

NEAR, FAR = 0.0, 0.8  # degrees north of the seat; 0.8 are 88.6 km, which take 15 minutes at 360 km/h


@pytest.fixture(autouse=True)
def second_town(place: Place) -> None:
    make.division("北镇", place.county, latitude=SEAT[0] + FAR, longitude=SEAT[1])


@pytest.fixture
def come(place: Place, phone: Phone) -> Any:
    """A check-in of the place's leader at a time of that day; answers its id."""

    def come(north: float, clock: str, by: Phone = phone, **changed: Any) -> str:
        photo = jpeg()
        location = {"latitude": SEAT[0] + north, "longitude": SEAT[1], "accuracy_m": changed.pop("accuracy_m", 5)}
        content = body(place, photo, **{"location": location, "captured_at": f"2026-11-21T{clock}+08:00", **changed})
        answer = put_multipart(by, content, photo)
        assert answer.status_code == 201
        assert flags(answer) <= {"impossible_speed", "on_paper", "no_location", "prepared_by_staff"}
        return str(answer.json()["id"])

    return come


def way_of(pk: str) -> Any:
    """The figures of its flag, None without."""
    flag = CheckIn.objects.get(pk=pk).flags.filter(code="impossible_speed").first()
    return flag and flag.figures


def test_later_of_two_carries_the_flag_with_its_figures(come: Any) -> None:
    first, second = come(NEAR, "12:00:00"), come(FAR, "12:10:00")
    assert way_of(first) is None
    assert way_of(second) == {"km": 89, "minutes": 10, "kmh": 532, "limit_kmh": 360, "check_in": first}
    assert not Event.objects.filter(kind="check_in.flags_changed").exists()


def test_order_of_arrival_does_not_matter(come: Any) -> None:
    second, first = come(FAR, "12:10:00"), come(NEAR, "12:00:00")
    assert way_of(first) is None
    assert way_of(second)["check_in"] == first
    event = Event.objects.get(kind="check_in.flags_changed")
    assert (event.object_kind, event.object_id) == ("check_in", second)
    assert event.data["raised"] == {"impossible_speed": way_of(second)}


def test_one_between_takes_the_flag_back_or_on_itself(come: Any) -> None:
    first, last = come(NEAR, "12:00:00"), come(FAR, "12:10:00")
    between = come(FAR, "12:05:00")
    assert way_of(last) is None
    assert way_of(between)["check_in"] == first
    dropped = Event.objects.get(kind="check_in.flags_changed")
    assert (dropped.object_id, dropped.data["dropped"]) == (last, ["impossible_speed"])
    again = come(NEAR, "12:07:00")
    assert (way_of(again)["check_in"], way_of(last)["check_in"]) == (between, again)


def test_flag_names_its_new_neighbour(come: Any) -> None:
    first, last = come(NEAR, "12:00:00"), come(FAR, "12:10:00")
    between = come(NEAR, "12:05:00")
    assert way_of(first) is way_of(between) is None
    assert (way_of(last)["check_in"], way_of(last)["minutes"]) == (between, 5)


def test_way_that_can_be_travelled_is_no_doubt(come: Any) -> None:
    come(NEAR, "12:00:00")
    assert way_of(come(FAR, "12:14:47")) is None  # 88.6 km at 359.6 km/h
    assert way_of(come(NEAR, "12:29:32")) is not None  # back at 360.5


@pytest.mark.parametrize(("accuracy", "flagged"), [(0, True), (150, True), (200, False)])
def test_both_accuracies_are_taken_off(come: Any, accuracy: int, flagged: bool) -> None:
    come(NEAR, "12:00:00", accuracy_m=accuracy)
    metres = 2350
    assert (way_of(come(metres / 110_770, "12:00:10", accuracy_m=accuracy)) is not None) is flagged


def test_short_way_and_no_time_at_all_are_no_doubt(come: Any) -> None:
    one, other = come(NEAR, "12:00:00"), come(0.017, "12:00:00")
    assert way_of(one) is way_of(other) is None


def test_at_one_instant_the_higher_id_carries_the_flag(come: Any) -> None:
    first, second = sorted((come(NEAR, "12:00:00"), come(FAR, "12:00:00")), key=UUID)
    assert way_of(first) is None
    assert (way_of(second)["check_in"], way_of(second)["minutes"]) == (first, 1)


def test_paper_and_what_has_no_position_are_no_neighbours(come: Any) -> None:
    first = come(NEAR, "12:00:00")
    assert way_of(come(FAR, "12:01:00", on_paper=True)) is None
    assert way_of(come(FAR, "12:02:00", location=None)) is None
    last = come(FAR, "12:03:00")
    assert way_of(last)["check_in"] == first


def test_it_follows_the_leader_and_not_the_phone(place: Place, come: Any, phone: Phone) -> None:
    staff = make.user("staff")
    for leader in (place.leader, other := make.leader("另一位")):
        Delegation.objects.create(assistant=staff, leader=leader, starts_on=make.BEGINNING)
    make.tenure(make.post(make.organisation(place.county), "county_government_chief"), other)
    theirs = Phone.of(staff)
    come(NEAR, "12:00:00", by=theirs)
    assert way_of(come(FAR, "12:01:00", by=theirs, lead=str(other.pk))) is None
    assert way_of(come(FAR, "12:02:00", by=phone)) is not None


def test_clean_visits_raise_nothing(come: Any) -> None:
    visits = [come(NEAR, "09:00:00"), come(0.01, "09:20:00"), come(FAR, "11:00:00"), come(NEAR, "13:30:00")]
    assert [pk for pk in visits if CheckIn.objects.get(pk=pk).flags.exists()] == []


def test_both_neighbours_are_one_query_by_the_index(come: Any) -> None:
    come(NEAR, "12:00:00")
    between = CheckIn.objects.get(pk=come(NEAR, "12:30:00"))
    come(NEAR, "13:00:00")
    with CaptureQueriesContext(connection) as asked:
        before, after = speed.neighbours(between)
        assert before is not None
        assert after is not None
        assert speed.too_fast(before, between) is speed.too_fast(between, after) is None
    assert len(asked) == 1
