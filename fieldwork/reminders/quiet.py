"""Hours of quiet (免打扰), and the mornings at which what can wait is told."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from fieldwork.core.periods import ZONE, local_day
from fieldwork.reminders.models import Notification
from fieldwork.reminders.timetable import MAJOR_HAZARD, Timetable, timetable
from fieldwork.reminders.workdays import NO_OVERRIDES, next_working_day


def local(day: date, at: time) -> datetime:
    """That hour of that day in the policies' zone."""
    return datetime.combine(day, at, tzinfo=ZONE)


def awake(at: datetime, table: Timetable) -> datetime:
    """`at`, or the end of the quiet hours in which it falls."""
    here = at.astimezone(ZONE)
    start, end = table.quiet_from, table.quiet_until
    over_midnight = start > end
    quiet = here.time() >= start or here.time() < end if over_midnight else start <= here.time() < end
    if not quiet:
        return at
    tomorrow = over_midnight and here.time() >= start
    return local(here.date() + timedelta(days=tomorrow), end)


def is_loud(one: Notification, table: Timetable) -> bool:
    """Whether it is told in the quiet hours too."""
    return one.kind in table.loud or (one.urgent and MAJOR_HAZARD in table.loud)


def told_at(now: datetime) -> Q:
    """The deliveries that may go outside at that instant: in the quiet hours those of what is told then too."""
    table = timetable()
    if awake(now, table) == now:
        return Q()
    urgent = Q(notification__urgent=True) if MAJOR_HAZARD in table.loud else Q()
    return Q(notification__kind__in=table.loud) | urgent


def next_morning(at: datetime, hour: time) -> datetime:
    """The first instant after `at` at which it is that hour."""
    today = local(local_day(at), hour)
    return today if today > at else local(local_day(at) + timedelta(days=1), hour)


def next_working_morning(at: datetime, hour: time, overrides: Mapping[date, bool] = NO_OVERRIDES) -> datetime:
    """The same, of a working day."""
    return local(next_working_day(local_day(next_morning(at, hour)), overrides), hour)
