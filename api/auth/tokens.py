"""Whose token it is: one a device, hashed at rest, prolonged by use."""

from datetime import datetime, timedelta

from django.db.models import CharField
from knox.crypto import hash_token
from knox.settings import knox_settings
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from api.clock import now
from api.models import DeviceToken
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.prepared import Given, Prepared
from fieldwork.directory.models import User

LIFETIME: timedelta = knox_settings.TOKEN_TTL
_PROLONGED_EVERY = timedelta(seconds=knox_settings.MIN_REFRESH_INTERVAL)


_with_user = Prepared(
    lambda: DeviceToken.objects.filter(digest=Given("digest", CharField())).select_related("user__leader")
)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; `request.auth` is the DeviceToken."""

    def authenticate(self, request: Request) -> tuple[User, DeviceToken] | None:
        scheme, _blank, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        if not token.isascii():
            raise DomainError(Code.NOT_AUTHENTICATED)
        found = standing_token(token.decode("ascii").strip(), at=now())
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def standing_token(token: str, *, at: datetime) -> DeviceToken:
    """The row of a token that is known, not expired, and of an active user; a day's first use prolongs it."""
    found = _found(hash_token(token))
    if found is None or not found.user.is_active:
        raise DomainError(Code.NOT_AUTHENTICATED)
    if found.expiry is not None and found.expiry <= at:
        raise DomainError(Code.TOKEN_EXPIRED)
    if found.expiry is not None and at + LIFETIME - found.expiry > _PROLONGED_EVERY:
        DeviceToken.objects.filter(pk=found.pk).update(expiry=at + LIFETIME)
    return found


def _found(digest: str) -> DeviceToken | None:
    """The token with its user, and the leader whose account that is; one query, on every request."""
    return next(iter(_with_user.objects(digest=digest)), None)
