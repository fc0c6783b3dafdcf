"""Inside and distance as boundaries tell them, alone and beside seats."""

import math
import os
import subprocess
import sys
from datetime import date

import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext
from geopy.distance import geodesic
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fieldwork.core.geo import Position
from fieldwork.directory import grounds, shapes
from fieldwork.directory.models import BoundaryCell, Division
from fieldwork.directory.places import locate
from tests.factories import division
from tests.grounds import Ring, bound, box, multipolygon, polygon

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)


class Country:
    """A city of two counties side by side, each with two towns; the border runs along 113.5 degrees east."""

    def __init__(self) -> None:
        self.city = division("测试市")
        self.west, self.east = division("西县", self.city), division("东县", self.city)
        self.towns = [division(f"{number}镇", county) for county in (self.west, self.east) for number in (1, 2)]

    def bound_counties(self) -> None:
        bound({self.west: polygon(box(113, 23, 113.5, 24)), self.east: polygon(box(113.5, 23, 114, 24))})

    def bound_towns(self) -> None:
        corners = [(113, 23), (113, 23.5), (113.5, 23), (113.5, 23.5)]
        bound({
            town: polygon(box(west, south, west + 0.5, south + 0.5))
            for town, (west, south) in zip(self.towns, corners, strict=True)
        })  # fmt: skip

    def inside(self, latitude: float, longitude: float, on: date = ON) -> list[bool | None]:
        """Of the city, the counties, and the towns, as `locate` has it."""
        located = locate(Position(latitude, longitude), on)
        return [located.inside(row) for row in (self.city, self.west, self.east, *self.towns)]


@pytest.fixture
def country() -> Country:
    return Country()


def test_bounded_towns_make_up_what_lies_above_them(country: Country) -> None:
    country.bound_towns()
    first = country.towns[0]
    located = locate(Position(23.2, 113.2), ON)
    assert located.path == first.path
    assert located.division_paths == (country.city.path, country.west.path, first.path)
    assert country.inside(23.2, 113.2) == [True, True, False, True, False, False, False]
    assert country.inside(25.0, 113.2) == [False] * 7


def test_bounded_county_without_bounded_towns_tells_of_itself_and_the_city(country: Country) -> None:
    country.bound_counties()
    assert country.inside(23.2, 113.2) == [True, True, False, None, None, False, False]
    assert country.inside(25.0, 113.2) == [False] * 7
    located = locate(Position(23.2, 113.2), ON)
    assert (located.path, located.division_paths) == ("", (country.city.path, country.west.path))


def test_county_without_a_listed_town_is_told_by_its_boundary() -> None:
    city = division("测试市")
    bare = division("无镇县", city)
    bound({bare: polygon(box(113, 23, 114, 24))})
    assert [locate(Position(23.5, 113.5), ON).inside(row) for row in (city, bare)] == [True, True]
    assert [locate(Position(25.0, 113.5), ON).inside(row) for row in (city, bare)] == [False, False]
    division("另一县", city)
    assert [locate(Position(25.0, 113.5), ON).inside(row) for row in (city, bare)] == [None, False]


def test_seats_count_only_below_the_county_whose_boundary_holds_the_place(country: Country) -> None:
    Division.objects.filter(pk=country.towns[0].pk).update(latitude=23.5, longitude=113.45)
    Division.objects.filter(pk=country.towns[2].pk).update(latitude=23.5, longitude=113.51)
    assert locate(Position(23.5, 113.49), ON).path == country.towns[2].path  # the nearest seat, over the border
    country.bound_counties()
    assert locate(Position(23.5, 113.49), ON).path == country.towns[0].path
    assert country.inside(23.5, 113.49) == [True, True, False, True, None, False, False]
    assert locate(Position(23.5, 113.501), ON).path == country.towns[2].path


def test_bounded_town_takes_no_place_by_its_seat_and_gives_none_away(country: Country) -> None:
    bounded, other = country.towns[0], country.towns[1]
    Division.objects.filter(pk__in=[bounded.pk, other.pk]).update(latitude=23.1, longitude=113.1)
    bound({bounded: polygon(box(113, 23, 113.1, 23.1))})
    assert country.inside(23.05, 113.05) == [True, True, False, True, False, False, False]
    assert country.inside(23.11, 113.11) == [True, True, None, False, True, None, None]


