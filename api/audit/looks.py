"""GET check-ins/{id}/looks: who, outside of those who were there, saw its photos or where precisely it was."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import today
from api.etags import Tagged
from api.fields import Instant
from api.filtering import refuse_unknown
from api.me.serializers import NamedOut
from api.permissions import user_of
from api.row_pages import PAGING
from api.schema import problems
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.models import Event
from fieldwork.inspections.examining import LOOKS, looks_at
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_see_exactly
from fieldwork.supervision.audit.queries import actors_of
from fieldwork.supervision.audit.words import happened


class LookOut(serializers.Serializer[Event]):
    """One look. Outside of reviews one stands for all of a person's on that day."""

    at = Instant()
    kind = serializers.ChoiceField(LOOKS)
    words = serializers.SerializerMethodField(help_text="the kind in the reader's language")
    by = serializers.SerializerMethodField(help_text="null: the system")

    def get_words(self, event: Event) -> str:
        return happened(event)

    @extend_schema_field(NamedOut(allow_null=True))
    def get_by(self, event: Event) -> Any:
        user = self.context["actors"].get(event.actor)
        return {"id": str(user.pk), "name": user.get_full_name()} if user else None


class Looks(Tagged, ListModelMixin, GenericViewSet[Any]):
    """Looks at one check-in."""

    queryset = Event.objects.none()
    serializer_class = LookOut
    filter_backends = ()
    ordering = ("-at", "-id")

    def get_queryset(self) -> QuerySet[Event]:
        user, on = user_of(self.request), today()
        check_in = get_object_or_404(check_ins_visible_to(user, on), pk=self.kwargs["pk"])
        if not can_see_exactly(user, check_in, on):
            raise DomainError(Code.NOT_ALLOWED)
        return looks_at(check_in).order_by(*self.ordering)

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        context = {**self.get_serializer_context(), "actors": actors_of(args[0]) if args else {}}
        return LookOut(*args, **{**kwargs, "context": context})

    @extend_schema(operation_id="check_ins_looks", responses=LookOut(many=True))
    @problems(403)
    def list(self, request: Request, pk: UUID) -> Response:
        """Who saw its photos, or where precisely it was captured: for the lead, who acts for the lead, and who
        uploaded it. Offices ask `GET audit`."""
        refuse_unknown(request, PAGING)
        return super().list(request, pk)
