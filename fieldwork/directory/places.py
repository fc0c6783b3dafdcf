"""Which divisions hold a place, and whether it lies inside one, as far as boundaries and seats can tell.

A division with a boundary holds what the boundary covers. A town without one holds the points within its radius to
which its seat is the nearest of all such towns that no boundary rules out; a larger division without one holds what
those below it hold. What is not held is outside where a boundary says so, or where every town of the division has a
seat, and otherwise unknown: the true ground of a town without a seat seems to belong to its neighbours.

What held it is found as of a day, and answered as the rows under which those divisions go on, as all else is.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Count, DateField, Exists, FloatField, Max, Q, QuerySet

from fieldwork.core.geo import Position
from fieldwork.core.prepared import Given, Prepared
from fieldwork.directory.enums import Level
from fieldwork.directory.grounds import bounded, bounded_below, holding, metres_to_boundary
from fieldwork.directory.models import Boundary, Division
from fieldwork.directory.paths import upwards, within
from fieldwork.directory.queries import standing
from fieldwork.directory.successions import latest

_HALF_TURN = 180
_METRES_A_DEGREE = 110_500  # of latitude, where the ellipsoid has the fewest, less a margin


@dataclass(frozen=True, slots=True)
class Located:
    """A WGS-84 position on a day, and what held it then, as it goes on.

    `path` is the town's, "" for none; `division_paths` are those of all divisions that hold the position, the largest
    first, and `grounds` of those among them that do so by their boundary. `by_boundaries`: whether any is loaded.
    """

    position: Position
    on: date
    path: str = ""
    division_paths: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    by_boundaries: bool = False

    def held_by(self, division: Division) -> bool:
        """Whether the division, as it goes on, holds the position."""
        return division.path in self.division_paths

    def inside(self, division: Division) -> bool | None:
        """Whether the division holds the position; None where neither boundaries nor seats can tell."""
        division = latest(division)
        if self.held_by(division):
            return True
        if self.by_boundaries and _ruled_out(division.path, self.grounds, bounded(upwards(division.path))):
            return False
        day = max(self.on, division.starts_on)  # below a row that began since then stands only what began with it
        below = Division.objects.filter(standing(day), within(division.path))
        count = below.filter(level=Level.TOWN).aggregate(towns=Count("pk"), seats=Count("latitude"))
        if count["towns"] and count["towns"] == count["seats"]:
            return False
        return False if self.by_boundaries and _all_bounded(division, below) else None

    def distance_m(self, division: Division) -> float | None:
        """Metres to the division: 0 inside, else to its boundary, without one to its seat; None where it has none."""
        division = latest(division)
        if self.held_by(division):
            return 0.0
        metres = metres_to_boundary(division, self.position) if self.by_boundaries else None
        if metres is not None:
            return metres
        seat = seat_of(division)
        return seat.distance_m(self.position) if seat else None


def locate(position: Position, on: date) -> Located:
    """What holds the position, of the divisions that stand on that day.

    First what boundaries tell. If none of a town covers it, then the town whose seat is the nearest of those that no
    boundary rules out, if within that town's radius. Of seats equally near the lower id counts.
    """
    near = _seats(position, on, int(settings.DEFAULT_RADIUS_M))
    by_boundaries = near[0].by_boundaries if near else Boundary.objects.exists()
    held = holding(position, on) if by_boundaries else []
    grounds = tuple(division.path for division in reversed(held))
    if held and held[0].level == Level.TOWN:
        town: Division | None = held[0]
    else:
        town = _nearest(near, grounds) or _nearest(_seats_further(position, on), grounds)
    paths = {path for ground in grounds for path in upwards(ground)} - set(grounds)
    paths = (paths - bounded(paths) if paths else paths) | set(grounds)
    if town is None:
        return Located(position, on, "", _by_size(paths), grounds, by_boundaries)
    if town.path not in grounds:
        paths |= set(upwards(town.path))
    return Located(position, on, town.path, _by_size(paths), grounds, by_boundaries)


def radius_m(division: Division) -> int:
    """Metres round the seat that count as inside: the division's own, or the setting's."""
    return int(settings.DEFAULT_RADIUS_M) if division.radius_m is None else division.radius_m


def seat_of(division: Division) -> Position | None:
    """Where its government sits, WGS-84; None where that is not known."""
    if division.latitude is None or division.longitude is None:
        return None
    return Position(division.latitude, division.longitude)


@dataclass(frozen=True, slots=True)
class _Seat:
    """A town's seat within reach of a position, and whether any boundary is loaded at all."""

    town: Division
    distance_m: float
    by_boundaries: bool


