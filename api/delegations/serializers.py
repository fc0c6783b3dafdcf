"""Delegations on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Id, Reference
from fieldwork.directory.models import Delegation
from fieldwork.directory.queries import leaders_visible_to, users_visible_to


class DelegationIn(serializers.Serializer[Any]):
    assistant = Reference(users_visible_to)
    leader = Reference(leaders_visible_to)
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)


class DelegationOut(serializers.Serializer[Delegation]):
    """An assistant may prepare, attach and upload for a leader, named as such (代为整理上传)."""

    id = Id()
    assistant = Id(source="assistant_id", help_text="a user")
    assistant_name = serializers.CharField(source="assistant.get_full_name")
    leader = Id(source="leader_id")
    leader_name = serializers.CharField(source="leader.name")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
