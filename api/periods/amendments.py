"""GET periods/{period}/amendments."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.etags import Tagged
from api.filtering import IdFilter, InstantFilter
from api.periods.figures_serializers import AmendmentOut
from api.periods.filters import parse_period
from api.permissions import user_of
from api.schema import problems
from api.scoped import DIVISION, division_asked
from fieldwork.supervision.enums import Why
from fieldwork.supervision.models import Amendment


class AmendmentFilters(django_filters.FilterSet):
    why = django_filters.ChoiceFilter(choices=Why.choices)
    obligation = IdFilter(field_name="frozen__obligation")
    leader = IdFilter(field_name="frozen__obligation__leader")
    since = InstantFilter(field_name="at", lookup_expr="gte", label="what happened at this instant or later")
    as_of = InstantFilter(field_name="at", lookup_expr="lte", label="what had happened by this instant")


class Amendments(Tagged, ListModelMixin, GenericViewSet[Amendment]):
    """What was amended of a period since a division published it."""

    serializer_class = AmendmentOut
    queryset = Amendment.objects.none()
    filterset_class = AmendmentFilters
    parameters = ("division",)
    ordering = ("-pk",)

    def get_queryset(self) -> QuerySet[Amendment]:
        division = division_asked(user_of(self.request), self.request.query_params.get("division"))
        period = parse_period("period", self.kwargs["period"])
        found = Amendment.objects.filter(frozen__freeze__period=str(period), frozen__freeze__division=division)
        return found.select_related("frozen")

    @extend_schema(
        operation_id="periods_amendments", parameters=[OpenApiParameter("division", str, description=DIVISION)]
    )
    @problems(403)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """For offices, auditors among them: all of them, the last one first. None before it was published."""
        return super().list(request, *args, **kwargs)
