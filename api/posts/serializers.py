"""Posts on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Flag, Id, Reference, Text
from fieldwork.directory.models import Post
from fieldwork.directory.queries import organisations_visible_to


class PostIn(serializers.Serializer[Any]):
    organisation = Reference(organisations_visible_to)
    title = Text(max_length=100)
    role = Text(max_length=60, required=False, default="", allow_blank=True, help_text="of a policy, or empty")
    safety_portfolio = Flag(required=False, default=False, help_text="分管安全生产")
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class PostOut(serializers.Serializer[Post]):
    """A seat (职务) in an organisation."""

    id = Id()
    organisation = Id(source="organisation_id")
    title = serializers.CharField()
    role = serializers.CharField(help_text="of a policy; empty: none")
    safety_portfolio = serializers.BooleanField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
