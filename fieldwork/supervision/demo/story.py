"""The months so far, told in the order in which they happened: ticks, visits, changes, each at its instant.

Told up to now, and from there on in the next run. What has happened already is found as it is and left alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db.models import Q

from fieldwork.core.database import analyze
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.models import Tenure, User
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import RuleRole
from fieldwork.reminders.plan import moments_of
from fieldwork.reminders.quiet import local
from fieldwork.reminders.timetable import timetable
from fieldwork.supervision.demo.cast import LEADER, Places
from fieldwork.supervision.demo.changes import change_places, leaver_of
from fieldwork.supervision.demo.check_ins import record_visits
from fieldwork.supervision.demo.filings import record_papers
from fieldwork.supervision.demo.hazards import Findings
from fieldwork.supervision.demo.inboxes import open_inboxes
from fieldwork.supervision.demo.papers import plan_papers
from fieldwork.supervision.demo.progress import Begun, tell_until, told_until
from fieldwork.supervision.demo.visits import LATEST, Holder, Visit, plan
from fieldwork.supervision.tick import tick


@dataclass(frozen=True, slots=True)
class Story:
    """All that the telling needs; `now` is read once, by the command."""

    begun: Begun
    places: Places
    admin: User
    now: datetime

    def tell(self, told: Callable[[datetime, int], None]) -> None:
        """Tell on, up to now; `told` hears of each chapter until when it went and how many check-ins came."""
        for start, end in pairwise(self._turns(told_until(self.begun))):
            if start == self.begun.handed_over_at:
                change_places(self.begun, self.places, self.admin)
            told(end, self._tell_chapter(start, end))
            analyze()  # each chapter writes more than there was
        tick(self.now)

    def _turns(self, start: datetime) -> list[datetime]:
        """Where chapters begin and end: at each month, on the day somebody leaves, and now."""
        first = max(local_day(start), self.begun.first)
        months = Period.between(Cadence.MONTH, first, local_day(self.now))
        turns = {month.ends_at() for month in months} | {self.begun.handed_over_at, self.now}
        return [start, *sorted(turn for turn in turns if start < turn <= self.now)]

    def _tell_chapter(self, start: datetime, end: datetime) -> int:
        visits = sorted(self._visits(start, end), key=lambda visit: visit.received_at)
        ticks = self._ticks(start, end)
        recorded = 0
        for since, until in pairwise([start, *sorted(ticks | {end})]):
            arrived = [visit for visit in visits if since < visit.received_at <= until]
            recorded += record_visits(arrived, self.places)
            Findings(self.begun, self.places).tell(arrived, since, until)
            record_papers(plan_papers(self.begun, self.places, until), since, until)
            if until in ticks:
                tick(until)
                open_inboxes(until)
            tell_until(until)
        return recorded

    def _ticks(self, start: datetime, end: datetime) -> set[datetime]:
        """When a worker would have found something to do: a month is opened, or somebody is told; of hazards weekly."""
        ahead = timedelta(days=settings.OPEN_AHEAD_DAYS)
        instants: set[datetime] = set()
        earliest = local_day(start).replace(day=1) - ahead
        for month in Period.between(Cadence.MONTH, earliest, local_day(end + ahead)):
            instants |= {month.starts_at() - ahead} | {at for at, _kind in moments_of(month.ends_at())}
        days = (local_day(start) + timedelta(days=passed) for passed in range((end - start).days + 2))
        table = timetable()
        instants |= {local(day, table.hazard_at) for day in days if day.weekday() == table.hazard_weekday}
        return {at for at in instants if start < at <= end}

    def _visits(self, start: datetime, end: datetime) -> Iterator[Visit]:
        """What arrives between two instants."""
        for month in Period.between(Cadence.MONTH, local_day(start - LATEST), local_day(end)):
            absent = self._absent(month)
            for holder in _holders(month):
                if holder.username not in absent:
                    yield from (each for each in plan(holder, month) if start < each.received_at <= end)

    def _absent(self, month: Period) -> set[str]:
        """demo-leader missed last month and has this one to do; the leaver left without an inspection."""
        absent = set()
        if month >= Period.of_instant(Cadence.MONTH, self.now).previous():
            absent.add(LEADER)
        if month == self.begun.present.previous():
            absent.add(leaver_of(self.begun, self.places).username)
        return absent


def _holders(month: Period) -> list[Holder]:
    """Everybody with an account who is to inspect on some day of the month."""
    roles = RuleRole.objects.filter(excepted=False, rule__activity=Activity.INSPECTION).values("role")
    tenures = Tenure.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=month.starts_on),
        post__role__in=roles, leader__user__isnull=False, starts_on__lte=month.ends_on,
    )  # fmt: skip
    spans: dict[str, tuple[date, date]] = {}
    for username, first, last in tenures.values_list("leader__user__username", "starts_on", "ends_on"):
        known = spans.get(username, (first, first))
        spans[username] = (min(known[0], first), max(known[1], last or date.max))
    return [Holder(username, *span) for username, span in sorted(spans.items())]
