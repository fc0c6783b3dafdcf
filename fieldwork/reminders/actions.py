"""Reading a notification, and the tick by which people are told."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from fieldwork.core import events, stopping
from fieldwork.core.database import Stamp
from fieldwork.core.events import Actor
from fieldwork.directory.models import User
from fieldwork.reminders.channels.base import Reach
from fieldwork.reminders.deliver import Delivered, deliver, deliver_these
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.hazards import plan_hazards
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.plan import look, plan_next
from fieldwork.reminders.waking import OVERDUE_S, at_once, overdue, wake
from fieldwork.reminders.ways import ways_to, working
from fieldwork.reminders.workdays import NO_OVERRIDES


class Told(NamedTuple):
    """What one tick did: notifications planned; deliveries to inboxes sent, no longer needed, and failed this time."""

    planned: int
    sent: int
    silent: int
    failed: int


def tick(now: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES) -> Told:
    """Look at the feed, plan the moments that have come, take the next steps, fill the inboxes, wake workers for what
    is waiting, deliver the rest.

    The rest is what no woken worker has taken in time. Runs its own short transactions;
    any number of tickers may run at once, at any time, after any outage.
    `overrides` are working days that the calendar does not know (`workdays`).
    """
    planned = look(now, overrides) + plan_hazards(now)
    while not stopping.asked() and (told := plan_next(now)) is not None:
        planned += told
    climb(now, overrides)
    try:
        inside = deliver(now, at_once())
    finally:  # an inbox that fails is no reason to wake nobody
        wake(now)
    done: list[Delivered] = [inside, deliver(now, overdue(now), seconds=OVERDUE_S)]
    return Told(planned, *(sum(each) for each in zip(*done, strict=True)))


def mark_read(*, notification: Notification, by: Actor, at: datetime) -> Notification:
    """The reader has seen it; the first time counts. Appends `notification.read` then."""
    with transaction.atomic():
        if Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=at, changed=Stamp()):
            events.append("notification.read", by=by, at=at, about=("notification", notification.pk))
    notification.refresh_from_db(fields=["read_at"])
    return notification


def try_out(*, user: User, at: datetime) -> list[Delivery]:
    """Send a trial at once through every channel that leads to this person, whatever they muted; answers how it went.

    It is a notification like others, and stands in the inbox. Appends `push.tried`.
    """
    channels = sorted(working(at), key=lambda channel: channel.reach != Reach.ALL)  # what a push opens is there
    reached = ways_to([user.pk], channels, at).reached.get(user.pk, {})
    with transaction.atomic():
        one = Notification.objects.create(user=user, kind=NotificationKind.TEST, at=at, subject="trial")
        to_all = [(channel.code, "") for channel in channels if channel.reach == Reach.ALL]
        outside = [(channel.code, address) for channel in channels for address in reached.get(channel.code, ())]
        Delivery.objects.bulk_create(
            Delivery(notification=one, channel=code, address=address, not_before=at)
            for code, address in to_all + outside
        )
        events.append("push.tried", by=events.SYSTEM, at=at, about=("user", user.pk), notification=one.pk)
    for channel in channels:
        deliver_these(channel, list(one.deliveries.filter(channel=channel.code)), at)
    return list(one.deliveries.order_by("pk"))
