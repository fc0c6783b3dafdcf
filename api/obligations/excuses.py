"""POST and DELETE obligations/{id}/excuse."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.fields import Text
from api.idempotency import once
from api.obligations.serializers import ObligationOut
from api.obligations.views import Obligations
from api.parsers import JSONParser
from api.permissions import user_of
from fieldwork.core.errors import Code, invalid
from fieldwork.directory.models import User
from fieldwork.duties.enums import ExcuseKind
from fieldwork.duties.models import Obligation
from fieldwork.filings.queries import filings_visible_to
from fieldwork.supervision.months.excusing import excuse, take_back


class ExcuseIn(serializers.Serializer[Any]):
    """Why; the reason is shown to whoever is excused."""

    kind = serializers.ChoiceField(ExcuseKind.choices)
    reason = Text(max_length=1000)
    document = serializers.UUIDField(
        allow_null=True, default=None, help_text="a filing that you may see, with the document that proves it"
    )


class Excuses(Obligations):
    """Excuses (请假、公务等说明): no performance, reported apart, never deleted."""

    takes_keys = True
    parser_classes = [JSONParser]

    @extend_schema(request=ExcuseIn, responses=ObligationOut, operation_id="obligations_excuse")
    def excuse(self, request: Request, pk: int) -> Response:
        """Excuse from what is not met, lapsed or not; a later proof still meets it.

        For supervisors whose scope holds all that it rests on, and never from what they owe themselves. The same again
        changes nothing; while another excuse holds 409.
        """
        return once(request, lambda: self._excuse(request))

    def _excuse(self, request: Request) -> Response:
        owed, user = self.get_object(), user_of(request)
        given = ExcuseIn(data=request.data)
        given.is_valid(raise_exception=True)
        _require_visible(given.validated_data["document"], user)
        excuse(owed, **given.validated_data, by=user, at=now(), on=today())
        return self._answer(owed)

    @extend_schema(request=None, responses={200: ObligationOut}, operation_id="obligations_excuse_take_back")
    def take_back(self, request: Request, pk: int) -> Response:
        """Take back the excuse that holds: what was not performed lapses again. It stays on record."""
        owed = self.get_object()
        take_back(owed, by=user_of(request), at=now(), on=today())
        return self._answer(owed)

    def _answer(self, owed: Obligation) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=owed.pk)).data)


def _require_visible(document: UUID | None, user: User) -> None:
    if document is not None and not filings_visible_to(user, today()).filter(pk=document).exists():
        raise invalid("document", _("There is no such object, or you may not see it."), Code.UNKNOWN_REFERENCE)
