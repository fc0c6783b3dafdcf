"""POST check-ins/{id}/addenda."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.addenda.serializers import AddendumIn, AddendumOut
from api.check_ins.views import CheckIns
from api.clock import now, today
from api.idempotency import once
from api.parsers import JSONParser
from api.permissions import user_of
from fieldwork.core.errors import Code, DomainError
from fieldwork.inspections.addenda import add_to_check_in
from fieldwork.inspections.rules import can_add_to_check_in


class Addenda(CheckIns):
    """Corrections stand beside what they correct."""

    parser_classes = [JSONParser]

    @extend_schema(request=AddendumIn, responses={201: AddendumOut}, operation_id="check_ins_addenda_create")
    def add(self, request: Request, pk: UUID) -> Response:
        """Add a text. While a rejection stands it answers that, and a supervisor looks again."""
        return once(request, lambda: self._add(request))

    def _add(self, request: Request) -> Response:
        check_in, user = self.get_object(), user_of(request)
        if not can_add_to_check_in(user, check_in, today()):
            raise DomainError(Code.NOT_ALLOWED)
        given = AddendumIn(data=request.data)
        given.is_valid(raise_exception=True)
        addendum = add_to_check_in(check_in, **given.validated_data, by=user, at=now())
        return Response(AddendumOut(addendum).data, status=201)
