"""Who asks. What they may see is asked of `queries`, what they may do of `rules`."""

from rest_framework.request import Request

from api.models import DeviceToken
from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.models import User


def user_of(request: Request) -> User:
    """Whoever has signed in; for views that only such a one reaches."""
    if not isinstance(request.user, User):
        raise DomainError(Code.NOT_AUTHENTICATED)
    return request.user


def token_of(request: Request) -> DeviceToken:
    if not isinstance(request.auth, DeviceToken):
        raise DomainError(Code.NOT_AUTHENTICATED)
    return request.auth
