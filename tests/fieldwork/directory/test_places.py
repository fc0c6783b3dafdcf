"""Which town holds a place, and what "inside" then means."""

import math
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldwork.core.geo import Position
from fieldwork.directory.models import Division
from fieldwork.directory.places import locate
from tests.factories import division

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)


def inside(division: Division, position: Position, on: date) -> bool | None:
    return locate(position, on).inside(division)


def distance_m(division: Division, position: Position, on: date) -> float | None:
    return locate(position, on).distance_m(division)


def town(county: Division, latitude: float | None, longitude: float | None, **fields: object) -> Division:
    return division("测试镇", county, latitude=latitude, longitude=longitude, **fields)


@pytest.fixture
def city() -> Division:
    return division("测试市")


@pytest.fixture
def county(city: Division) -> Division:
    return division("测试县", city)


@pytest.fixture
def neighbour(city: Division) -> Division:
    return division("邻县", city)


def test_nearest_seat_within_its_radius_holds(city: Division, county: Division) -> None:
    near, far = town(county, 23.70, 113.00), town(county, 23.70, 113.05)
    located = locate(Position(23.70, 113.02), ON)
    assert located.path == near.path
    assert located.division_paths == (city.path, county.path, near.path)
    assert (located.inside(near), located.inside(far)) == (True, False)
    assert (located.inside(county), located.inside(city)) == (True, True)


def test_place_beyond_the_radius_of_the_nearest_seat_is_held_by_none(county: Division) -> None:
    small, large = town(county, 23.70, 113.00, radius_m=500), town(county, 23.70, 113.05)
    assert locate(Position(23.70, 113.02), ON).path == ""
    assert locate(Position(23.70, 113.004), ON).path == small.path
    assert locate(Position(23.70, 113.03), ON).path == large.path


def test_radius_larger_than_the_setting_reaches_as_far(county: Division) -> None:
    wide = town(county, 23.70, 113.00, radius_m=30_000)
    assert locate(Position(23.70, 113.25), ON).path == wide.path
    assert locate(Position(23.70, 113.30), ON).path == ""


def test_radius_is_measured_on_the_ellipsoid(county: Division) -> None:
    seat = town(county, 23.70, 113.00)
    eastward = 8000 / (111_319.491 * math.cos(math.radians(23.70)))
    assert locate(Position(23.70, 113.00 + eastward * 0.998), ON).path == seat.path
    assert locate(Position(23.70, 113.00 + eastward * 1.002), ON).path == ""


def test_equally_near_seats_are_decided_by_id(county: Division) -> None:
    first, _second = town(county, 23.70, 113.00), town(county, 23.70, 113.00)
    assert locate(Position(23.71, 113.00), ON).path == first.path


def test_town_counts_only_while_it_stands(county: Division) -> None:
    ended = town(county, 23.70, 113.00, ends_on=date(2026, 11, 20))
    coming = town(county, 23.70, 113.00, starts_on=date(2026, 11, 22))
    place = Position(23.70, 113.00)
    assert locate(place, ON).path == ""
    assert locate(place, date(2026, 11, 20)).path == ended.path
    assert locate(place, date(2026, 11, 22)).path == coming.path
    assert inside(ended, place, ON) is None


def test_county_whose_towns_all_have_seats_is_surely_not_elsewhere(county: Division) -> None:
    town(county, 23.70, 113.00)
    assert inside(county, Position(24.70, 113.00), ON) is False


def test_town_without_a_seat_leaves_what_is_not_held_unknown(
    city: Division, county: Division, neighbour: Division
) -> None:
    seatless = town(county, None, None)
    seated = town(county, 23.70, 113.00)
    town(neighbour, 24.70, 113.00)
    nowhere, next_door = Position(22.00, 113.00), Position(24.70, 113.00)
    assert [inside(place, nowhere, ON) for place in (seatless, seated, county, city)] == [
        None,
        False,
        None,
        None,
    ]
    assert [inside(place, next_door, ON) for place in (seatless, seated, county)] == [None, False, None]
    assert inside(neighbour, nowhere, ON) is False
    assert inside(county, Position(23.70, 113.01), ON) is True


def test_ended_town_without_a_seat_leaves_no_doubt(county: Division) -> None:
    town(county, 23.70, 113.00)
    town(county, None, None, ends_on=date(2026, 1, 1))
    assert inside(county, Position(22.00, 113.00), ON) is False


def test_county_without_towns_is_unknown(county: Division) -> None:
    assert inside(county, Position(23.70, 113.00), ON) is None


def test_distance_is_nought_inside_else_to_the_seat_else_unknown(county: Division, neighbour: Division) -> None:
    seat = town(county, 23.70, 113.00)
    seatless = town(county, None, None)
    place, away = Position(23.70, 113.01), Position(24.70, 113.00)
    assert distance_m(seat, place, ON) == distance_m(county, place, ON) == 0
    assert distance_m(seat, away, ON) == pytest.approx(110_770, abs=100)
    assert distance_m(county, away, ON) is None
    assert distance_m(seatless, place, ON) is None
    assert distance_m(neighbour, place, ON) is None


def test_place_at_the_date_line_and_the_pole_is_searched_round_the_corner(county: Division) -> None:
    east, pole = town(county, 10.0, -179.99), town(county, 89.99, 90.0)
    assert locate(Position(10.0, 179.99), ON).path == east.path
    assert locate(Position(89.99, -90.0), ON).path == pole.path


near_one_another = st.tuples(st.floats(23.5, 23.7), st.floats(113.0, 113.2))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(near_one_another, min_size=1, max_size=8), near_one_another, st.integers(500, 20_000))
def test_holder_is_what_a_search_of_all_seats_finds(
    county: Division, seats: list[tuple[float, float]], at: tuple[float, float], radius: int
) -> None:
    Division.objects.filter(level="town").delete()
    place = Position(*at)
    towns = [town(county, *seat, radius_m=radius) for seat in seats]
    best = min(towns, key=lambda row: (Position(row.latitude or 0, row.longitude or 0).distance_m(place), row.pk))
    held = Position(best.latitude or 0, best.longitude or 0).distance_m(place) <= radius
    assert locate(place, ON).path == (best.path if held else "")
