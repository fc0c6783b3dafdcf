"""Tenures on the wire."""

from typing import Any

from rest_framework import serializers

from api.fields import Day, Flag, Id, Listed, Reference, Text
from fieldwork.directory.models import Tenure
from fieldwork.directory.queries import leaders_visible_to, linkages_visible_to, posts_visible_to
from fieldwork.duties.enums import Activity

MOST_LINKAGES = 200


class TenureIn(serializers.Serializer[Any]):
    leader = Reference(leaders_visible_to)
    post = Reference(posts_visible_to)
    acting = Flag(required=False, default=False, help_text="主持工作、代理")
    starts_on = Day()
    ends_on = Day(required=False, allow_null=True, default=None)
    reason = Text(
        required=False, allow_blank=True, default="", max_length=500,
        help_text="kept in the history, and told where a published month changes by it",
    )  # fmt: skip


class TenureOut(serializers.Serializer[Tenure]):
    """A leader in a post (任职)."""

    id = Id()
    leader = Id(source="leader_id")
    post = Id(source="post_id")
    acting = serializers.BooleanField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)


class HandOverIn(serializers.Serializer[Any]):
    """`on` is the successor's first day; the tenure ends on its eve, unless it ended before."""

    leader = Reference(leaders_visible_to, help_text="the successor")
    on = Day()
    acting = Flag(required=False, default=False, help_text="主持工作、代理")
    reason = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=500,
        help_text="needed where `on` lies in the past",
    )
    linkages = Listed(
        child=Reference(linkages_visible_to),
        required=False,
        allow_null=True,
        default=None,
        max_length=MOST_LINKAGES,
        help_text="which go along, an industry with its department; by default all that stand",
    )


class MovedOut(serializers.Serializer[Any]):
    """A link of the predecessor's, and the successor's to the same target."""

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {
            "from": Id(source="source"),
            "to": Id(source="target", allow_null=True, help_text="null: its target stands no more"),
        }


class HandedOnOut(serializers.Serializer[Any]):
    """An obligation that the predecessor left unmet and the successor owes."""

    id = Id()
    period = serializers.CharField()
    activity = serializers.ChoiceField(Activity.choices)


class HandedOverOut(serializers.Serializer[Any]):
    """What moved. Open hazards belong to the post and follow it: `hazards` says how many."""

    tenure = TenureOut()
    successor = TenureOut()
    linkages = MovedOut(many=True)
    hazards = serializers.IntegerField()
    obligations = HandedOnOut(many=True, help_text="of opened periods, transferred by this")
