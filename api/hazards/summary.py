"""GET hazards/summary."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import today
from api.etags import Tagged
from api.filtering import refuse_unknown
from api.periods.filters import parse_period
from api.permissions import user_of
from api.schema import problems
from api.scoped import one_division_asked
from fieldwork.core.errors import invalid
from fieldwork.core.periods import Cadence, Period
from fieldwork.hazards.summaries import By, Line, summary_of

NAMES = frozenset({"during", "division", "by"})


class LineOut(serializers.Serializer[Line]):
    """Counts of hazards, those dismissed left out, and of inspections."""

    key = serializers.CharField(help_text="the id or code; empty for what has none, and for the total")
    name = serializers.CharField()
    found = serializers.IntegerField()
    major = serializers.IntegerField()
    open = serializers.IntegerField()
    overdue = serializers.IntegerField(help_text="today")
    closed = serializers.IntegerField()
    closed_in_time = serializers.IntegerField(help_text="last submitted by the deadline that stood then")
    inspections = serializers.IntegerField(help_text="check-ins that stand, by where their leads served")
    with_findings = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="with_findings / inspections; null without any")


class SummaryOut(serializers.Serializer[Any]):
    total = LineOut()
    lines = LineOut(many=True)


class HazardSummary(Tagged):
    """What was found in a period, and what became of it."""

    @extend_schema(
        responses=SummaryOut,
        operation_id="hazards_summary",
        parameters=[
            OpenApiParameter("during", str, description="a period: found in it; default: this month"),
            OpenApiParameter("division", str, description="it and all below; default: your office's own"),
            OpenApiParameter("by", str, enum=[by.value for by in By], default=By.DIVISION.value),
        ],
    )
    @problems(403)
    def get(self, request: Request) -> Response:
        """For offices: found, closed in time, overdue, and the share of inspections that found anything."""
        refuse_unknown(request, NAMES)
        user, asked = user_of(request), request.query_params
        division = one_division_asked(user, asked.get("division"))
        by = asked.get("by", By.DIVISION)
        if by not in list(By):
            raise invalid("by", _("One of %(names)s.") % {"names": ", ".join(By)})
        this_month = str(Period.of_day(Cadence.MONTH, today()))
        period = parse_period("during", asked.get("during", this_month))
        return Response(SummaryOut(summary_of(period, division, By(by), today())).data)
