"""Marks of problem towns on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Id, Reference, Text
from api.me.serializers import NamedOut
from fieldwork.directory.models import ProblemTownMark
from fieldwork.directory.queries import divisions_visible_to


class ProblemTownIn(serializers.Serializer[Any]):
    division = Reference(divisions_visible_to, help_text="a town, 乡 and 街道 too")
    reason = Text(max_length=500)
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class ProblemTownOut(serializers.Serializer[ProblemTownMark]):
    """A town named as one where work safety is a problem (安全生产问题突出镇), from a day to a day."""

    id = Id()
    division = NamedOut()
    reason = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
