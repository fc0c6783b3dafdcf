"""Structural checks on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id
from api.me.serializers import NamedOut
from fieldwork.duties.checks import Checked


class CheckedLeaderOut(serializers.Serializer[Any]):
    """Somebody whom the check looks at."""

    id = Id()
    name = serializers.CharField()
    post = serializers.CharField(help_text="the title of the post for which it looks at them")
    met = serializers.BooleanField()


class CheckedOut(serializers.Serializer[Checked]):
    """One check at one division: who should also hold what, or has the safety portfolio."""

    division = NamedOut(source="place")
    policy = serializers.CharField(source="line.version.policy.code")
    check = serializers.CharField(source="line.check.code")
    kind = serializers.CharField(source="line.check.kind")
    name = serializers.CharField(source="line.check.name")
    article = serializers.CharField(source="line.check.article")
    text = serializers.CharField(source="line.check.text")
    strength = serializers.ChoiceField(
        ["must", "in_principle", "may"], source="line.check.strength", help_text="`may` is shown and never a finding"
    )
    assumed = serializers.SerializerMethodField(help_text="what the text does not say, and why so")
    met = serializers.BooleanField()
    leaders = CheckedLeaderOut(many=True, help_text="empty: nobody there has the safety portfolio")
    missing = serializers.ListField(child=serializers.CharField(), help_text="in words")

    def get_assumed(self, checked: Checked) -> dict[str, str]:
        return dict(checked.line.check.get("assumed") or {})
