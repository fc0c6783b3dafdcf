"""Leaders on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id, Text
from fieldwork.directory.models import Leader


class LeaderIn(serializers.Serializer[Any]):
    name = Text(max_length=60)


class LeaderOut(serializers.Serializer[Leader]):
    """A person who holds posts over time (领导干部)."""

    id = Id()
    name = serializers.CharField()
