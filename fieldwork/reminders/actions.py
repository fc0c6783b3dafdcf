"""Reading a notification, and the tick by which people are told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from fieldwork.core import events
from fieldwork.core.database import Stamp
from fieldwork.core.events import Actor
from fieldwork.reminders.channels import configured
from fieldwork.reminders.channels.base import Reach
from fieldwork.reminders.deliver import deliver
from fieldwork.reminders.hazards import plan_hazards
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Notification
from fieldwork.reminders.plan import look, plan_next
from fieldwork.reminders.workdays import NO_OVERRIDES


class Told(NamedTuple):
    """What one tick did: notifications planned; deliveries to inboxes sent, no longer needed, and failed this time."""

    planned: int
    sent: int
    silent: int
    failed: int


def tick(now: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES) -> Told:
    """Look at the feed, plan the moments that have come, take the next steps, fill the inboxes.

    What goes outside is planned here, and delivered by whoever is woken for it.

    Runs its own short transactions; any number of tickers may run at once, at any time, after any outage.
    `overrides` are working days that the calendar does not know (`workdays`).
    """
    planned = look(now, overrides) + plan_hazards(now)
    while (told := plan_next(now)) is not None:
        planned += told
    climb(now, overrides)
    return Told(planned, *deliver(now, [channel for channel in configured() if channel.reach == Reach.ALL]))


def mark_read(*, notification: Notification, by: Actor, at: datetime) -> Notification:
    """The reader has seen it; the first time counts. Appends `notification.read` then."""
    with transaction.atomic():
        if Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=at, changed=Stamp()):
            events.append("notification.read", by=by, at=at, about=("notification", notification.pk))
    notification.refresh_from_db(fields=["read_at"])
    return notification
