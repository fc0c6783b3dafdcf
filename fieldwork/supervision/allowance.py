"""How many exports one person may take: each keeps a web process for seconds or minutes, and a loop would keep all."""

from datetime import datetime, timedelta

from django.conf import settings

from fieldwork.core import counts
from fieldwork.core.errors import TITLES, Code, DomainError
from fieldwork.directory.models import User

AT_ONCE = 10  # within a minute: an office's month is a few files
_MINUTE = timedelta(minutes=1)


def pause_of_exports(user: User, *, at: datetime) -> int:
    """Seconds until the user may take another; 0: this one is counted, and may be taken."""
    lately, hourly = (f"exports:{window}:{user.pk}" for window in ("minute", "hour"))
    wait = max(counts.pause(lately, AT_ONCE, at), counts.pause(hourly, settings.EXPORTS_PER_HOUR, at))
    if not wait:
        counts.add(lately, at, _MINUTE)
        counts.add(hourly, at)
    return wait


def count_export(user: User, *, at: datetime) -> None:
    """`pause_of_exports` where one is not to be taken otherwise: `throttled`."""
    if pause_of_exports(user, at=at):
        raise DomainError(Code.THROTTLED, TITLES[Code.THROTTLED])
