"""The sites nearest to a point."""

import math

from django.db.models import F, FloatField, QuerySet, Value
from django.db.models.functions import Power

from fieldwork.core.geo import Position
from fieldwork.directory.models import Site
from fieldwork.directory.places import box

_SPARE = 2  # times as many as asked for are measured: degrees order almost as metres do, not quite
_SQUASHED = 1.0067  # a degree of longitude at the equator against one of latitude, on the ellipsoid


def nearest(sites: QuerySet[Site], position: Position, radius_m: float, limit: int) -> list[tuple[float, Site]]:
    """At most `limit` of the sites within `radius_m`, nearest first, with their geodesic distance in metres.

    A rectangle of degrees bounds the rows, squared degrees order them, and only the first few are measured.
    """
    squeeze = math.cos(math.radians(position.latitude)) * _SQUASHED
    north = F("latitude") - Value(position.latitude, FloatField())
    east = (F("longitude") - Value(position.longitude, FloatField())) * Value(squeeze, FloatField())
    rows = sites.filter(box(position, radius_m)).order_by(Power(north, 2) + Power(east, 2), "pk")
    measured = [
        (Position(site.latitude, site.longitude).distance_m(position), site)
        for site in rows[: limit * _SPARE]
        if site.latitude is not None and site.longitude is not None
    ]
    within = [found for found in measured if found[0] <= radius_m]
    return sorted(within, key=lambda found: (found[0], found[1].pk))[:limit]
