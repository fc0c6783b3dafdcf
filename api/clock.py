"""The edge where the clock is read: below it, instants and days are arguments."""

from datetime import date, datetime

from django.utils import timezone

from fieldwork.core.periods import local_day


def now() -> datetime:
    return timezone.now()


def today() -> date:
    """The day in the policy's zone."""
    return local_day(timezone.now())
