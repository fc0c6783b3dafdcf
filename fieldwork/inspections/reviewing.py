"""A supervisor's verdict on a check-in or a filing, and who may give one."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import invalid
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.duties.actions import review_performance
from fieldwork.duties.enums import Verdict
from fieldwork.duties.queries import reviews_of

OFFICES = (Office.SUPERVISOR, Office.ADMINISTRATOR)


def judge(
    source: tuple[str, str], *, verdict: str, reason: str, adopted_at: datetime | None = None, by: User, at: datetime
) -> bool:
    """Store the verdict on what `source` recorded and count it anew; False if just that was said last.

    The caller holds the row of the source, so that of two verdicts at once the second sees the first, and appends the
    event. Errors: `invalid` (rejected without a reason).
    """
    if verdict == Verdict.REJECTED and not reason:
        raise invalid("reason", _("Whoever rejects says why."))
    kind, key = source
    before = reviews_of(kind, [key]).get(key)
    after = review_performance(source=source, verdict=verdict, reason=reason, adopted_at=adopted_at, by=by, at=at)
    return before is None or after.pk != before.pk
