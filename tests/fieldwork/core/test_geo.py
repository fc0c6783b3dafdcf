"""Datums and distances by property, against an independent implementation, and against known places."""

import math
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fieldwork.core.geo import Datum, Position, from_wgs84, to_wgs84
from tests.once import ONCE

pytestmark = ONCE

in_china = st.builds(Position, st.floats(18, 53), st.floats(74, 134))
elsewhere = st.builds(Position, st.floats(-90, 0.5), st.floats(-180, 180)) | st.builds(
    Position, st.floats(-90, 90), st.floats(-180, 71)
)
shifting = st.sampled_from([Datum.GCJ02, Datum.BD09])
anywhere = st.builds(Position, st.floats(-90, 90), st.floats(-180, 180))
at_the_edges = st.builds(
    Position,
    st.sampled_from([0.8293, 0.8294, 1.3, 1.33, 30.0, 55.3271, 55.827, 55.8271]) | st.floats(0, 57),
    st.sampled_from([72.004, 72.005, 72.5, 72.504, 105.0, 137.3347, 137.8347]) | st.floats(71, 139),
)
QINGYUAN = Position(23.7, 113.03333)


class Reference:
    """The transformation as it went round in C# and JavaScript, term by term, and an inverse by Newton's method."""

    A, EE, X_PI = 6378245.0, 0.00669342162296594323, math.pi * 3000.0 / 180.0

    @classmethod
    def gcj02(cls, lat: float, lon: float) -> tuple[float, float]:
        x, y, pi, sin = lon - 105.0, lat - 35.0, math.pi, math.sin
        d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
        d_lat += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
        d_lat += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
        d_lat += (160.0 * sin(y / 12.0 * pi) + 320 * sin(y * pi / 30.0)) * 2.0 / 3.0
        d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
        d_lon += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
        d_lon += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
        d_lon += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
        magic = 1 - cls.EE * sin(math.radians(lat)) ** 2
        d_lat = d_lat * 180.0 / (cls.A * (1 - cls.EE) / (magic * math.sqrt(magic)) * pi)
        d_lon = d_lon * 180.0 / (cls.A / math.sqrt(magic) * math.cos(math.radians(lat)) * pi)
        return lat + d_lat, lon + d_lon

    @classmethod
    def bd09(cls, lat: float, lon: float) -> tuple[float, float]:
        y, x = cls.gcj02(lat, lon)
        z = math.sqrt(x * x + y * y) + 0.00002 * math.sin(y * cls.X_PI)
        theta = math.atan2(y, x) + 0.000003 * math.cos(x * cls.X_PI)
        return z * math.sin(theta) + 0.006, z * math.cos(theta) + 0.0065

    @staticmethod
    def inverse(forward: Callable[[float, float], tuple[float, float]], lat: float, lon: float) -> tuple[float, float]:
        there, h = (lat, lon), 1e-6
        for _ in range(8):
            at, north, east = forward(*there), forward(there[0] + h, there[1]), forward(there[0], there[1] + h)
            a, c = (north[0] - at[0]) / h, (north[1] - at[1]) / h
            b, d = (east[0] - at[0]) / h, (east[1] - at[1]) / h
            off, det = (at[0] - lat, at[1] - lon), a * d - b * c
            there = there[0] - (d * off[0] - b * off[1]) / det, there[1] - (a * off[1] - c * off[0]) / det
        return there


REFERENCES = {Datum.GCJ02: Reference.gcj02, Datum.BD09: Reference.bd09}


@given(in_china, shifting)
def test_datum_is_that_of_an_independent_implementation_to_a_centimetre_both_ways(
    place: Position, datum: Datum
) -> None:
    forward = REFERENCES[datum]
    assert from_wgs84(place, datum).distance_m(Position(*forward(place.latitude, place.longitude))) < 0.01
    there = Position(*Reference.inverse(forward, place.latitude, place.longitude))
    assert to_wgs84(place.latitude, place.longitude, datum).distance_m(there) < 0.01


