"""A supervisor's verdict on a check-in or a filing, and who may give one."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import invalid
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.duties.actions import review_performance
from fieldwork.duties.enums import Verdict
from fieldwork.duties.models import Review
from fieldwork.duties.queries import reviews_of
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import Addendum, CheckIn, Flag

OFFICES = (Office.SUPERVISOR, Office.ADMINISTRATOR)


def judge(
    source: tuple[str, str], *, verdict: str, reason: str, adopted_at: datetime | None = None, afresh: bool = False,
    by: User, at: datetime,
) -> Review | None:  # fmt: skip
    """Store the verdict on what `source` recorded, and count it anew; None if just that was said last.

    `afresh`: something has come up since, so that the same said again is another verdict. The caller holds the row of
    the source, so that of two verdicts at once the second sees the first, and appends the event.
    Errors: `invalid` (rejected without a reason).
    """
    if verdict == Verdict.REJECTED and not reason:
        raise invalid("reason", _("Whoever rejects says why."))
    kind, key = source
    before = reviews_of(kind, [key]).get(key)
    after = review_performance(
        source=source, verdict=verdict, reason=reason, adopted_at=adopted_at, afresh=afresh, by=by, at=at
    )
    return after if before is None or after.pk != before.pk else None


def is_suggested(check_in: CheckIn, adopted_at: datetime) -> bool:
    """Whether, to the second as forms have it, the time is what the phone's clock should have shown."""
    off = Flag.objects.filter(check_in=check_in, code=FlagCode.CLOCK_SKEW).first()
    suggested = off.figures.get("suggested_at") if off else None
    return suggested is not None and abs(datetime.fromisoformat(suggested) - adopted_at) < timedelta(seconds=1)


def judge_check_in(
    check_in: CheckIn, *, verdict: str, reason: str, adopted_at: datetime | None, by: User, at: datetime
) -> Review | None:
    """The same for a check-in whose row is held; the verdict weighs all doubts and answers that stand."""
    open_ones = (
        Flag.objects.filter(check_in=check_in, weighed_by__isnull=True),
        Addendum.objects.filter(check_in=check_in, weighed_by__isnull=True),
    )
    afresh = any(rows.exists() for rows in open_ones)
    source = ("check_in", str(check_in.pk))
    said = judge(source, verdict=verdict, reason=reason, adopted_at=adopted_at, afresh=afresh, by=by, at=at)
    if said is not None:
        for rows in open_ones:
            rows.update(weighed_by=said)
    return said
