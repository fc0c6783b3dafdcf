"""Figures, publications and amendments on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Id, Instant, Reference, Text
from fieldwork.directory.queries import divisions_visible_to
from fieldwork.duties.enums import Status
from fieldwork.supervision.enums import Why
from fieldwork.supervision.models import Amendment, Freeze

NOT_OWED = [("", "not owed"), *Status.choices]


class FiguresOut(serializers.Serializer[Any]):
    """Obligations that the division counts, by its own bases."""

    statuses = serializers.DictField(child=serializers.IntegerField(), help_text="every status, with its number")
    owed = serializers.IntegerField(help_text="of them: neither transferred nor withdrawn")
    excuse_share = serializers.FloatField(allow_null=True, help_text="excused / owed; null without any")


class ToComeOut(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    ids = serializers.ListField(child=serializers.CharField(), help_text="at most 200")


class IncompleteOut(serializers.Serializer[Any]):
    """What was still to come when it was published."""

    check_ins = ToComeOut(help_text="of which photos had not arrived")
    filings = ToComeOut(help_text="of which files had not arrived")
    reviews = ToComeOut(help_text="check-ins that waited for a verdict")
    facts = serializers.BooleanField(help_text="whether changed facts still waited to be followed")


class FreezeIn(serializers.Serializer[Any]):
    division = Reference(divisions_visible_to, required=False, help_text="default: your office's own")
    reason = Text(allow_blank=True, default="", max_length=1000)


class FreezeOut(serializers.Serializer[Freeze]):
    """A period as it was published: it never changes."""

    id = Id()
    period = serializers.CharField()
    division = Id(source="division_id")
    at = Instant()
    by = Id(source="by_id")
    reason = serializers.CharField()
    figures = FiguresOut()
    incomplete = IncompleteOut()


class AmendmentOut(serializers.Serializer[Amendment]):
    """What changed of what was published, why, when and by whom."""

    id = Id()
    obligation = Id(source="frozen.obligation_id")
    before = serializers.ChoiceField(NOT_OWED, help_text="empty: not owed")
    after = serializers.ChoiceField(NOT_OWED, help_text="empty: not owed")
    why = serializers.ChoiceField(Why.choices)
    reason = serializers.CharField(help_text="as it was given there")
    rests_on = serializers.SerializerMethodField()
    by = serializers.CharField(help_text="user:12, or system")
    at = Instant(help_text="of what it rests on")
    noted_at = Instant()

    @extend_schema_field({"type": "object", "properties": {"kind": {"type": "string"}, "id": {"type": "string"}}})
    def get_rests_on(self, row: Amendment) -> dict[str, str]:
        return {"kind": row.source_kind, "id": row.source_id}


class PeriodOut(serializers.Serializer[Any]):
    """`figures` stand now, or as they were known at `as_of`; those in `freeze` are as published."""

    period = serializers.CharField()
    division = Id(allow_null=True)
    starts_on = serializers.DateField(help_text="inclusive")
    ends_on = serializers.DateField(help_text="inclusive")
    as_of = Instant(allow_null=True)
    figures = FiguresOut()
    freeze = FreezeOut(allow_null=True)
    amendments = AmendmentOut(many=True, help_text="the latest 200, the last one first")
    amended = serializers.IntegerField(help_text="how many amendments there are")
    all_amendments = serializers.URLField(help_text="where all of them are, in pages")
