"""Who inspects when: planned by dice from a name and a month, so that every run plans the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID, uuid5

from fieldwork.core.periods import ZONE, Period, local_day
from fieldwork.supervision.demo.cast import LEADER
from fieldwork.supervision.demo.dice import dice

LATEST = timedelta(days=4)  # after which whatever was captured has arrived
_NAMES = UUID("5d1c0f8e-6f0a-4f5e-9a55-0d7f5b1c9e21")
_SATURDAY = 5

# Of a hundred months: none, one, two, three visits.
_VISITS = (7, 77, 13, 3)
# What is out of the ordinary about a visit, in thousandths.
_ODDITIES = {
    "": 787, "gcj02": 90, "no_location": 20, "coarse": 30, "outside": 8, "no_photo": 25, "late": 30,
    "on_paper": 10,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holder:
    """A leader whose posts oblige to inspect on the days from `starts_on` to `ends_on`, both inclusive."""

    username: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Visit:
    """One inspection to be: when it is captured, when it arrives, and what of `_ODDITIES` it has."""

    username: str
    period: Period
    number: int
    captured_at: datetime
    received_at: datetime
    oddity: str

    @property
    def id(self) -> UUID:
        """The same in every run, so that a check-in is recorded once."""
        return uuid5(_NAMES, f"{self.username}/{self.period}/{self.number}")

    @property
    def chance(self) -> Random:
        return dice("visit", self.username, self.period, self.number)


def plan(holder: Holder, period: Period) -> Iterator[Visit]:
    """The visits of one leader in one month; 6 of 100 leaders make none, demo-leader always makes one."""
    chance = dice("month", holder.username, period)
    visits = chance.choices(range(len(_VISITS)), _VISITS)[0]
    if holder.username == LEADER:
        visits = 1
    for number in range(visits):
        captured_at = _working_instant(chance, period)
        oddity = chance.choices(list(_ODDITIES), list(_ODDITIES.values()))[0]
        on_the_way = timedelta(minutes=chance.randint(3, 100))
        if oddity in ("late", "on_paper"):
            on_the_way = timedelta(hours=chance.randint(25, 72))
        if holder.starts_on <= local_day(captured_at) <= holder.ends_on:
            yield Visit(holder.username, period, number, captured_at, captured_at + on_the_way, oddity)


def _working_instant(chance: Random, period: Period) -> datetime:
    """In office hours of a day of the month; seldom of a weekend."""
    days = (period.ends_on - period.starts_on).days + 1
    drawn = [period.starts_on + timedelta(days=chance.randrange(days)) for _attempt in range(3)]
    day = next((day for day in drawn if day.weekday() < _SATURDAY), drawn[0])
    opens, minutes = chance.choice(((time(8, 40), 180), (time(14, 30), 170)))
    at = datetime.combine(day, opens, tzinfo=ZONE)
    return at + timedelta(minutes=chance.randrange(minutes), seconds=chance.randrange(60))
