"""Working days (工作日) in China: weekends, holidays, and the weekend days worked in exchange (调休)."""

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

import holidays

_CHINA = holidays.country_holidays("CN")

NO_OVERRIDES: Mapping[date, bool] = MappingProxyType({})


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
    """The day that is the `number`-th working day after `day`."""
    for _ in range(number):
        day = next_working_day(day + timedelta(days=1), overrides)
    return day
