"""leaders: list, read, create."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.idempotency import once
from api.leaders.filters import LeaderFilters
from api.leaders.serializers import LeaderIn, LeaderOut
from api.permissions import user_of
from api.resources import Shown
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory import actions
from fieldwork.directory.models import Leader
from fieldwork.directory.queries import leaders_visible_to
from fieldwork.directory.rules import can_create_leader


class Leaders(Shown[Leader]):
    """Persons who hold, held or will hold posts (领导干部)."""

    takes_keys = True
    queryset = Leader.objects.none()
    visible = leaders_visible_to
    serializer_class = LeaderOut
    filterset_class = LeaderFilters
    ordering_fields = ("name",)

    @extend_schema(request=LeaderIn, responses={201: LeaderOut})
    def create(self, request: Request) -> Response:
        """A person, entered in my division unless another is said. Another of the same name is another person."""
        return once(request, lambda: self._create(request))

    def _create(self, request: Request) -> Response:
        user = user_of(request)
        given = LeaderIn(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        division = given.validated_data["division"] or user.division
        if not can_create_leader(user, division):
            raise DomainError(Code.NOT_ALLOWED)
        leader = actions.create_leader(name=given.validated_data["name"], division=division, by=user, at=now())
        return Response(LeaderOut(leader).data, status=201)