def test_division_holds_exactly_its_boundary_whatever_its_towns_say(country: Country) -> None:
    country.bound_towns()
    bound({country.west: polygon(box(113, 23, 113.4, 24))})
    assert country.inside(23.2, 113.45) == [True, False, False, True, False, False, False]


def test_hole_is_outside_and_an_enclave_in_it_inside_another(country: Country) -> None:
    outer, enclave = country.towns[0], country.towns[2]
    hole = box(113.2, 23.2, 113.3, 23.3)
    bound({outer: polygon(box(113, 23, 113.5, 23.5), hole), enclave: polygon(hole)})
    assert locate(Position(23.1, 113.1), ON).path == outer.path
    assert locate(Position(23.25, 113.25), ON).path == enclave.path
    assert locate(Position(23.25, 113.25), ON).inside(country.west) is False
    assert locate(Position(23.2, 113.25), ON).path == outer.path  # on the line: the lower id


def test_all_parts_of_a_multipolygon_are_inside(country: Country) -> None:
    town = country.towns[0]
    bound(
        {
            town: multipolygon(
                [box(113, 23, 113.1, 23.1)], [box(120, 40, 120.1, 40.1), box(120.04, 40.04, 120.06, 40.06)]
            )
        }
    )
    places = [Position(23.05, 113.05), Position(40.02, 120.02), Position(40.05, 120.05), Position(30.0, 116.0)]
    assert [locate(place, ON).inside(town) for place in places] == [True, True, False, False]


@pytest.mark.parametrize("place", [(23.3, 113.5), (23.5, 113.5), (23.5, 113.2)])
def test_place_on_a_shared_line_has_one_town_and_one_county(country: Country, place: tuple[float, float]) -> None:
    country.bound_towns()
    country.bound_counties()
    assert country.inside(*place) == [True, True, False, True, False, False, False]


def test_smaller_division_decides_for_the_larger_on_a_line(country: Country) -> None:
    eastern = country.towns[2]
    country.bound_counties()
    bound({eastern: polygon(box(113.5, 23, 114, 23.5))})
    assert country.inside(23.2, 113.5) == [True, False, True, False, False, True, False]


def test_boundary_counts_while_its_division_stands_also_under_an_earlier_row(country: Country) -> None:
    town, county = country.towns[0], country.west
    bound({town: polygon(box(113, 23, 113.5, 23.5))})
    Division.objects.filter(pk=town.pk).update(starts_on=ON)
    place, eve = Position(23.2, 113.2), date(2026, 11, 20)
    assert [locate(place, day).path for day in (eve, ON)] == ["", town.path]
    division("旧名镇", county, code=town.code, ends_on=eve)
    assert [locate(place, day).path for day in (date(2019, 1, 1), eve, ON)] == ["", town.path, town.path]
    Division.objects.filter(pk=town.pk).update(ends_on=ON)
    assert locate(place, date(2026, 11, 22)).path == ""


def test_distance_is_to_the_boundary_else_to_the_seat(country: Country) -> None:
    bounded, seated, neither = country.towns[:3]
    seated.latitude, seated.longitude = 24.0, 113.0
    seated.save()
    bound({bounded: polygon(box(113, 23, 113.5, 23.5), box(113.2, 23.2, 113.3, 23.3))})
    place = Position(23.25, 113.21)
    located = locate(place, ON)
    assert located.distance_m(bounded) == pytest.approx(geodesic((23.25, 113.21), (23.25, 113.2)).meters, abs=0.1)
    assert located.distance_m(seated) == pytest.approx(geodesic((23.25, 113.21), (24, 113)).meters, abs=0.01)
    assert located.distance_m(neither) is None
    assert locate(Position(23.1, 113.1), ON).distance_m(bounded) == 0


corner = st.tuples(st.floats(112, 114), st.floats(22, 24))


