"""delegations: list, read, delegate, end, withdraw."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.delegations.filters import DelegationFilters
from api.delegations.serializers import DelegationIn, DelegationOut
from api.permissions import user_of
from api.resources import Managed
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory import actions
from fieldwork.directory.models import Delegation, Leader, User
from fieldwork.directory.queries import delegations_visible_to
from fieldwork.directory.rules import can_manage_leaders


class Delegations(Managed[Delegation]):
    """Who may prepare, attach and upload for which leader (代为整理上传), from a day to a day, both inclusive."""

    queryset = Delegation.objects.none()
    visible = delegations_visible_to
    related = ("assistant", "leader")
    serializer_class = DelegationOut
    input_class = DelegationIn
    filterset_class = DelegationFilters
    ordering_fields = ("starts_on",)

    def require_manager_of(self, row: Delegation) -> None:
        self._require(row.leader)

    def begin(self, given: dict[str, Any], user: User) -> Delegation:
        self._require(given["leader"])
        return actions.delegate(**given, by=user, at=now())

    def _require(self, leader: Leader) -> None:
        """Whose scope holds all the leader's posts: an assistant can record under each of them."""
        if not can_manage_leaders(user_of(self.request), [leader], today()):
            raise DomainError(Code.NOT_ALLOWED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take back a delegation that has not begun; one that has can only be ended."""
        row = self.get_object()
        self.require_manager_of(row)
        actions.withdraw_delegation(row, by=user_of(request), at=now())
        return Response(status=204)

    @extend_schema(request=DelegationIn, responses={201: DelegationOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
