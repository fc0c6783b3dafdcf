"""Mergers on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Flag, Id, Listed, Reference, Text
from api.me.serializers import NamedOut
from fieldwork.directory.queries import divisions_visible_to, organisations_visible_to

MOST_BODIES = 200


class MergerIn(serializers.Serializer[Any]):
    on = Day(help_text="the first day without what is merged; not after today")
    reason = Text(max_length=500, help_text="the decision or document")
    dry_run = Flag(required=False, default=False, help_text="only find out what it does")


class BodyMergerIn(MergerIn):
    into = Reference(organisations_visible_to, allow_null=True, help_text="of the same kind; null: it is dissolved")


class FateIn(serializers.Serializer[Any]):
    organisation = Reference(organisations_visible_to)
    into = Reference(organisations_visible_to, allow_null=True, help_text="of the same kind; null: it is dissolved")


class DivisionMergerIn(MergerIn):
    into = Reference(divisions_visible_to, help_text="of the same level")
    bodies = Listed(
        child=FateIn(), required=False, default=list, max_length=MOST_BODIES,
        help_text="of those left out, the body that is called alike there, or the one party committee, government or "
        "safety committee",
    )  # fmt: skip


class FateOut(serializers.Serializer[Any]):
    organisation = NamedOut()
    into = NamedOut(allow_null=True)


class EndedTenureOut(serializers.Serializer[Any]):
    """Whom `into` takes over is entered as any tenure is."""

    id = Id()
    leader = NamedOut()
    post = serializers.CharField(help_text="its title")


class RelinkedOut(serializers.Serializer[Any]):
    """A link that led to what is merged."""

    id = Id()
    leader = NamedOut()
    goes_on = serializers.BooleanField(help_text="whether one to what took it in stands in its place")
    to = Id(allow_null=True, help_text="that one; null where none does, and in a dry run")


class MergedAccountOut(serializers.Serializer[Any]):
    id = Id()
    username = serializers.CharField()


class MergedOut(serializers.Serializer[Any]):
    """What the merger did, or would do."""

    dry_run = serializers.BooleanField()
    bodies = FateOut(many=True)
    tenures = EndedTenureOut(many=True, help_text="that end with the posts")
    linkages = RelinkedOut(many=True)
    accounts = MergedAccountOut(many=True, help_text="that belong to what took it in from now on")
    sites = serializers.IntegerField(help_text="that lie there, or are regulated there, from now on")
    marks = serializers.IntegerField(help_text="of a problem town that went along")
    hazards = serializers.IntegerField(help_text="open ones that went along")
    hazards_of_nobody = serializers.IntegerField(help_text="open ones whose post ended, and none took its place")
    untracked = serializers.IntegerField(help_text="rules that were tracked for the division itself")
