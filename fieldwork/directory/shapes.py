"""The shapes of boundaries: which hold a point, and how far their edge is. Degrees, WGS-84, longitude first.

Imported only where a boundary is loaded: what it builds on takes 15 MB of every process.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from threading import Lock

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from fieldwork.core.geo import Position
from fieldwork.directory.models import Boundary

_VERTICES = 250_000  # kept prepared: about 10 MB
_STEP_DEGREES = 0.0025  # edges are cut to 280 m: straight in degrees and straight in space is then the same to 2 mm
_SEMI_MAJOR_M, _FLATTENING = 6_378_137.0, 1 / 298.257223563  # WGS-84


def metres_to_edge(wkb: bytes, position: Position) -> float:
    """Geodesic metres from the position to the nearest point of a shape's edge, holes included.

    The point is chosen by straight lines through space, then measured along the ellipsoid.
    """
    lines = shapely.get_parts(shapely.segmentize(shapely.from_wkb(wkb), _STEP_DEGREES).boundary)
    points, line = shapely.get_coordinates(lines, return_index=True)
    starts = np.flatnonzero(line[:-1] == line[1:])
    here = _in_space(np.array([[position.longitude, position.latitude]]))
    first, along = _in_space(points)[starts], np.diff(_in_space(points), axis=0)[starts]
    length = np.maximum((along * along).sum(axis=1), np.finfo(float).tiny)
    share = np.clip(((here - first) * along).sum(axis=1) / length, 0, 1)
    nearest = int((((first + share[:, None] * along) - here) ** 2).sum(axis=1).argmin())
    start = starts[nearest]
    longitude, latitude = points[start] + share[nearest] * (points[start + 1] - points[start])
    return position.distance_m(Position(float(latitude), float(longitude)))


class Shapes:
    """Shapes prepared for questions, by division and instant of loading; the longest unused are dropped."""

    def __init__(self, vertices: int) -> None:
        self._vertices = vertices
        self._kept: OrderedDict[tuple[int, datetime], tuple[BaseGeometry, int]] = OrderedDict()
        self._sum = 0
        self._lock = Lock()  # a shape is prepared on its first question, which no two threads may ask at once

    def covering(self, keys: Sequence[tuple[int, datetime]], at: tuple[float, float]) -> set[int]:
        """Which divisions' shapes cover the point, longitude first; their edges are theirs."""
        with self._lock:
            known = [key for key in keys if key in self._kept]
            shapes = {key[0]: self._used(key) for key in known}
        missing = [pk for pk, _ in keys if pk not in shapes]
        rows = Boundary.objects.filter(pk__in=missing).values_list("pk", "loaded_at", "shape") if missing else ()
        for pk, loaded_at, wkb in rows:
            shapes[pk] = self._keep((pk, loaded_at), shapely.from_wkb(bytes(wkb)))
        with self._lock:
            return {pk for pk, shape in shapes.items() if shapely.intersects_xy(shape, *at)}

    def _used(self, key: tuple[int, datetime]) -> BaseGeometry:
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def _keep(self, key: tuple[int, datetime], shape: BaseGeometry) -> BaseGeometry:
        size = int(shapely.get_num_coordinates(shape))
        with self._lock:
            if size > self._vertices or key in self._kept:
                return shape
            shapely.prepare(shape)
            self._kept[key] = shape, size
            self._sum += size
            while self._sum > self._vertices:
                self._sum -= self._kept.popitem(last=False)[1][1]
        return shape


SHAPES = Shapes(_VERTICES)


def _in_space(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from the centre of the earth (n, 3) of points on the ellipsoid, longitude and latitude in degrees."""
    longitude, latitude = np.radians(points).T
    squared = _FLATTENING * (2 - _FLATTENING)
    normal = _SEMI_MAJOR_M / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    flat = normal * np.cos(latitude)
    return np.stack([flat * np.cos(longitude), flat * np.sin(longitude), (1 - squared) * normal * np.sin(latitude)], 1)
