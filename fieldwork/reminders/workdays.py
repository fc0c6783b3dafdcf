"""Working days (工作日) in China: weekends, holidays, and the weekend days worked in exchange (调休)."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import holidays

from fieldwork.reminders.models import Workday

_CHINA = holidays.country_holidays("CN")
_DECEMBER = 12  # when next year's notice is out: it has come in November, or in October
_LOOKED_BACK = 10  # years

NO_OVERRIDES: Mapping[date, bool] = MappingProxyType({})


def overrides(start: date | None = None, end: date | None = None) -> dict[date, bool]:
    """Which days the table says are worked or not, from `start` to `end`, both inclusive; all of them without."""
    found = Workday.objects.all()
    if start is not None:
        found = found.filter(day__gte=start)
    if end is not None:
        found = found.filter(day__lte=end)
    return dict(found.values_list("day", "worked"))


def is_working_day(day: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> bool:
    """Whether `day` is worked. `overrides` says so of single days and wins: for a notice not known here.

    Source: the State Council's yearly notice, as the `holidays` package has it. Of a year whose notice it
    lacks, it knows the statutory holidays and not the exchanged days.
    """
    return overrides[day] if day in overrides else _CHINA.is_working_day(day)


def next_working_day(day: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The first working day on or after `day`."""
    while not is_working_day(day, overrides):
        day += timedelta(days=1)
    return day


def after_working_days(day: date, number: int, overrides: Mapping[date, bool] = NO_OVERRIDES) -> date:
    """The day that is the `number`th working day after `day`, which itself never counts; `day` for none."""
    for _ in range(number):
        day = next_working_day(day + timedelta(days=1), overrides)
    return day


def knows_notice(year: int, overrides: Mapping[date, bool] = NO_OVERRIDES) -> bool:
    """Whether the exchanged days of a year are known, from the table or from the package.

    Every notice has weekend days that are worked; the package has none in a year whose notice it lacks. The table must
    hold days off beside: a single day that was written by hand is no notice.
    """
    told = {worked for day, worked in overrides.items() if day.year == year}
    _CHINA.is_working_day(date(year, 1, 1))  # the package reads a year when it is first asked for it
    return told == {True, False} or any(day.year == year for day in _CHINA.weekend_workdays)


def missing_notice(on: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> int | None:
    """The year whose notice is lacking: this one, or from 1 December on the next; None while all is known."""
    years = [on.year, on.year + 1] if on.month == _DECEMBER else [on.year]
    return next((year for year in years if not knows_notice(year, overrides)), None)


def known_until(on: date, overrides: Mapping[date, bool] = NO_OVERRIDES) -> int | None:
    """The last year up to the next whose notice is known; None if none of the last ten is."""
    years = range(on.year + 1, on.year - _LOOKED_BACK, -1)
    return next((year for year in years if knows_notice(year, overrides)), None)
