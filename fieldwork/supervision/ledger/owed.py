"""What is owed and met, against what the facts demand: tenures, links, bodies, rules, and what was performed.

An obligation's status is no record of its own: it follows from others, whose rows are compared with their events. So a
status that was written by hand shows in that it does not follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fieldwork.core.periods import Period, local_day
from fieldwork.duties.models import Obligation, Opening
from fieldwork.duties.reconcile import differing
from fieldwork.duties.schedule import is_followed
from fieldwork.supervision.ledger.findings import Finding, Record, altered, removed


@dataclass
class Owed:
    """How many periods were compared; None where changed facts wait for the worker, so that rows may well differ."""

    periods: int | None = 0

    def check(self, since: datetime | None = None) -> Iterator[Finding]:
        """All periods that end on that day or later. Outside one moment, for it needs working tables."""
        if not is_followed():
            self.periods = None
            return
        opened = set(Opening.objects.values_list("period", flat=True))
        names = set(Obligation.objects.order_by().values_list("period", flat=True).distinct()) | opened
        found = sorted(map(Period.parse, names))
        periods = [each for each in found if since is None or each.ends_on >= local_day(since)]
        self.periods = len(periods)
        for period in periods:
            yield from _check_period(period, opened=str(period) in opened)


def _check_period(period: Period, *, opened: bool) -> Iterator[Finding]:
    """In a period that was not opened for all, only those owe something who have performed something."""
    wrong: dict[str, list[str]] = {}
    for named, what in differing(period):
        wrong.setdefault(named, []).append(what)
    for named, columns in wrong.items():
        if "" not in columns:
            yield altered(Record.OBLIGATION, named, ", ".join(columns))
        elif opened:
            yield removed(Record.OBLIGATION, named)
