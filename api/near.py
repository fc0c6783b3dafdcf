"""`?near=`: the rows nearest to a point."""

import math
import re
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, FloatField, Model, QuerySet, Value
from django.db.models.functions import Power
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from api.fields import Field
from fieldwork.core.geo import Datum, Position, to_wgs84
from fieldwork.directory.places import box

M = TypeVar("M", bound=Model)
DATUMS = [datum.value for datum in Datum]
NEAR_M = 2_000
FARTHEST_M = 50_000
_NUMBER = r"[+-]?[0-9]{1,3}(?:[.][0-9]{1,12})?"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})", re.ASCII)
_NEAR = {"type": "string", "pattern": f"^{_NUMBER},{_NUMBER}$"}
_SPARE = 2  # times as many as asked for are measured: degrees order almost as metres do, not quite
_SQUASHED = 1.0067  # a degree of longitude at the equator against one of latitude, on the ellipsoid


def nearest(
    rows: QuerySet[M, Any], position: Position, radius_m: float, limit: int, prefix: str = ""
) -> list[tuple[float, M]]:
    """At most `limit` of the rows within `radius_m`, nearest first, with their geodesic distance in metres.

    A rectangle of degrees bounds the rows, squared degrees order them, and only the first few are measured. `prefix` is
    that of their columns of WGS-84 degrees.
    """
    squeeze = math.cos(math.radians(position.latitude)) * _SQUASHED
    north = F(f"{prefix}latitude") - Value(position.latitude, FloatField())
    east = (F(f"{prefix}longitude") - Value(position.longitude, FloatField())) * Value(squeeze, FloatField())
    found = rows.filter(box(position, radius_m, prefix)).order_by(Power(north, 2) + Power(east, 2), "pk")
    measured = [(_place(row, prefix).distance_m(position), row) for row in found[: limit * _SPARE]]
    within = [found for found in measured if found[0] <= radius_m]
    return sorted(within, key=lambda found: (found[0], found[1].pk))[:limit]


def _place(row: Model, prefix: str) -> Position:
    return Position(getattr(row, f"{prefix}latitude"), getattr(row, f"{prefix}longitude"))


@extend_schema_field(_NEAR)
class Near(Field):
    """`latitude,longitude` in degrees."""

    default_error_messages = {"invalid": _("Latitude and longitude in degrees, as in 23.70,113.05.")}

    def to_internal_value(self, data: Any) -> tuple[float, float]:
        match = _PAIR.fullmatch(data)
        if match is None or not (abs(float(match[1])) <= 90 and abs(float(match[2])) <= 180):  # noqa: PLR2004
            self.fail("invalid")
        return float(match[1]), float(match[2])


class NearIn(serializers.Serializer[Any]):
    """Only what is near a point, nearest first."""

    near = Near(help_text="`latitude,longitude`; answers one page of the nearest, with `distance_m`")
    radius_m = serializers.IntegerField(
        min_value=1, max_value=FARTHEST_M, required=False, default=NEAR_M, help_text="with `near`"
    )
    datum = serializers.ChoiceField(DATUMS, required=False, default="wgs84", help_text="of `near`")


NEAR_PARAMETERS = [
    OpenApiParameter("near", _NEAR, description="`latitude,longitude`: one page of the nearest, nearest first"),
    OpenApiParameter("radius_m", {"type": "integer", "minimum": 1, "maximum": FARTHEST_M, "default": NEAR_M}),
    OpenApiParameter("datum", str, enum=DATUMS, default="wgs84", description="of `near`"),
]
NEAR_NAMES = ("near", "radius_m", "datum")


class Asked(NamedTuple):
    """Around which place, and how far."""

    position: Position
    radius_m: int


def asked_near(request: Request) -> Asked | None:
    """What a list is asked for by `near`; None if by nothing of it."""
    if not set(NEAR_NAMES) & set(request.query_params):
        return None
    given = NearIn(data=request.query_params.dict())
    given.is_valid(raise_exception=True)
    asked = given.validated_data
    latitude, longitude = asked["near"]
    return Asked(to_wgs84(latitude, longitude, Datum(asked["datum"])), asked["radius_m"])
