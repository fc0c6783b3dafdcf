"""Divisions on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.places import radius_m


class PlaceOut(serializers.Serializer[Any]):
    """WGS-84 degrees."""

    latitude = serializers.FloatField()
    longitude = serializers.FloatField()


def place_of(row: Any) -> dict[str, float] | None:
    """The position of a row with `latitude` and `longitude`, where it has one."""
    return None if row.latitude is None else {"latitude": row.latitude, "longitude": row.longitude}


class DivisionOut(serializers.Serializer[Division]):
    """An administrative division (行政区划). A code means something only together with its authority."""

    id = Id()
    authority = serializers.CharField()
    code = serializers.CharField()
    edition = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(Level.choices)
    street = serializers.BooleanField(help_text="街道, not 乡镇 (QY 2)")
    parent = Id(source="parent_id", allow_null=True)  # type: ignore[assignment]  # of DRF's own, undeclared
    seat = serializers.SerializerMethodField()
    radius_m = serializers.SerializerMethodField(help_text="round the seat, counts as inside a town")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    former_code = serializers.CharField(help_text="of the row that ended when this one began in its place; or empty")
    merged_into = Id(source="merged_into_id", allow_null=True, help_text="the division that took it in when it ended")

    def get_seat(self, division: Division) -> PlaceOut(allow_null=True):  # type: ignore[valid-type]
        return place_of(division)

    def get_radius_m(self, division: Division) -> int:
        return radius_m(division)
