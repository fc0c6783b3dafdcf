"""Tenures on the wire."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from api.fields import Day, Flag, Id, Reference
from fieldwork.directory.models import Leader, Tenure, User
from fieldwork.directory.queries import appointable_by, leaders_visible_to, posts_visible_to


def _appointable(user: User, on: date) -> QuerySet[Leader]:
    """Whom one sees; for a supervisor also whoever has no tenure yet."""
    return leaders_visible_to(user, on) | appointable_by(user, on)


class TenureIn(serializers.Serializer[Any]):
    leader = Reference(_appointable)
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
