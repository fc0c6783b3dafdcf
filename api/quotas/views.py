"""GET quotas: who lacks which linkage, with the article."""

from dataclasses import replace
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.etags import Tagged
from api.permissions import user_of
from api.quotas.serializers import LinkQuotaOut, QuotaAsking
from api.row_pages import narrowed, paged
from fieldwork.directory.models import Leader, User
from fieldwork.duties.quota_rows import Scope
from fieldwork.duties.quotas import Asked, quotas, scope_of


class Quotas(Tagged, GenericViewSet[Any]):
    """Links (挂点联系) that the posts of leaders demand, person by person, on a day; they never stop a month."""

    queryset = Leader.objects.none()
    serializer_class = LinkQuotaOut
    filter_backends = ()

    @extend_schema(parameters=[QuotaAsking], responses=LinkQuotaOut(many=True))
    def list(self, request: Request) -> Response:
        """By default those that are not met. One row a person and sort of link, in a stable order."""
        asked = QuotaAsking.of(request)
        scope = narrowed(scope_of(user_of(request), asked["on"]), asked)
        rows = partial(
            quotas, Asked(asked["on"], _only(scope, asked, user_of(request)), asked.get("kind", ""), asked["met"])
        )
        return paged(request, rows, LinkQuotaOut)


def _only(scope: Scope, asked: dict[str, Any], user: User) -> Scope:
    """The scope for `leader` or `mine`."""
    if asked["mine"] == "true":
        scope = replace(scope, only=(user.leader_id,) if user.leader_id else ())
    if "leader" in asked:
        both = scope.only is None or asked["leader"] in scope.only
        scope = replace(scope, only=(asked["leader"],) if both else ())
    return scope
