"""GET structural-checks: where the leading bodies are not set up as the articles have it."""

from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.etags import Tagged
from api.permissions import user_of
from api.row_pages import Asking, narrowed, paged
from api.structural_checks.serializers import CheckedOut
from fieldwork.directory.models import Division
from fieldwork.duties.checks import Asked, checks
from fieldwork.duties.quotas import scope_of


class StructuralChecks(Tagged, GenericViewSet[Any]):
    """Who should also hold which post, or should have the safety portfolio, at each division on a day."""

    queryset = Division.objects.none()
    serializer_class = CheckedOut
    filter_backends = ()

    @extend_schema(parameters=[Asking], responses=CheckedOut(many=True))
    def list(self, request: Request) -> Response:
        """By default what does not agree; a row where nobody holds what is looked at there is none."""
        asked = Asking.of(request)
        scope = narrowed(scope_of(user_of(request), asked["on"]), asked)
        return paged(request, partial(checks, Asked(asked["on"], scope, asked["met"])), CheckedOut)
