"""linkages: list, read, link, end."""

from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.linkages.filters import LinkageFilters
from api.linkages.serializers import LinkageIn, LinkageOut
from api.permissions import user_of
from api.resources import Managed
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import Division, Linkage, User
from fieldwork.directory.queries import linkages_visible_to
from fieldwork.directory.rules import can_manage_tenure
from fieldwork.supervision import actions


class Linkages(Managed[Linkage]):
    """Links (挂点联系) of tenures to counties, towns, industries and departments. Tasks follow at once."""

    queryset = Linkage.objects.none()
    visible = linkages_visible_to
    related = (
        "division",
        "industry",
        "organisation",
        "tenure__leader",
        "tenure__post__organisation__division",
    )
    serializer_class = LinkageOut
    input_class = LinkageIn
    filterset_class = LinkageFilters
    ordering_fields = ("starts_on",)

    def require_manager_of(self, row: Linkage) -> None:
        if not can_manage_tenure(user_of(self.request), row.tenure, today()):
            raise DomainError(Code.NOT_ALLOWED)

    def division_of(self, row: Linkage) -> Division:
        return row.tenure.post.organisation.division

    def begin(self, given: dict[str, Any], user: User) -> Linkage:
        self.require_manager_of(Linkage(tenure=given["tenure"]))
        return actions.link(**given, by=user, at=now())

    def end(self, row: Linkage, user: User, ends_on: date | None, reason: str) -> Linkage:
        return actions.end_linkage(linkage=row, ends_on=ends_on, reason=reason, by=user, at=now())

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Take back a linkage that has not begun; one that has can only be ended."""
        row = self.get_object()
        self.require_manager_of(row)
        actions.withdraw_linkage(linkage=row, by=user_of(request), at=now())
        return Response(status=204)

    @extend_schema(request=LinkageIn, responses={201: LinkageOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
