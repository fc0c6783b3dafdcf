"""users: list, read, create, change. Never deleted: what somebody did is told under the account."""

from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.etags import require_match
from api.idempotency import once
from api.permissions import user_of
from api.resources import Shown
from api.schema import problems
from api.users.filters import UserFilters, assists, has_unit
from api.users.serializers import UserChange, UserIn, UserOut
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory import accounts
from fieldwork.directory.bounds import lock
from fieldwork.directory.models import ActivationCode, User
from fieldwork.directory.queries import users_visible_to
from fieldwork.directory.rules import can_change_user, can_manage_users


class Users(Shown[User]):
    """Accounts: of leaders, assistants, units, and of the safety committee's office (安委办)."""

    takes_keys = True
    queryset = User.objects.none()
    visible = users_visible_to
    serializer_class = UserOut
    filterset_class = UserFilters
    ordering_fields = ("username",)

    def get_queryset(self) -> QuerySet[User]:
        codes = ActivationCode.objects.filter(user=OuterRef("pk"), used_at__isnull=True, expires_at__gt=now())
        return (
            super()
            .get_queryset()
            .annotate(
                assists=assists(today()),
                has_unit=has_unit(today()),
                code_expires_at=Subquery(codes.values("expires_at")[:1]),
            )
        )

    @extend_schema(request=UserIn, responses={201: UserOut})
    def create(self, request: Request) -> Response:
        """An account without a password: its owner sets one by an activation code.

        Without leader, unit and division it is of my division: as the scope of its office, if it has one.
        """
        return once(request, lambda: self._create(request))

    def _create(self, request: Request) -> Response:
        user, given = user_of(request), self._given(UserIn, request)
        if not any(given.get(field) for field in ("leader", "organisation", "division")):
            given["division"] = user.division
        if not can_manage_users(user, [User(**given)], today()):
            raise DomainError(Code.NOT_ALLOWED)
        made = accounts.create_user(**given, by=user, at=now())
        return Response(self._out(made.pk), status=201)

    @extend_schema(request=UserChange)
    @problems(412)
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change an account that lies wholly in my scope, before and after; of my own, the language alone."""
        self.get_object()
        given = self._given(UserChange, request)
        with transaction.atomic():
            if given.get("leader"):
                lock(given["leader"])  # leaders before accounts
            row = lock(User(pk=pk))
            if not can_change_user(user_of(request), row, given, today()):
                raise DomainError(Code.NOT_ALLOWED)
            require_match(request, self._out(pk))
            accounts.change_user(row, **given, by=user_of(request), at=now())
            return Response(self._out(pk))

    def _given(self, serializer: Any, request: Request) -> dict[str, Any]:
        given = serializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _out(self, pk: int) -> Any:
        """The account as it stands, as GET answers it."""
        return self.get_serializer(self.get_queryset().get(pk=pk)).data
