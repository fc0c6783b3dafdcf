"""Hazards for a map: a FeatureCollection of RFC 7946, in pages."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rest_framework import serializers
from rest_framework.response import Response

from api.pagination import CursorPages
from fieldwork.hazards.enums import TO_RECTIFY, Category, Grade, HazardState

GEOJSON = "application/geo+json"
COLUMNS = (
    "id", "wgs84_longitude", "wgs84_latitude", "state", "grade", "category", "deadline", "division_id", "found_at",
    "found_on", "received_at",
)  # fmt: skip


class MapPages(CursorPages):
    """Points are light: a city fits on a page."""

    usual = most = 2000

    _next: str | None = None  # what is near comes on one page
    _previous: str | None = None

    def collection(self, features: list[dict[str, Any]]) -> Response:
        body = {"type": "FeatureCollection", "features": features, "next": self._next, "previous": self._previous}
        return Response(body, content_type=GEOJSON)


def feature(row: Mapping[str, Any], on: date) -> dict[str, Any]:
    """A row of `COLUMNS`."""
    deadline = row["deadline"]
    return {
        "type": "Feature",
        "id": str(row["id"]),
        "geometry": {"type": "Point", "coordinates": [row["wgs84_longitude"], row["wgs84_latitude"]]},
        "properties": {
            "state": row["state"],
            "grade": row["grade"],
            "category": row["category"],
            "overdue": row["state"] in TO_RECTIFY and deadline is not None and deadline < on,
            "deadline": None if deadline is None else deadline.isoformat(),
            "division": str(row["division_id"]),
            "found_on": row["found_on"].isoformat(),
        },
    }


class PointOut(serializers.Serializer[Any]):
    """Longitude and latitude, WGS-84."""

    type = serializers.ChoiceField(["Point"])
    coordinates = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)


class PropertiesOut(serializers.Serializer[Any]):
    state = serializers.ChoiceField(HazardState.choices)
    grade = serializers.ChoiceField(Grade.choices)
    category = serializers.ChoiceField(Category.choices)
    overdue = serializers.BooleanField()
    deadline = serializers.DateField(allow_null=True)
    division = serializers.CharField()
    found_on = serializers.DateField()


class FeatureOut(serializers.Serializer[Any]):
    """One hazard that has a position."""

    type = serializers.ChoiceField(["Feature"])
    id = serializers.UUIDField()
    geometry = PointOut()
    properties = PropertiesOut()


class FeaturesOut(serializers.Serializer[Any]):
    """What has a position; `next` leads to the rest."""

    type = serializers.ChoiceField(["FeatureCollection"])
    features = FeatureOut(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
