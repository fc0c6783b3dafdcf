"""A channel that cannot send is stopped for all workers, and its administrators hear of it; the others go on."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from fieldwork.core import events, locks
from fieldwork.core.events import SYSTEM
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification, Stoppage

AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The channel that is stopped, since when, and why."""

    channel: str
    since: datetime
    reason: str


def stop(channel: str, reason: str, now: datetime) -> datetime:
    """Stop the channel until the instant that it answers; the first time appends `channel.stopped` and tells."""
    again_at = now + AGAIN
    with transaction.atomic():
        locks.hold(f"channel:{channel}")
        known = Stoppage.objects.filter(channel=channel).update(again_at=again_at, reason=reason[:300])
        if not known:
            Stoppage.objects.create(channel=channel, since=now, again_at=again_at, reason=reason[:300])
            events.append("channel.stopped", by=SYSTEM, at=now, about=("channel", channel), reason=reason[:300])
            administrators = User.objects.filter(office=Office.ADMINISTRATOR, division=None, is_active=True)
            Notification.objects.bulk_create(
                Notification(
                    user=user,
                    kind=NotificationKind.ALARM,
                    at=now,
                    subject=f"channel:{channel}",
                    look_at=now,
                    urgent=True,
                )
                for user in administrators.order_by("pk")
            )
    return again_at


def resume(channel: str, now: datetime) -> None:
    """It sends again; appends `channel.resumed` if it was stopped."""
    if not Stoppage.objects.filter(channel=channel).exists():
        return
    with transaction.atomic():
        if Stoppage.objects.filter(channel=channel).delete()[0]:
            events.append("channel.resumed", by=SYSTEM, at=now, about=("channel", channel))


def is_stopped(channel: str, now: datetime) -> bool:
    return Stoppage.objects.filter(channel=channel, again_at__gt=now).exists()


def stopped_of(notifications: Collection[Notification]) -> dict[int, Stopped]:
    """The stoppage that each tells of, by its id, while it lasts."""
    if not notifications:
        return {}
    rows = {f"channel:{one.channel}": one for one in Stoppage.objects.all()}
    return {
        one.pk: Stopped(row.channel, row.since, row.reason) for one in notifications if (row := rows.get(one.subject))
    }
