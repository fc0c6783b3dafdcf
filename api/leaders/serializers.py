"""Leaders on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id, Reference, Text
from fieldwork.directory.models import Leader
from fieldwork.directory.queries import divisions_visible_to


class LeaderIn(serializers.Serializer[Any]):
    name = Text(max_length=60)
    division = Reference(divisions_visible_to, required=False, allow_null=True, default=None)


class LeaderOut(serializers.Serializer[Leader]):
    """A person who holds posts over time (领导干部)."""

    id = Id()
    name = serializers.CharField()
    division = Id(source="division_id", allow_null=True, help_text="whose office entered them")
