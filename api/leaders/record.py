"""GET leaders/{id}/record: what a leader has on record, newest first."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import now, today
from api.etags import Tagged
from api.fields import Day, Id, Instant
from api.filtering import refuse_unknown
from api.pagination import CursorPages
from api.permissions import user_of
from api.reviews.serializers import ReviewOut
from api.row_pages import PAGING
from fieldwork.directory.queries import leaders_visible_to
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Performance
from fieldwork.duties.record import Entry, Year, entries, record_of, totals_of, years_of
from fieldwork.supervision.evidence import evidence_of


class RecordAsking(serializers.Serializer[Any]):
    """Days are inclusive, in the policy's zone."""

    to = Day(required=False, source="last")

    def get_fields(self) -> dict[str, Any]:
        return {"from": Day(required=False, source="first"), **super().get_fields()}


class OwedOut(serializers.Serializer[Any]):
    """An obligation, as the record tells of it."""

    id = Id()
    duty = serializers.CharField()
    activity = serializers.ChoiceField(Activity.choices)
    period = serializers.CharField()


class NamedDutyOut(serializers.Serializer[Any]):
    """A standing duty that was named."""

    key = serializers.CharField()
    name = serializers.CharField()
    article = serializers.CharField()
    article_text = serializers.CharField()


class SourceOut(serializers.Serializer[Any]):
    """The check-in or filing behind it."""

    kind = serializers.CharField(source="source_kind")
    id = serializers.CharField(source="source_id")


class EvidenceOut(serializers.Serializer[Any]):
    """A file: its digest, and whether its bytes are here."""

    sha256 = serializers.CharField()
    received = serializers.BooleanField()


class EntryOut(serializers.Serializer[Entry]):
    """One performance (履职记录): what was done, what it named, and what it counts for."""

    source = SourceOut(source="performance")  # type: ignore[assignment]  # the base has a text of that name
    activity = serializers.ChoiceField(Activity.choices, source="performance.activity")
    at = Instant(source="performance.at", help_text="when it took place")
    day = serializers.DateField(source="performance.day")
    captured_at = Instant(source="performance.captured_at", help_text="as declared")
    stands = serializers.BooleanField(source="performance.stands", help_text="false once a supervisor has rejected it")
    review = serializers.SerializerMethodField(help_text="null: nobody has reviewed it")
    counts_for = OwedOut(many=True)
    tasks = serializers.SerializerMethodField(help_text="ids of those it served")
    obligations = OwedOut(many=True, source="names", help_text="that it named")
    duties = NamedDutyOut(many=True, help_text="standing duties that it named")
    evidence = serializers.SerializerMethodField(help_text="photos of a check-in, attachments of a filing")

    @extend_schema_field(EvidenceOut(many=True))
    def get_evidence(self, entry: Entry) -> Any:
        source = (entry.performance.source_kind, entry.performance.source_id)
        return EvidenceOut(self.context["evidence"].get(source, ()), many=True).data

    @extend_schema_field(ReviewOut(allow_null=True))
    def get_review(self, entry: Entry) -> Any:
        return None if entry.review is None else ReviewOut(entry.review).data

    def get_tasks(self, entry: Entry) -> list[str]:
        return [str(pk) for pk in entry.tasks]


class YearOut(serializers.Serializer[Year]):
    """A calendar year: obligations by how they stand, in the year in which their period ends, and what was done."""

    year = serializers.IntegerField()
    owed = serializers.DictField(child=serializers.IntegerField())
    performed = serializers.IntegerField(help_text="what stands: check-ins and filings")


class RecordPages(CursorPages):
    """With the totals of the interval, and its years, beside each page."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = super().get_paginated_response_schema(schema)
        totals = {
            "type": "object",
            "description": "obligations whose period shares a day with the interval, by status",
            "required": list(Status.values),
            "properties": {status: {"type": "integer"} for status in Status.values},
        }
        counts = {"type": "object", "additionalProperties": {"type": "integer"}}
        year = {
            "type": "object",
            "required": ["year", "owed", "performed"],
            "properties": {"year": {"type": "integer"}, "owed": counts, "performed": {"type": "integer"}},
        }
        years = {"type": "array", "items": year, "description": "year by year, by the period's end; the latest first"}
        return {
            **whole,
            "required": [*whole["required"], "totals", "years"],
            "properties": {**whole["properties"], "totals": totals, "years": years},
        }


class Record(Tagged, GenericViewSet[Any]):
    """What one leader has done, of what I may see, and how what they owed stands now."""

    queryset = Performance.objects.none()
    serializer_class = EntryOut
    pagination_class = RecordPages
    filter_backends = ()

    @extend_schema(parameters=[RecordAsking], responses=EntryOut(many=True))
    def list(self, request: Request, pk: int) -> Response:
        """Every performance from a day to a day, newest first; without days, all there is."""
        user, on = user_of(request), today()
        asking = RecordAsking(data=request.query_params)
        refuse_unknown(request, frozenset(asking.fields) | PAGING)
        leader = get_object_or_404(leaders_visible_to(user, on), pk=pk)
        asking.is_valid(raise_exception=True)
        days = asking.validated_data.get("first"), asking.validated_data.get("last")
        page = self.paginate_queryset(record_of(leader, user, on, *days)) or []
        context = {**self.get_serializer_context(), "evidence": evidence_of(page)}
        answer = self.get_paginated_response(self.get_serializer(entries(page), many=True, context=context).data)
        years = years_of(leader, user, now(), on, *days)
        answer.data["totals"] = totals_of(years)
        answer.data["years"] = [YearOut(year).data for year in years]
        return answer
