"""Taking deliveries for a while: whoever claims at the same time gets others.

What waits for one person at one address is claimed together and becomes one message, its bundle, which keeps its tag if
it has to be sent again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from fieldwork.reminders.channels.base import Channel, Reach
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.enums import WAITING, DeliveryState, Failure
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.quiet import told_at

ATTEMPTS = 5
RECENT = timedelta(days=1)
UNFINISHED = 2  # attempts that did not come to an end, after which one is claimed alone: it may be what ends the worker


def give_up(channel: str, now: datetime) -> int:
    """End the deliveries whose last attempt never came to an end. Answers how many."""
    return Delivery.objects.filter(
        channel=channel, state=DeliveryState.CLAIMED, claimed_until__lte=now, attempts__gte=ATTEMPTS
    ).update(state=DeliveryState.FAILED, ended_at=now, reason=Failure.UNFINISHED)


def claim(channel: Channel, *, now: datetime, until: datetime, ahead: bool = False) -> list[Delivery]:
    """Take a batch of waiting deliveries of a channel until an instant, counting the attempt; `ahead` of its turn none
    where one of them may have ended its workers: it would not be alone.

    PostgreSQL skips locked rows, SQLite admits one writer.
    """
    with transaction.atomic():
        taken = _first(channel, now)
        if ahead and any(_is_suspect(one) for one in taken):
            return []
        if channel.reach != Reach.ALL:
            taken += _of_the_same_people(channel, taken, now)
            _bundle(taken)
        _take([one.pk for one in taken], until)
    for one in taken:  # as they stand now: they are locked
        one.state, one.claimed_until, one.attempts = DeliveryState.CLAIMED, until, one.attempts + 1
    return sorted(taken, key=lambda one: one.pk)


def give_back(batch: Collection[Delivery], lease: datetime) -> None:
    """What was claimed and not begun waits again; the attempt was none."""
    mine = Delivery.objects.filter(state=DeliveryState.CLAIMED, claimed_until=lease)
    mine.filter(pk__in=[one.pk for one in batch]).update(
        state=DeliveryState.PLANNED, claimed_until=None, attempts=F("attempts") - 1
    )


def claim_these(channel: Channel, deliveries: Collection[Delivery], *, until: datetime) -> list[Delivery]:
    """Take those of these that nobody has taken yet."""
    with transaction.atomic():
        planned = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], channel=channel.code)
        rows = planned.filter(state=DeliveryState.PLANNED).select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True))
        _take(ids, until)
    return _told(list(Delivery.objects.filter(pk__in=ids).order_by("pk")))


def _take(ids: Collection[int], until: datetime) -> None:
    Delivery.objects.filter(pk__in=ids).update(
        state=DeliveryState.CLAIMED, claimed_until=until, attempts=F("attempts") + 1
    )


def _told(deliveries: list[Delivery]) -> list[Delivery]:
    """With what their words are written from.

    Joined to what is claimed, PostgreSQL would read all of it a batch where it has not yet counted what was planned.
    """
    notifications = Notification.objects.select_related("user__division", "division", "review")
    found = notifications.in_bulk({one.notification_id for one in deliveries})
    for one in deliveries:
        one.notification = found[one.notification_id]
    return deliveries


def _waiting(channel: Channel, now: datetime) -> QuerySet[Delivery]:
    """What is due; outside the app only what its inbox has, or will not have, for a push opens it there, and in the
    quiet hours only what is told then too, however late it has become."""
    due = Q(state=DeliveryState.PLANNED) | Q(claimed_until__lte=now)
    rows = Delivery.objects.filter(due, channel=channel.code, state__in=WAITING, not_before__lte=now)
    if channel.reach == Reach.ALL:
        return rows
    inside = Delivery.objects.filter(notification=OuterRef("notification"), channel=Inbox.code, state__in=WAITING)
    return rows.filter(~Exists(inside), told_at(now))


def _first(channel: Channel, now: datetime) -> list[Delivery]:
    """The longest due; one that may have ended its workers comes alone."""
    rows = _waiting(channel, now).order_by("not_before", "pk").select_for_update(skip_locked=True, of=("self",))
    found = _told(list(rows[: channel.batch]))
    suspects = [one for one in found if _is_suspect(one)]
    return suspects[:1] or found


def _is_suspect(one: Delivery) -> bool:
    return one.state == DeliveryState.CLAIMED and one.attempts >= UNFINISHED


def _of_the_same_people(channel: Channel, first: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """What else waits for them. A suspect goes alone, and nobody waits for it."""
    if not first or (len(first) == 1 and first[0].attempts >= UNFINISHED):
        return []
    users = {one.notification.user_id for one in first}
    since = min(one.notification.at for one in first) - RECENT  # of what people were told in years none is read
    rows = _waiting(channel, now).filter(
        notification__user__in=users, notification__at__gte=since, attempts__lt=UNFINISHED
    )
    rows = rows.exclude(pk__in=[one.pk for one in first]).order_by("pk")
    return _told(list(rows.select_for_update(skip_locked=True, of=("self",))))


def _bundle(taken: Collection[Delivery]) -> None:
    """Write down what becomes one message; what was a bundle before stays that bundle."""
    groups: dict[tuple[int, str], list[Delivery]] = defaultdict(list)
    for one in sorted(taken, key=lambda one: one.pk):
        if not one.bundle and not one.attempts:
            groups[one.notification.user_id, one.address].append(one)
    for group in groups.values():
        if len(group) > 1:
            for one in group:
                one.bundle = f"bundle:{group[0].pk}"
            Delivery.objects.filter(pk__in=[one.pk for one in group]).update(bundle=group[0].bundle)
