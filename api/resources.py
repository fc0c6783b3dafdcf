"""What every resource of the directory does: show what is visible; begin, and end, what one may manage."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import now, today
from api.etags import Tagged, require_match
from api.fields import Closed, Day, Text
from api.idempotency import once
from api.permissions import user_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.bounds import lock, lock_around
from fieldwork.directory.dated import end
from fieldwork.directory.models import Dated, Division, User
from fieldwork.directory.rules import can_manage_division

M = TypeVar("M", bound=Model)
D = TypeVar("D", bound=Dated)


class Shown(Tagged, ListModelMixin, RetrieveModelMixin, GenericViewSet[M], Generic[M]):
    """A list of what one may see, and each of it. `visible(user, on)` is one of `queries`."""

    visible: ClassVar[Callable[[User, date], QuerySet[Any]]]
    related: ClassVar[tuple[str, ...]] = ()
    prefetched: ClassVar[tuple[str, ...]] = ()
    ordering: tuple[str, ...] = ("pk",)
    ordering_fields: tuple[str, ...] = ()

    def get_queryset(self) -> QuerySet[M]:
        found = type(self).visible(user_of(self.request), today())
        found = found.select_related(*self.related) if self.related else found
        return found.prefetch_related(*self.prefetched) if self.prefetched else found


class EndIn(Closed):
    """The last day, inclusive; null takes an end back. For whatever else changes, a new row begins."""

    default_error_messages = {
        "closed": _("Only the last day can be changed; for anything else, end this and begin a new one."),
    }
    ends_on = Day(allow_null=True)
    reason = Text(
        required=False,
        allow_blank=True,
        default="",
        max_length=500,
        help_text="kept in the history; of use where the day lies in the past",
    )


class Managed(Shown[D], Generic[D]):
    """Dated rows that supervisors begin and end; what has history is never deleted."""

    takes_keys = True
    input_class: ClassVar[type[serializers.Serializer[Any]]]

    def division_of(self, row: D) -> Division:
        """Where the row lies: who manages that division manages the row."""
        raise NotImplementedError

    def begin(self, given: dict[str, Any], user: User) -> D:
        """Call the action, after `self.require_manager`."""
        raise NotImplementedError

    def end(self, row: D, user: User, ends_on: date | None, reason: str) -> D:
        return end(row, ends_on=ends_on, reason=reason, by=user, at=now())

    def require_manager_of(self, row: D) -> None:
        self.require_manager(self.division_of(row))

    def require_manager(self, division: Division) -> None:
        if not can_manage_division(user_of(self.request), division):
            raise DomainError(Code.NOT_ALLOWED)

    def create(self, request: Request) -> Response:
        return once(request, lambda: self._create(request))

    def _create(self, request: Request) -> Response:
        given = self.input_class(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        made = self.begin(given.validated_data, user_of(request))
        return Response(self._out(made), status=201)

    @extend_schema(request=EndIn)
    @problems(412)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Set, move or take back the last day."""
        row = self.get_object()
        self.require_manager_of(row)
        given = EndIn(data=request.data)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            # Outermost first, as every action does; then nothing changes between If-Match and the change.
            lock_around(row)
            lock(row)
            require_match(request, self._out(row))
            row = self.end(row, user_of(request), **given.validated_data)
            return Response(self._out(row))

    def _out(self, row: D) -> Any:
        """The row as it stands, as GET answers it."""
        fresh = self.get_queryset().get(pk=row.pk)
        return self.get_serializer(fresh).data