@settings(max_examples=30)
@given(st.lists(corner, min_size=3, max_size=3, unique=True), st.tuples(st.floats(20, 26), st.floats(110, 116)))
@example([(112.0, 22.0), (114.0, 22.0), (113.0, 24.0)], (22.9, 108.0))
@example([(112.0, 23.0), (114.0, 23.0), (113.0, 23.01)], (23.0001, 112.3))
def test_distance_is_what_walking_along_the_boundary_finds(ring: Ring, at: tuple[float, float]) -> None:
    assume(shapely.Polygon(ring).area > 1e-6)
    place = Position(*at)
    found = shapes.metres_to_edge(shapely.to_wkb(shapely.Polygon(ring)), place)
    assert found == pytest.approx(_shortest_of_all(ring, place), abs=1)


def _shortest_of_all(ring: Ring, place: Position) -> float:
    """Along every side the shortest distance, narrowed down from many points by the geodesic alone."""
    best = math.inf
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        low, high = 0.0, 1.0
        for _ in range(5):
            shares = [low + (high - low) * step / 24 for step in range(25)]
            metres = [
                place.distance_m(Position(one[1] + share * (other[1] - one[1]), one[0] + share * (other[0] - one[0])))
                for share in shares
            ]
            nearest = metres.index(min(metres))
            low, high = shares[max(nearest - 1, 0)], shares[min(nearest + 1, 24)]
            best = min(best, metres[nearest])
    return best


@given(
    st.floats(-180, 179), st.floats(-90, 89), st.floats(1e-6, 1), st.floats(1e-6, 1), st.floats(0, 1), st.floats(0, 1)
)
def test_every_place_in_a_box_asks_for_one_of_its_squares(
    west: float, south: float, wide: float, high: float, across: float, up: float
) -> None:
    squares = grounds.squares_of(west, south, west + wide, south + high)
    asked = set(grounds.squares_at(west + across * wide, south + up * high))
    assert 1 <= len(squares) <= 4
    assert len(asked & set(squares)) == 1


def test_boundary_that_moves_leaves_its_old_squares(country: Country) -> None:
    town = country.towns[0]
    bound({town: polygon(box(113, 23, 113.5, 23.5))})
    assert locate(Position(23.2, 113.2), ON).path == town.path
    bound({town: polygon(box(115, 25, 115.5, 25.5))})
    assert locate(Position(23.2, 113.2), ON).path == ""
    assert locate(Position(25.2, 115.2), ON).path == town.path
    assert BoundaryCell.objects.count() <= 4


def test_without_any_boundary_nothing_more_is_asked(country: Country) -> None:
    town = country.towns[0]
    Division.objects.filter(pk=town.pk).update(latitude=23.2, longitude=113.2)
    with CaptureQueriesContext(connection) as asked:
        assert locate(Position(23.2, 113.2), ON).path == town.path
    assert len(asked) == 1


def test_place_in_a_bounded_country_costs_few_queries_and_fewer_the_second_time(country: Country) -> None:
    country.bound_towns()
    country.bound_counties()
    with CaptureQueriesContext(connection) as first:
        locate(Position(23.2, 113.2), ON)
    with CaptureQueriesContext(connection) as second:
        locate(Position(23.2, 113.2), ON)
    assert (len(first), len(second)) == (5, 4)


def test_shapes_are_kept_up_to_a_number_of_vertices(country: Country) -> None:
    country.bound_towns()
    rows = [(town.pk, town.boundary.loaded_at) for town in country.towns]
    kept = shapes.Shapes(vertices=12)  # two boxes of five
    for _ in range(2):
        for number, (pk, loaded_at) in enumerate(rows):
            at = [(113.2, 23.2), (113.2, 23.7), (113.7, 23.2), (113.7, 23.7)][number]
            assert kept.covering([(pk, loaded_at)], at) == {pk}
            assert kept.covering([(pk, loaded_at)], (120.0, 40.0)) == set()
    with CaptureQueriesContext(connection) as asked:
        kept.covering(rows[2:], (113.2, 23.2))
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        kept.covering(rows[:1], (113.2, 23.2))
    assert len(asked) == 1


def test_process_without_boundaries_does_not_carry_what_shapes_need() -> None:
    code = "import django, sys; django.setup(); import fieldwork.urls; print({'numpy', 'shapely'} & set(sys.modules))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "fieldwork.settings"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert told.stdout.strip() == "set()"
