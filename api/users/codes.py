"""users/activation-codes: codes in bulk, each shown once."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now, today
from api.fields import parse_id
from api.permissions import user_of
from api.users.serializers import MOST_CODES, CodeOut, CodesIn
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.directory.activation import Issued, issue_codes, leaders_to_activate
from fieldwork.directory.models import Division, Leader, User
from fieldwork.directory.queries import leaders_visible_to, users_visible_to
from fieldwork.directory.rules import MANAGERS, can_manage_division, can_renew_users, renewable

M = TypeVar("M", bound=Model)


class ActivationCodes(APIView):
    """Codes by which people set their passwords."""

    @extend_schema(request=CodesIn, responses={200: CodeOut(many=True)}, operation_id="users_activation_codes")
    def post(self, request: Request) -> Response:
        """Fresh codes for accounts and leaders, at most 2,000 a call, shown this once.

        A new code takes the older one back. Codes are stored only as digests, so this call takes no `Idempotency-Key`:
        sent again, it makes new codes, and those of the answer that was lost are worthless. Of a `division`, leaders
        whose posts also reach outside my scope are left to the office above; naming one is 403.
        """
        user, on = user_of(request), today()
        if user.office not in MANAGERS:
            raise DomainError(Code.NOT_ALLOWED)
        given = CodesIn(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        users = _named("users", given.validated_data["users"], users_visible_to, user, on)
        leaders = _named("leaders", given.validated_data["leaders"], leaders_visible_to, user, on)
        if not can_renew_users(user, [*users, *_accounts(leaders)], on):
            raise DomainError(Code.NOT_ALLOWED)
        leaders = [*leaders, *_missing(given.validated_data["division"], user, on)]
        if len(users) + len(leaders) > MOST_CODES:
            raise invalid("", _("At most %(limit)d at once; choose a smaller division.") % {"limit": MOST_CODES})
        issued = issue_codes(users=users, leaders=leaders, by=user, at=now())
        rows = CodeOut([_row(one) for one in issued], many=True).data
        return Response(rows, headers={"Cache-Control": "no-store"})


def _named(
    field: str, given: Sequence[str], visible: Callable[[User, date], QuerySet[Any]], user: User, on: date
) -> list[Any]:
    """The objects with these ids, each once; `unknown_reference` for what is none or not visible."""
    ids = [parse_id(each) for each in given]
    found = visible(user, on).filter(pk__in={key for key in ids if key}).select_related(*_RELATED[field])
    rows = {row.pk: row for row in found}
    faults = tuple(
        FieldError(f"{field}.{place}", Code.UNKNOWN_REFERENCE, _("There is no such object, or you may not see it."))
        for place, key in enumerate(ids)
        if key not in rows
    )
    if faults:
        raise DomainError(Code.UNKNOWN_REFERENCE, errors=faults)
    return list(rows.values())


_RELATED = {
    "users": ("division", "organisation__division"),
    "leaders": ("user__division", "user__organisation__division"),
}


def _accounts(leaders: Sequence[Leader]) -> list[User]:
    """The accounts, also those that will be made."""
    return [getattr(leader, "user", None) or User(leader_id=leader.pk) for leader in leaders]


def _missing(division: Division | None, user: User, on: date) -> list[Leader]:
    if division is None:
        return []
    if not can_manage_division(user, division):
        raise DomainError(Code.NOT_ALLOWED)
    leaders = list(leaders_to_activate(division, on).select_related(*_RELATED["leaders"]))
    mine = {account.leader_id for account in renewable(user, _accounts(leaders), on)}
    return [leader for leader in leaders if leader.pk in mine]


def _row(one: Issued) -> dict[str, Any]:
    post = one.tenure.post if one.tenure else None
    return {
        "user": one.user,
        "organisation": post.organisation if post else one.user.organisation,
        "post": {"id": post.pk, "name": post.title} if post else None,
        "code": one.code,
        "expires_at": one.expires_at,
    }
