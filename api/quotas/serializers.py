"""Quotas on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Id
from api.me.serializers import NamedOut
from api.obligations.serializers import ReasonOut
from api.row_pages import AskedId, Asking
from fieldwork.directory.enums import LinkageKind
from fieldwork.duties.quotas import Quota


class QuotaAsking(Asking):
    kind = serializers.ChoiceField(LinkageKind.choices, required=False, help_text="among what is asked for")
    leader = AskedId(required=False)
    mine = serializers.ChoiceField(["true", "false"], default="false")


class DemandedByOut(serializers.Serializer[Any]):
    """A post that demands it, with the article and its words."""

    tenure = Id()
    post = serializers.CharField(help_text="its title")
    division = NamedOut()
    policy = serializers.CharField()
    role = serializers.CharField()
    name = serializers.CharField(help_text="of the role")
    article = serializers.CharField()
    text = serializers.CharField()
    count = serializers.IntegerField()


class LinkQuotaOut(serializers.Serializer[Quota]):
    """What links one person must hold of one sort, whatever posts demand it; and which of them count."""

    leader = NamedOut(source="person")
    division = NamedOut(help_text="of the highest post that demands it")
    demanded_by = DemandedByOut(many=True)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(LinkageKind.choices),
        source="demand.kinds",
        help_text="several: together as one; an industry with its department",
    )
    problem = serializers.BooleanField(source="demand.problem", help_text="a town counts only while it is marked")
    count = serializers.IntegerField(help_text="the largest of what the posts demand")
    have = serializers.ListField(child=serializers.CharField(), source="linkages", help_text="linkages that count")
    missing = serializers.IntegerField()
    met = serializers.BooleanField()
    reasons = ReasonOut(many=True)
