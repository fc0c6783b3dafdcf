"""Places on the earth: datums and distances.

Answers and storage are WGS-84 (EPSG:4326), degrees, latitude first. Chinese map services hand out GCJ-02 (国测局)
or BD-09 (百度) degrees; inside China those lie up to two kilometres off. Constants: Krasovsky 1940 ellipsoid, which
GCJ-02 uses.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from geopy.distance import geodesic

_SEMI_MAJOR_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD_ANGLE = math.pi * 3000.0 / 180.0


class Datum(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Position:
    """A point in WGS-84 degrees, latitude in [-90, 90], longitude in [-180, 180]."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):  # false for NaN too
            raise ValueError(f"no such place on earth: {self.latitude}, {self.longitude}")

    def distance_m(self, other: "Position") -> float:
        """Geodesic distance in metres on the WGS-84 ellipsoid (Karney)."""
        return float(geodesic((self.latitude, self.longitude), (other.latitude, other.longitude)).meters)


def to_wgs84(latitude: float, longitude: float, datum: Datum) -> Position:
    """The WGS-84 position of a point given in `datum`; ValueError outside the earth. Identity outside China."""
    given = Position(latitude, longitude)
    if datum is Datum.WGS84:
        return given
    gcj = _bd09_to_gcj02(given) if datum is Datum.BD09 and _in_china(given) else given
    return _gcj02_to_wgs84(gcj)


def from_wgs84(position: Position, datum: Datum) -> Position:
    """The same place in `datum` degrees; identity outside China."""
    if datum is Datum.WGS84 or not _in_china(position):
        return position
    gcj = _wgs84_to_gcj02(position)
    return _gcj02_to_bd09(gcj) if datum is Datum.BD09 else gcj


def _in_china(position: Position) -> bool:
    """The rectangle in which the published transformation shifts at all."""
    return 0.8293 <= position.latitude <= 55.8271 and 72.004 <= position.longitude <= 137.8347


def _wgs84_to_gcj02(position: Position) -> Position:
    if not _in_china(position):
        return position
    x, y = position.longitude - 105.0, position.latitude - 35.0
    wave = 20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (wave + 20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (wave + 20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    radians = position.latitude / 180.0 * math.pi
    bend = 1.0 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    per_degree_north = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (bend * math.sqrt(bend)) * math.pi / 180.0
    per_degree_east = _SEMI_MAJOR_M / math.sqrt(bend) * math.cos(radians) * math.pi / 180.0
    return Position(position.latitude + north / per_degree_north, position.longitude + east / per_degree_east)


def _gcj02_to_wgs84(gcj: Position) -> Position:
    """Fixed-point inverse of the forward formula: contracts by about 1e-3 a step, so six reach below a millimetre."""
    if not _in_china(gcj):
        return gcj
    guess = gcj
    for _ in range(6):
        shifted = _wgs84_to_gcj02(guess)
        guess = Position(
            guess.latitude + gcj.latitude - shifted.latitude,
            guess.longitude + gcj.longitude - shifted.longitude,
        )
    return guess


def _gcj02_to_bd09(gcj: Position) -> Position:
    x, y = gcj.longitude, gcj.latitude
    radius = math.hypot(x, y) + 0.00002 * math.sin(y * _BD_ANGLE)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * _BD_ANGLE)
    return Position(radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065)


def _bd09_to_gcj02(bd: Position) -> Position:
    guess = Position(bd.latitude - 0.006, bd.longitude - 0.0065)
    for _ in range(6):
        shifted = _gcj02_to_bd09(guess)
        guess = Position(
            guess.latitude + bd.latitude - shifted.latitude,
            guess.longitude + bd.longitude - shifted.longitude,
        )
    return guess
