"""Tenures on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Flag, Id, Reference
from fieldwork.directory.models import Tenure
from fieldwork.directory.queries import leaders_visible_to, posts_visible_to


class TenureIn(serializers.Serializer[Any]):
    leader = Reference(leaders_visible_to)
    post = Reference(posts_visible_to)
    acting = Flag(required=False, default=False, help_text="主持工作、代理")
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class TenureOut(serializers.Serializer[Tenure]):
    """A leader in a post (任职)."""

    id = Id()
    leader = Id(source="leader_id")
    post = Id(source="post_id")
    acting = serializers.BooleanField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
