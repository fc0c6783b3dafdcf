"""GET periods/{period}/summary."""

import re
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.etags import Tagged
from api.fields import Id
from api.filtering import refuse_unknown
from api.periods.figures_serializers import FiguresOut
from api.periods.filters import parse_period
from api.permissions import user_of
from api.schema import problems
from api.scoped import DIVISION, division_asked
from api.subjects import SubjectOut
from fieldwork.core.errors import invalid
from fieldwork.duties.enums import Activity
from fieldwork.supervision.months.summaries import PAGE, By, Earlier, summary_of

_PAGE = re.compile("[1-9][0-9]{0,5}", re.ASCII)
COMPARE = "earlier periods, with commas: `previous` is the one before, `last_year` the same of last year"


class PeriodLineOut(serializers.Serializer[Any]):
    """Obligations that the line counts."""

    key = serializers.CharField(help_text="an id, or of a rule its key; empty for the total")
    name = serializers.CharField()
    figures = FiguresOut()
    at_risk = serializers.IntegerField(help_text="open, from the day on that `at_risk_from` says")
    compared = serializers.DictField(child=FiguresOut(), help_text="by the name of the earlier period")


class AtRiskOut(serializers.Serializer[Any]):
    """What is open and may lapse."""

    obligation = Id(source="pk")
    subject = SubjectOut(source="*")
    duty = serializers.CharField()
    activity = serializers.ChoiceField(Activity.choices)
    due_on = serializers.DateField()
    counted = serializers.IntegerField()
    minimum = serializers.IntegerField()


class PeriodSummaryOut(serializers.Serializer[Any]):
    """Lines are ordered by name, whatever they say. One obligation may be in several: the total counts it once."""

    total = PeriodLineOut()
    lines = PeriodLineOut(many=True, help_text=f"at most {PAGE} a page")
    lines_in_all = serializers.IntegerField()
    at_risk_from = serializers.DateField(
        help_text="month: the 15th; quarter: the 15th of its second month; half-year and year: the last third"
    )
    at_risk = AtRiskOut(many=True, help_text="by name, at most 100; `GET obligations?at_risk=true` has all")


class PeriodSummary(Tagged):
    """A period counted by what it is made of."""

    @extend_schema(
        responses=PeriodSummaryOut,
        operation_id="periods_summary",
        parameters=[
            OpenApiParameter("by", str, enum=[by.value for by in By], default=By.DIVISION.value),
            OpenApiParameter("division", str, description=DIVISION),
            OpenApiParameter("compare", str, description=COMPARE),
            OpenApiParameter("page", {"type": "integer", "minimum": 1, "default": 1}),
        ],
    )
    @problems(403)
    def get(self, request: Request, period: str) -> Response:
        """For offices, auditors among them. There is no ranking: lines are ordered by name alone."""
        refuse_unknown(request, frozenset({"by", "division", "compare", "page"}))
        asked = request.query_params
        division = division_asked(user_of(request), asked.get("division"))
        by, page = asked.get("by", By.DIVISION), asked.get("page", "1")
        if by not in list(By):
            raise invalid("by", _("One of %(names)s.") % {"names": ", ".join(By)})
        if not _PAGE.fullmatch(page):
            raise invalid("page", _("A number from 1 on."))
        this = parse_period("period", period)
        compare = _compare(asked.get("compare", ""))
        found = summary_of(this, division, By(by), now(), compare=compare, page=int(page))
        return Response(PeriodSummaryOut(found).data)


def _compare(asked: str) -> list[Earlier]:
    names = asked.split(",") if asked else []
    if not set(names) <= set(Earlier) or len(set(names)) < len(names):
        raise invalid("compare", _("One of %(names)s.") % {"names": ", ".join(Earlier)})
    return [Earlier(name) for name in names]
