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
_RECTANGLE = (0.8293, 55.8271, 72.004, 137.8347)  # south, north, west, east: where the transformation shifts at all
_FADE = 0.5  # degrees
_STEPS, _CLOSE = 10, 1e-12  # degrees


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
    """The WGS-84 position of a point given in `datum`; ValueError outside the earth. Identity outside China.

    Fixed-point inverse of the forward formula: it contracts by about 0.05 a step, so ten reach below a micrometre.
    """
    given = Position(latitude, longitude)
    if datum is Datum.WGS84:
        return given
    for _ in range(_STEPS):
        shifted = _forward(latitude, longitude, datum)
        off = given.latitude - shifted[0], given.longitude - shifted[1]
        latitude, longitude = latitude + off[0], longitude + off[1]
        if abs(off[0]) + abs(off[1]) < _CLOSE:
            break
    return Position(latitude, longitude)


def from_wgs84(position: Position, datum: Datum) -> Position:
    """The same place in `datum` degrees; identity outside China."""
    if datum is Datum.WGS84:
        return position
    return Position(*_forward(position.latitude, position.longitude, datum))


def _forward(latitude: float, longitude: float, datum: Datum) -> tuple[float, float]:
    """GCJ-02 or BD-09 degrees of a WGS-84 point.

    The published transformation begins at full strength at the edges of its rectangle, so that two places have one
    image there and others are the image of none. Here it grows from nothing within half a degree of the edges, all of
    which lies outside China: every place has its own image, and that image leads back to it.
    """
    south, north, west, east = _RECTANGLE
    within = min(latitude - south, north - latitude, longitude - west, east - longitude)
    if within <= 0:
        return latitude, longitude
    there = _wgs84_to_gcj02(latitude, longitude)
    if datum is Datum.BD09:
        there = _gcj02_to_bd09(*there)
    if within >= _FADE:
        return there
    strength = within / _FADE
    return latitude + strength * (there[0] - latitude), longitude + strength * (there[1] - longitude)


def _wgs84_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 105.0, latitude - 35.0
    wave = 20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (wave + 20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (wave + 20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * math.pi
    bend = 1.0 - _ECCENTRICITY_SQUARED * math.sin(radians) ** 2
    per_degree_north = _SEMI_MAJOR_M * (1.0 - _ECCENTRICITY_SQUARED) / (bend * math.sqrt(bend)) * math.pi / 180.0
    per_degree_east = _SEMI_MAJOR_M / math.sqrt(bend) * math.cos(radians) * math.pi / 180.0
    return latitude + north / per_degree_north, longitude + east / per_degree_east


def _gcj02_to_bd09(latitude: float, longitude: float) -> tuple[float, float]:
    radius = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _BD_ANGLE)
    angle = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _BD_ANGLE)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065