def _seats(position: Position, on: date, reach_m: int) -> list[_Seat]:
    """The towns that have their seat within `reach_m`, the nearest first."""
    (south, north), longitudes = _reach(position, reach_m)
    west, east = longitudes or (-_HALF_TURN, _HALF_TURN)
    towns = _towns.objects(on=on, south=south, north=north, west=west, east=east)
    seats = [_Seat(town, seat.distance_m(position), town.by_boundaries) for town in towns if (seat := seat_of(town))]
    return sorted(
        (each for each in seats if each.distance_m <= reach_m), key=lambda each: (each.distance_m, each.town.pk)
    )


_DEGREES = FloatField()
_towns = Prepared(
    lambda: Division.objects.filter(
        standing(Given("on", DateField())),
        level=Level.TOWN,
        latitude__range=(Given("south", _DEGREES), Given("north", _DEGREES)),
        longitude__range=(Given("west", _DEGREES), Given("east", _DEGREES)),
    ).annotate(by_boundaries=Exists(Boundary.objects.all()))
)


def _seats_further(position: Position, on: date) -> list[_Seat]:
    """Those within the largest radius of any town, where that is beyond the setting's."""
    wide = Division.objects.filter(level=Level.TOWN, radius_m__gt=settings.DEFAULT_RADIUS_M)
    largest = wide.aggregate(largest=Max("radius_m"))["largest"]
    return [] if largest is None else _seats(position, on, largest)


def _nearest(seats: Sequence[_Seat], grounds: Sequence[str]) -> Division | None:
    """The town, as it goes on, of the nearest seat that no boundary rules out, if within its radius."""
    if not seats or not seats[0].by_boundaries:
        return latest(seats[0].town) if seats and seats[0].distance_m <= radius_m(seats[0].town) else None
    towns = [(seat, latest(seat.town)) for seat in seats]
    known = bounded(path for _, town in towns for path in upwards(town.path))
    for seat, town in towns:
        if not _ruled_out(town.path, grounds, known):
            return town if seat.distance_m <= radius_m(seat.town) else None
    return None


def _ruled_out(path: str, grounds: Sequence[str], known: Collection[str]) -> bool:
    """Whether boundaries say that another division holds the position.

    Among `known` are the paths of all with a boundary from `path` upwards; `grounds` of those that hold it.
    """
    return any(path.startswith(each) and each not in grounds for each in known) or any(
        not path.startswith(each) and not each.startswith(path) for each in grounds
    )


def _all_bounded(division: Division, below: QuerySet[Division]) -> bool:
    """Whether every town that stands below the division has a seat or a boundary, its own or of one between; where no
    towns are listed, every division directly below. As no boundary there covers the position, it is outside."""
    known = bounded_below(division.path)
    towns = list(below.filter(level=Level.TOWN).values_list("path", "latitude"))
    children = [] if towns else list(below.filter(parent=division).values_list("path", flat=True))
    open_ = [path for path, latitude in towns if latitude is None] or children
    return bool(towns or children) and all(known.intersection(upwards(path)) for path in open_)


def _by_size(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths, key=lambda path: (len(path), path)))


def box(position: Position, reach_m: float, prefix: str = "") -> Q:
    """Rows in a rectangle of WGS-84 degrees that holds everything within `reach_m` of the position; `prefix` is that
    of their columns: "wgs84_"."""
    latitudes, longitudes = _reach(position, reach_m)
    box = Q(**{f"{prefix}latitude__range": latitudes})
    return box & Q(**{f"{prefix}longitude__range": longitudes}) if longitudes else box


def _reach(position: Position, reach_m: float) -> tuple[tuple[float, float], tuple[float, float] | None]:
    """Ranges of latitude and longitude; across the date line or round a pole latitude must do."""
    north = reach_m / _METRES_A_DEGREE
    narrowest = math.cos(math.radians(min(abs(position.latitude) + north, 90)))
    east = north / narrowest if narrowest > north / _HALF_TURN else _HALF_TURN
    latitudes = (position.latitude - north, position.latitude + north)
    if abs(position.longitude) + east >= _HALF_TURN:
        return latitudes, None
    return latitudes, (position.longitude - east, position.longitude + east)
