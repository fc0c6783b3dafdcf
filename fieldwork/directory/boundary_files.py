"""Boundaries as GeoJSON (RFC 7946): reading them, every fault by feature and part.

Each geometry becomes a shape as soon as its object ends, so that a file needs its own text and little beside it.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from fieldwork.core.errors import Code, DomainError, FieldError, Text
from fieldwork.core.geo import Datum, to_wgs84

KINDS = ("Polygon", "MultiPolygon")
REPAIRED = 0.001  # of the area: what mending a line that crosses itself may change
_CHINA = (73.0, 3.0, 136.0, 54.0)  # west, south, east, north
_WGS84_BY_NAME = re.compile(r"CRS:?:?84|EPSG:+(4326|4490)", re.IGNORECASE)  # 4490: CGCS2000, the same to centimetres


@dataclass(frozen=True, slots=True)
class Entry:
    """One feature, counted from 1: what it says of itself, and its ground, WGS-84, longitude first."""

    number: int
    properties: dict[str, Any]
    shape: MultiPolygon


@dataclass
class Faults:
    """What is wrong with a file; a fault's field is `<feature>.<part>`."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, number: int, part: str, detail: Text) -> None:
        self.found.append(FieldError(f"{number}.{part}", Code.INVALID, detail))

    def refuse(self) -> None:
        if self.found:
            raise DomainError(Code.INVALID, _("The file has faults; nothing was stored."), tuple(self.found))


@dataclass(frozen=True, slots=True)
class _Ground:
    shape: MultiPolygon


class _Unfit(ValueError):
    """Why a geometry cannot be a boundary."""

    def __init__(self, detail: Text) -> None:
        super().__init__(detail)
        self.detail = detail


def read(file: TextIO, datum: Datum, faults: Faults) -> list[Entry]:
    """The features of a collection whose degrees are in `datum`; what is wrong with single ones goes to `faults`.

    Errors: `invalid`, where it is no GeoJSON at all.
    """

    def as_ground(found: dict[str, Any]) -> Any:
        if found.get("type") not in KINDS or "coordinates" not in found:
            return found
        try:
            return _Ground(_shape(found, datum))
        except _Unfit as unfit:
            return unfit

    try:
        whole = json.load(file, object_hook=as_ground)
    except (ValueError, RecursionError):  # also of bytes that are not UTF-8
        raise DomainError(Code.INVALID, _("This file is not JSON.")) from None
    features = whole.get("features") if isinstance(whole, dict) else None
    if not isinstance(features, list) or whole.get("type") != "FeatureCollection":
        raise DomainError(Code.INVALID, _("This file is not a GeoJSON collection of features."))
    _check_crs(whole.get("crs"))
    entries = (_entry(number, feature, faults) for number, feature in enumerate(features, 1))
    return [entry for entry in entries if entry is not None]


def _check_crs(crs: Any) -> None:
    """Files of before RFC 7946 may name their coordinates: only degrees of longitude and latitude can be read."""
    if crs is not None and not _WGS84_BY_NAME.search(str(crs)):
        raise DomainError(Code.INVALID, _("The file's coordinates (crs) are not WGS-84 or CGCS2000 degrees."))


def _entry(number: int, feature: Any, faults: Faults) -> Entry | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        faults.add(number, "type", _("This is not a feature."))
        return None
    properties = feature.get("properties")
    match feature.get("geometry"):
        case _Ground(shape):
            return Entry(number, properties if isinstance(properties, dict) else {}, shape)
        case _Unfit() as unfit:
            faults.add(number, "geometry", unfit.detail)
        case None:
            faults.add(number, "geometry", _("The geometry is missing."))
        case dict() as other if other.get("type") in KINDS:
            faults.add(number, "geometry", _("The coordinates are missing."))
        case other:
            kind = other.get("type") if isinstance(other, dict) else other
            told = _("A boundary is a Polygon or a MultiPolygon, not: %(kind)s")
            faults.add(number, "geometry", told % {"kind": str(kind)[:40]})
    return None


def _shape(geometry: dict[str, Any], datum: Datum) -> MultiPolygon:
    given = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    if not isinstance(given, list) or not given or not all(isinstance(rings, list) and rings for rings in given):
        raise _Unfit(_("The coordinates are missing."))
    polygons = [[_ring(ring) for ring in rings] for rings in given]
    _check_on_earth(np.concatenate([ring for rings in polygons for ring in rings]))
    if datum is not Datum.WGS84:
        polygons = [[_in_wgs84(ring, datum) for ring in rings] for rings in polygons]
    return _sound(MultiPolygon([Polygon(rings[0], rings[1:]) for rings in polygons]))


def _ring(positions: Any) -> NDArray[np.float64]:
    """Longitudes and latitudes (n, 2); a height is left out."""
    try:
        ring = np.array([position[:2] for position in positions])
    except (TypeError, ValueError):
        ring = np.array([])
    if ring.ndim != 2 or ring.shape[1] != 2 or ring.dtype.kind not in "iuf":  # noqa: PLR2004
        raise _Unfit(_("A ring must be a list of positions: [longitude, latitude]."))
    if len(ring) < 4 or tuple(ring[0]) != tuple(ring[-1]):  # noqa: PLR2004  # a triangle, closed
        raise _Unfit(_("A ring is not closed: its first position must be its last, with two others at least between."))
    return ring.astype(np.float64)


def _check_on_earth(points: NDArray[np.float64]) -> None:
    if not _within(points, *_CHINA) and _within(points[:, ::-1], *_CHINA):
        raise _Unfit(_("Longitude and latitude are in the wrong order: GeoJSON has the longitude first."))
    if not _within(points, -180, -90, 180, 90):
        raise _Unfit(_("A position does not lie on earth; degrees of longitude and latitude are needed."))


def _within(points: NDArray[np.float64], west: float, south: float, east: float, north: float) -> bool:
    """False for NaN too."""
    return bool(((points >= (west, south)) & (points <= (east, north))).all())


def _in_wgs84(ring: Iterable[Sequence[float]], datum: Datum) -> NDArray[np.float64]:
    places = (to_wgs84(float(latitude), float(longitude), datum) for longitude, latitude in ring)
    return np.array([(place.longitude, place.latitude) for place in places])


def _sound(shape: MultiPolygon) -> MultiPolygon:
    """The shape without lines that cross themselves, where mending them changes next to nothing."""
    if shape.is_valid:
        return shape
    parts = shapely.get_parts(shapely.make_valid(shape))
    polygons = [each for part in parts for each in shapely.get_parts(part) if each.geom_type == "Polygon"]
    mended = MultiPolygon(polygons)
    if mended.is_empty or not mended.is_valid or abs(mended.area - shape.area) > REPAIRED * mended.area:
        place = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(shape))
        told = _("The boundary crosses itself or overlaps itself at longitude %(longitude)s, latitude %(latitude)s.")
        longitude, latitude = place.groups() if place else ("?", "?")
        raise _Unfit(told % {"longitude": longitude, "latitude": latitude})
    return mended
