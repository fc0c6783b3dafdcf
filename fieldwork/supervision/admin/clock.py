"""The edge where these pages read the clock, and who is asking."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from fieldwork.core.periods import local_day
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User

MANAGERS = (Office.SUPERVISOR, Office.ADMINISTRATOR)


def now() -> datetime:
    return timezone.now()


def today() -> date:
    """The day in the policy's zone."""
    return local_day(timezone.now())


def of_office(request: HttpRequest) -> User:
    """The user whose request it is, who holds an office; PermissionDenied otherwise."""
    user = request.user
    if isinstance(user, User) and user.is_active and user.office:
        return user
    raise PermissionDenied
