"""tenures: list, read, appoint, end."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.permissions import user_of
from api.resources import Managed
from api.tenures.filters import TenureFilters
from api.tenures.serializers import TenureIn, TenureOut
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import Division, Tenure, User
from fieldwork.directory.queries import tenures_visible_to
from fieldwork.directory.rules import can_manage_tenure
from fieldwork.supervision import actions


class Tenures(Managed[Tenure]):
    """Leaders in posts (任职). Duties follow at once; the end of a tenure ends its linkages."""

    queryset = Tenure.objects.none()
    visible = tenures_visible_to
    related = ("leader", "post__organisation__division")
    serializer_class = TenureOut
    input_class = TenureIn
    filterset_class = TenureFilters
    ordering_fields = ("starts_on",)

    def require_manager_of(self, row: Tenure) -> None:
        if not can_manage_tenure(user_of(self.request), row, today()):
            raise DomainError(Code.NOT_ALLOWED)

    def division_of(self, row: Tenure) -> Division:
        return row.post.organisation.division

    def begin(self, given: dict[str, Any], user: User) -> Tenure:
        self.require_manager_of(Tenure(leader=given["leader"], post=given["post"]))
        return actions.appoint(**given, by=user, at=now())

    def end(self, row: Tenure, user: User, ends_on: date | None, reason: str) -> Tenure:
        return actions.end_tenure(tenure=row, ends_on=ends_on, reason=reason, by=user, at=now())

    @extend_schema(request=TenureIn, responses={201: TenureOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
