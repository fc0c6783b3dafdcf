"""Datums and distances by property, and against known places."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.core.geo import Datum, Position, from_wgs84, to_wgs84

in_china = st.builds(Position, st.floats(18, 53), st.floats(74, 134))
elsewhere = st.builds(Position, st.floats(-90, 0.5), st.floats(-180, 180)) | st.builds(
    Position, st.floats(-90, 90), st.floats(-180, 71)
)
shifting = st.sampled_from([Datum.GCJ02, Datum.BD09])
QINGYUAN = Position(23.7, 113.03333)


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
