"""GET periods/{period}/reminders, and their summary."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.etags import Tagged
from api.fields import parse_id
from api.filtering import refuse_unknown
from api.periods.filters import parse_period
from api.permissions import user_of
from api.reminders.filters import ToldFilters
from api.reminders.serializers import ToldOut, ToldSummaryOut
from api.schema import problems
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, User
from fieldwork.reminders.models import Notification
from fieldwork.reminders.rules import can_see_who_was_told
from fieldwork.reminders.told import notifications_about, summary_of, with_details

_NOWHERE = "!"  # sorts before every path, and is the beginning of none


class Told(Tagged, ListModelMixin, GenericViewSet[Notification]):
    """Who was told of what is owed in a period in my division, when and how, and who has not opened it."""

    serializer_class = ToldOut
    queryset = Notification.objects.none()
    filterset_class = ToldFilters
    ordering = ("-at", "-id")
    ordering_fields = ("at",)

    @cached_property
    def period(self) -> Period:
        return parse_period("period", self.kwargs["period"])

    def get_queryset(self) -> QuerySet[Notification]:
        user = _of_office(self.request)
        return with_details(notifications_about(user, self.period), user, self.period)

    @extend_schema(operation_id="periods_reminders")
    @problems(403)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


class ToldSummary(Tagged):
    """How many were told of what is owed in a period in my division, by kind; and whom nobody can tell."""

    @extend_schema(
        responses=ToldSummaryOut,
        operation_id="periods_reminders_summary",
        parameters=[OpenApiParameter("division", str, description="it and all below; default: my office's own")],
    )
    @problems(403)
    def get(self, request: Request, period: str) -> Response:
        user = _of_office(request)
        refuse_unknown(request, frozenset({"division"}))
        this = parse_period("period", period)
        found = summary_of(user, this, _path(request.query_params.get("division")))
        return Response(
            ToldSummaryOut({"period": period, "kinds": found.kinds, "without_account": found.without_account}).data
        )


def _of_office(request: Request) -> User:
    user = user_of(request)
    if not can_see_who_was_told(user):
        raise DomainError(Code.NOT_ALLOWED)
    return user


def _path(asked: str | None) -> str:
    """Of the division asked for. One that is not there, or is out of scope, has nothing."""
    if asked is None:
        return ""
    key = parse_id(asked)
    if key is None:
        raise invalid("division", _("This is not an id."))
    return Division.objects.filter(pk=key).values_list("path", flat=True).first() or _NOWHERE
