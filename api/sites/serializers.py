"""Sites on the wire."""

from typing import Any

from rest_framework import serializers

from api.divisions.serializers import PlaceOut, place_of
from api.fields import Day, Id, Reference, Text, latitude, longitude
from fieldwork.core.geo import Datum, Position, to_wgs84
from fieldwork.directory.models import Site
from fieldwork.directory.queries import divisions_visible_to, industries_visible_to, organisations_visible_to

DATUMS = [datum.value for datum in Datum]


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
