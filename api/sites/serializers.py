"""Sites on the wire."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.divisions.serializers import PlaceOut, place_of
from api.fields import Day, Field, Id, Reference, Text, latitude, longitude
from fieldwork.core.geo import Datum, Position, to_wgs84
from fieldwork.directory.models import Site
from fieldwork.directory.queries import divisions_visible_to, industries_visible_to, organisations_visible_to

DATUMS = [datum.value for datum in Datum]
NEAR_M = 2_000
FARTHEST_M = 50_000
_NUMBER = r"[+-]?[0-9]{1,3}(?:[.][0-9]{1,12})?"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})", re.ASCII)


@extend_schema_field({"type": "string", "pattern": f"^{_NUMBER},{_NUMBER}$"})
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


class SiteLocationIn(serializers.Serializer[Any]):
    """Degrees in `datum`; stored as WGS-84."""

    latitude = latitude()
    longitude = longitude()
    datum = serializers.ChoiceField(DATUMS, required=False, default="wgs84")

    def to_internal_value(self, data: Any) -> Position:
        given = super().to_internal_value(data)
        return to_wgs84(given["latitude"], given["longitude"], Datum(given["datum"]))


class SiteIn(serializers.Serializer[Any]):
    name = Text(max_length=200)
    uscc = Text(max_length=40, required=False, default="", allow_blank=True, help_text="统一社会信用代码, checked")
    division = Reference(divisions_visible_to)
    industry = Reference(industries_visible_to, required=False, allow_null=True, default=None)
    regulator = Reference(organisations_visible_to, required=False, allow_null=True, default=None)
    address = Text(max_length=300, required=False, default="", allow_blank=True)
    location = SiteLocationIn(source="position", required=False, allow_null=True, default=None)
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class SiteOut(serializers.Serializer[Any]):
    """An enterprise or place (场所) that may be inspected."""

    id = Id()
    name = serializers.CharField()
    uscc = serializers.CharField(help_text="统一社会信用代码; empty: unknown")
    division = Id(source="division_id")
    industry = Id(source="industry_id", allow_null=True)
    regulator = Id(source="regulator_id", allow_null=True)
    address = serializers.CharField()
    location = serializers.SerializerMethodField()
    distance_m = serializers.SerializerMethodField(help_text="from `near`; null without it")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)

    def get_location(self, site: Site) -> PlaceOut(allow_null=True):  # type: ignore[valid-type]
        return place_of(site)

    def get_distance_m(self, site: Site) -> float | None:
        distances: dict[int, float] = self.context.get("distances", {})
        return distances.get(site.pk)