@given(at_the_edges | anywhere, shifting)
@example(Position(30.0, 72.0041), Datum.BD09)
@example(Position(0.8294, 104.0), Datum.GCJ02)
def test_every_place_on_earth_comes_back_from_every_datum_also_at_the_edges(place: Position, datum: Datum) -> None:
    shifted = from_wgs84(place, datum)
    assert to_wgs84(shifted.latitude, shifted.longitude, datum).distance_m(place) < 0.001
    read = to_wgs84(place.latitude, place.longitude, datum)
    assert from_wgs84(read, datum).distance_m(place) < 0.001


@given(at_the_edges, shifting, st.floats(0, 2 * math.pi))
def test_a_step_to_the_side_is_a_step_in_every_datum(place: Position, datum: Datum, way: float) -> None:
    beside = Position(place.latitude + 1e-5 * math.sin(way), place.longitude + 1e-5 * math.cos(way))
    step = beside.distance_m(place)
    assert from_wgs84(beside, datum).distance_m(from_wgs84(place, datum)) == pytest.approx(step, rel=0.1, abs=0.002)


@given(in_china, shifting)
def test_datum_and_back_is_the_same_place_to_a_centimetre(place: Position, datum: Datum) -> None:
    shifted = from_wgs84(place, datum)
    assert to_wgs84(shifted.latitude, shifted.longitude, datum).distance_m(place) < 0.01


@given(in_china, shifting)
def test_datum_shifts_every_place_in_china(place: Position, datum: Datum) -> None:
    shifted = from_wgs84(place, datum)
    assert 1 < shifted.distance_m(place) < 2_500


@given(elsewhere, st.sampled_from(Datum))
def test_datum_changes_nothing_outside_china(place: Position, datum: Datum) -> None:
    assert from_wgs84(place, datum) == place
    assert to_wgs84(place.latitude, place.longitude, datum) == place


@given(in_china)
def test_wgs84_is_what_it_is(place: Position) -> None:
    assert to_wgs84(place.latitude, place.longitude, Datum.WGS84) == place


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (math.nan, 113.0), (23.0, math.nan), (math.inf, 113.0), (23.0, -math.inf),
        (90.0001, 0.0), (-90.0001, 0.0), (0.0, 180.0001), (0.0, -180.0001),
    ],
)  # fmt: skip
@pytest.mark.parametrize("datum", Datum)
def test_what_is_not_on_earth_is_refused(latitude: float, longitude: float, datum: Datum) -> None:
    with pytest.raises(ValueError, match="no such place"):
        to_wgs84(latitude, longitude, datum)


def test_gcj02_agrees_with_the_published_offset_in_beijing() -> None:
    # Tiananmen: 39.90734, 116.39089 in WGS-84 is 39.90874, 116.39713 on a GCJ-02 map.
    shifted = from_wgs84(Position(39.90734, 116.39089), Datum.GCJ02)
    assert shifted.distance_m(Position(39.90874, 116.39713)) < 5


def test_bd09_lies_beyond_gcj02() -> None:
    gcj, bd = (from_wgs84(QINGYUAN, datum) for datum in (Datum.GCJ02, Datum.BD09))
    assert bd.latitude - gcj.latitude == pytest.approx(0.006, abs=0.001)
    assert bd.longitude - gcj.longitude == pytest.approx(0.0065, abs=0.001)


@pytest.mark.parametrize(
    ("here", "there", "metres"),
    [
        (Position(0, 0), Position(0, 1), 111_319.491),  # a degree of the equator
        (Position(0, 0), Position(1, 0), 110_574.389),  # a degree of the meridian, there
        (Position(90, 0), Position(-90, 0), 20_003_931.459),  # pole to pole
        (Position(0, 179.5), Position(0, -179.5), 111_319.491),  # across the date line
        (
            Position(-37.95103342, 144.42486789),
            Position(-37.65282114, 143.92649553),
            54_972.271,
        ),  # Flinders, Buninyong
    ],
)
def test_distance_is_that_of_the_ellipsoid(here: Position, there: Position, metres: float) -> None:
    assert here.distance_m(there) == pytest.approx(metres, abs=0.01)


@given(in_china, in_china)
def test_distance_is_the_same_both_ways(here: Position, there: Position) -> None:
    assert here.distance_m(there) == pytest.approx(there.distance_m(here), abs=1e-6)
    assert here.distance_m(here) == 0
