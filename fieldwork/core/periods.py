"""Periods of duty: months, quarters, half-years and years in the policy's zone.

A period runs from the first instant of its first day to the first instant after its last day, in the zone of the
policy (Asia/Shanghai). Names: `2026-11`, `2026-Q4`, `2026-H2`, `2026`. Days are inclusive, instants half-open.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import total_ordering
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
YEARS = range(1970, 2200)  # in which duties are looked for at all
_YEARS_AROUND = range(min(YEARS) - 1, max(YEARS) + 2)  # so that the first and the last have neighbours
_MONTHS = 12


class Cadence(StrEnum):
    """How often a duty falls due (周期)."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[self.value]


_NAME = re.compile(r"(?P<year>[0-9]{4})(?:-(?:(?P<month>[0-9]{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?")


@total_ordering
@dataclass(frozen=True, slots=True)
class Period:
    """One period: the `index`th (from 1) of its `cadence` in its `year`."""

    cadence: Cadence
    year: int
    index: int

    def __post_init__(self) -> None:
        if not (self.year in _YEARS_AROUND and 1 <= self.index <= _MONTHS // self.cadence.months):
            raise ValueError(f"no such period: {self.year}, {self.cadence} {self.index}")

    @classmethod
    def parse(cls, name: str) -> "Period":
        """The period of that name; ValueError for anything else, `2026-13` among it."""
        match = _NAME.fullmatch(name)
        if match is None or int(match["year"]) not in YEARS:
            raise ValueError(f"not a period: {name!r}")
        year = int(match["year"])
        if match["month"]:
            return cls(Cadence.MONTH, year, int(match["month"]))
        if match["quarter"]:
            return cls(Cadence.QUARTER, year, int(match["quarter"]))
        if match["half"]:
            return cls(Cadence.HALF_YEAR, year, int(match["half"]))
        return cls(Cadence.YEAR, year, 1)

    @classmethod
    def of_day(cls, cadence: Cadence, day: date) -> "Period":
        return cls(cadence, day.year, (day.month - 1) // cadence.months + 1)

    @classmethod
    def of_instant(cls, cadence: Cadence, at: datetime, zone: ZoneInfo = ZONE) -> "Period":
        """The period that holds an aware instant, whatever offset it is written with."""
        return cls.of_day(cadence, local_day(at, zone))

    @classmethod
    def between(cls, cadence: Cadence, first: date, last: date) -> Iterator["Period"]:
        """All periods that hold a day from `first` to `last`, both inclusive, in order."""
        period = cls.of_day(cadence, first)
        while period.starts_on <= last:
            yield period
            period = period.next()

    def __str__(self) -> str:
        match self.cadence:
            case Cadence.MONTH:
                return f"{self.year:04}-{self.index:02}"
            case Cadence.QUARTER:
                return f"{self.year:04}-Q{self.index}"
            case Cadence.HALF_YEAR:
                return f"{self.year:04}-H{self.index}"
            case Cadence.YEAR:
                return f"{self.year:04}"

    def __lt__(self, other: "Period") -> bool:
        return (self.starts_on, self.ends_on) < (other.starts_on, other.ends_on)

    @property
    def starts_on(self) -> date:
        return self._first_day(ahead=0)

    @property
    def ends_on(self) -> date:
        """The last day, inclusive."""
        return self._first_day(ahead=1) - timedelta(days=1)

    def starts_at(self, zone: ZoneInfo = ZONE) -> datetime:
        return first_instant(self.starts_on, zone)

    def ends_at(self, zone: ZoneInfo = ZONE) -> datetime:
        """The first instant after the period."""
        return first_instant(self._first_day(ahead=1), zone)

    def latest_start(self, days: int) -> date:
        """The last day on which something may begin and still hold for `days` days of the period."""
        return max(self.starts_on, self.ends_on - timedelta(days=days - 1))

    def _first_day(self, ahead: int) -> date:
        """The first day of the period that many periods later."""
        months = self.year * _MONTHS + (self.index - 1 + ahead) * self.cadence.months
        return date(months // _MONTHS, months % _MONTHS + 1, 1)

    def next(self) -> "Period":
        last = self.index * self.cadence.months == _MONTHS
        return Period(self.cadence, self.year + last, 1 if last else self.index + 1)

    def previous(self) -> "Period":
        return Period.of_day(self.cadence, self.starts_on - timedelta(days=1))


def first_instant(day: date, zone: ZoneInfo = ZONE) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def local_day(at: datetime, zone: ZoneInfo = ZONE) -> date:
    """The day on which an aware instant falls in the zone; ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return at.astimezone(zone).date()
