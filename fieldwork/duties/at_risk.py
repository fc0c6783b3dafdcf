"""From when on it is said of what is still open that it may lapse: data, so that a phone can tell why."""

from datetime import date, datetime

from django.db.models import Q

from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.queries import NOTHING
from fieldwork.duties.enums import Outcome

# After so many whole months of the period, from that day on: half a month and half a quarter before the end, and in
# the last third of what is longer.
AT_RISK_FROM: dict[Cadence, tuple[int, int]] = {
    Cadence.MONTH: (0, 15), Cadence.QUARTER: (1, 15), Cadence.HALF_YEAR: (4, 1), Cadence.YEAR: (8, 1),
}  # fmt: skip


def at_risk_from(period: Period) -> date:
    """The first day on which what is open in the period is at risk."""
    months, day = AT_RISK_FROM[period.cadence]
    return date(period.starts_on.year, period.starts_on.month + months, day)


def at_risk(now: datetime) -> Q:
    """Obligations that are open, not met, in a period that has come so far."""
    today, found = local_day(now), NOTHING
    for period in (Period.of_day(cadence, today) for cadence in Cadence):
        if today >= at_risk_from(period):
            found |= Q(period=str(period))
    return found & Q(outcome=Outcome.PENDING, starts_at__lte=now, lapses_at__gt=now)
