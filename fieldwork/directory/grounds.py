"""Which boundaries hold a place: an index of squares, and the divisions that stood.

A boundary is filed under the squares of a quadtree over the degrees, at the depth where its bounding box fits into two
by two of them. A place asks for the one square of each depth that holds it: one query, in either database.
"""

import math
from collections.abc import Iterable
from datetime import date

from fieldwork.core.geo import Position
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Boundary, Division
from fieldwork.directory.paths import within
from fieldwork.directory.queries import standing
from fieldwork.directory.successions import codes_of, latest

DEEPEST = 20  # squares of 40 m: nothing is smaller
_UPWARDS = [level.value for level in reversed(Level)]


def squares_of(west: float, south: float, east: float, north: float) -> list[str]:
    """The squares of a bounding box in degrees: the deepest that are two by two at most."""
    for depth in range(DEEPEST, -1, -1):
        first, last = _square(depth, west, south), _square(depth, east, north)
        if last[0] - first[0] <= 1 and last[1] - first[1] <= 1:
            columns, rows = (range(one, other + 1) for one, other in zip(first, last, strict=True))
            return [f"{depth}/{column}/{row}" for column in columns for row in rows]
    raise AssertionError("the earth is one square")


def squares_at(longitude: float, latitude: float) -> list[str]:
    """The squares that hold a place: one of each depth."""
    return ["/".join(map(str, (depth, *_square(depth, longitude, latitude)))) for depth in range(DEEPEST + 1)]


def holding(position: Position, on: date) -> list[Division]:
    """The divisions standing on that day whose boundary covers the position, the smallest level first; one a level.

    A position on the line between neighbours belongs to one: to that which holds the smaller division found, else to
    the lower id; before a merger to the one that was merged, whose ground the other has since. The rows are those under
    which the divisions go on.
    """
    from fieldwork.directory.shapes import SHAPES  # noqa: PLC0415  # heavy, and needed where boundaries are loaded

    at = position.longitude, position.latitude
    filed = Boundary.objects.filter(cells__cell__in=squares_at(*at)).select_related("division").defer("shape")
    near = {row.division_id: row for row in filed}
    covering = SHAPES.covering([(pk, row.loaded_at) for pk, row in near.items()], at)
    stood = [near[pk].division for pk in covering if _stood(near[pk].division, on)]
    found = sorted(stood, key=lambda each: (each.ends_on or date.max, each.pk))
    chosen: list[Division] = []
    for level in _UPWARDS:
        peers = [each for each in found if each.level == level]
        above = [each for each in peers if chosen and chosen[0].path.startswith(each.path)]
        chosen += (above or peers)[:1]
    return chosen


def bounded(paths: Iterable[str]) -> set[str]:
    """Which of these are paths of divisions with a boundary."""
    return set(Boundary.objects.filter(division__path__in=set(paths)).values_list("division__path", flat=True))


def bounded_below(path: str) -> set[str]:
    """The paths of the divisions with a boundary from `path` downwards."""
    below = Boundary.objects.filter(within(path, "division__path"))
    return set(below.values_list("division__path", flat=True))


def metres_to_boundary(division: Division, position: Position) -> float | None:
    """Geodesic metres from the position to the nearest point of the division's boundary; None if it has none."""
    from fieldwork.directory.shapes import metres_to_edge  # noqa: PLC0415  # likewise

    row = Boundary.objects.filter(pk=division.pk).first()
    return None if row is None else metres_to_edge(bytes(row.shape), position)


def _square(depth: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Column and row, from the south-west, of the square that holds a point at a depth."""
    side = 1 << depth
    column, row = math.floor((longitude + 180) / 360 * side), math.floor((latitude + 90) / 180 * side)
    return min(column, side - 1), min(row, side - 1)


def _stood(division: Division, on: date) -> bool:
    """Whether the division stood on that day, under this row or one that went on under it."""
    if division.starts_on <= on:
        return division.ends_on is None or division.ends_on >= on
    earlier = Division.objects.filter(standing(on), authority=division.authority, code__in=codes_of(division))
    return any(latest(row).pk == division.pk for row in earlier)
