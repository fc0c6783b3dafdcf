"""Which town holds a place, and whether a place lies inside a division, as far as seats can tell.

No boundaries are known. A town holds the points within its radius to which its seat is the nearest of all; a
larger division holds what its towns hold. What is not held is outside where every town of the division has a
seat, and otherwise unknown: the true ground of a town without a seat seems to belong to its neighbours.

Which town it was is found as of a day, and answered as the row under which that town goes on, as all else is.
"""

import math
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Count, Max, Q

from fieldwork.core.geo import Position
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.paths import STEP, within
from fieldwork.directory.queries import standing
from fieldwork.directory.successions import latest

_HALF_TURN = 180
_METRES_A_DEGREE = 110_500  # of latitude, where the ellipsoid has the fewest, less a margin


@dataclass(frozen=True, slots=True)
class Located:
    """A WGS-84 position on a day, and the town that held it then, as it goes on. `path` is the town's, "" for none."""

    position: Position
    on: date
    town_id: int | None = None
    path: str = ""

    @property
    def division_paths(self) -> tuple[str, ...]:
        """The paths of all divisions that hold the position, the largest first."""
        return tuple(self.path[:end] for end in range(STEP, len(self.path) + 1, STEP))

    def held_by(self, division: Division) -> bool:
        """Whether the town is the division, or lies below it."""
        return self.path.startswith(division.path)

    def inside(self, division: Division) -> bool | None:
        """Whether the division holds the position; None where seats cannot tell."""
        division = latest(division)
        if self.held_by(division):
            return True
        day = max(self.on, division.starts_on)  # below a row that began since then stands only what began with it
        towns = Division.objects.filter(standing(day), within(division.path), level=Level.TOWN)
        count = towns.aggregate(towns=Count("pk"), seats=Count("latitude"))
        return False if count["towns"] and count["towns"] == count["seats"] else None

    def distance_m(self, division: Division) -> float | None:
        """Metres to the division: 0 inside, else to its seat; None where it has none."""
        division = latest(division)
        if self.held_by(division):
            return 0.0
        seat = seat_of(division)
        return seat.distance_m(self.position) if seat else None


def locate(position: Position, on: date) -> Located:
    """The town that holds the position: of those that stand on that day the one whose seat is the nearest, if
    within that town's radius. Of seats equally near the lower id counts."""
    found = _nearest(position, on, int(settings.DEFAULT_RADIUS_M))
    found = found or _nearest(position, on, _largest_radius_m())
    if found is None or found[0] > radius_m(found[1]):
        return Located(position, on)
    town = latest(found[1])
    return Located(position, on, town.pk, town.path)


def radius_m(division: Division) -> int:
    """Metres round the seat that count as inside: the division's own, or the setting's."""
    return int(settings.DEFAULT_RADIUS_M) if division.radius_m is None else division.radius_m


def seat_of(division: Division) -> Position | None:
    """Where its government sits, WGS-84; None where that is not known."""
    if division.latitude is None or division.longitude is None:
        return None
    return Position(division.latitude, division.longitude)


def _nearest(position: Position, on: date, reach_m: int) -> tuple[float, Division] | None:
    """The nearest seat of a town within `reach_m`, with its distance in metres."""
    towns = Division.objects.filter(standing(on), box(position, reach_m), level=Level.TOWN)
    measured = ((seat.distance_m(position), town) for town in towns if (seat := seat_of(town)))
    near = (found for found in measured if found[0] <= reach_m)
    return min(near, key=lambda found: (found[0], found[1].pk), default=None)


def _largest_radius_m() -> int:
    own = Division.objects.filter(level=Level.TOWN).aggregate(largest=Max("radius_m"))["largest"]
    return max(own or 0, int(settings.DEFAULT_RADIUS_M))


def box(position: Position, reach_m: float) -> Q:
    """Seats in a rectangle of degrees that holds everything within `reach_m` of the position."""
    north = reach_m / _METRES_A_DEGREE
    box = Q(latitude__range=(position.latitude - north, position.latitude + north))
    narrowest = math.cos(math.radians(min(abs(position.latitude) + north, 90)))
    east = north / narrowest if narrowest > north / _HALF_TURN else _HALF_TURN
    if abs(position.longitude) + east >= _HALF_TURN:  # across the date line or round a pole latitude must do
        return box
    return box & Q(longitude__range=(position.longitude - east, position.longitude + east))
