"""Taking deliveries for a while: whoever claims at the same time gets others.

What waits for one person at one address is claimed together and becomes one message, its bundle, which keeps its tag if
it has to be sent again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from fieldwork.reminders.channels.base import Channel, Reach
from fieldwork.reminders.enums import WAITING, DeliveryState, Failure
from fieldwork.reminders.models import Delivery
from fieldwork.reminders.quiet import told_at

ATTEMPTS = 5
UNFINISHED = 2  # attempts that did not come to an end, after which one is claimed alone: it may be what ends the worker


def give_up(channel: str, now: datetime) -> int:
    """End the deliveries whose last attempt never came to an end. Answers how many."""
    return Delivery.objects.filter(
        channel=channel, state=DeliveryState.CLAIMED, claimed_until__lte=now, attempts__gte=ATTEMPTS
    ).update(state=DeliveryState.FAILED, ended_at=now, reason=Failure.UNFINISHED)


def claim(channel: Channel, *, now: datetime, until: datetime) -> list[Delivery]:
    """Take a batch of waiting deliveries of a channel until an instant, counting the attempt.

    PostgreSQL skips locked rows, SQLite admits one writer.
    """
    with transaction.atomic():
        first = _first(channel, now)
        ids = [one.pk for one in first]
        taken = first + (_of_the_same_people(channel, first, now) if channel.reach != Reach.ALL else [])
        if len(taken) != len(first) or channel.reach != Reach.ALL:
            ids = _bundled(taken)
        _take(ids, until)
    return _taken(ids)


def claim_these(channel: Channel, deliveries: Collection[Delivery], *, until: datetime) -> list[Delivery]:
    """Take those of these that nobody has taken yet."""
    with transaction.atomic():
        planned = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], channel=channel.code)
        rows = planned.filter(state=DeliveryState.PLANNED).select_for_update(skip_locked=True)
        ids = list(rows.values_list("pk", flat=True))
        _take(ids, until)
    return _taken(ids)


def _take(ids: Collection[int], until: datetime) -> None:
    Delivery.objects.filter(pk__in=ids).update(
        state=DeliveryState.CLAIMED, claimed_until=until, attempts=F("attempts") + 1
    )


def _taken(ids: Collection[int]) -> list[Delivery]:
    rows = Delivery.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.select_related("notification__user__division", "notification__division", "notification__review"))


def _waiting(channel: Channel, now: datetime) -> QuerySet[Delivery]:
    """What is due; outside the app and in the quiet hours only what is told then too, however late it has become."""
    due = Q(state=DeliveryState.PLANNED) | Q(claimed_until__lte=now)
    rows = Delivery.objects.filter(due, channel=channel.code, state__in=WAITING, not_before__lte=now)
    return rows if channel.reach == Reach.ALL else rows.filter(told_at(now))


def _first(channel: Channel, now: datetime) -> list[Delivery]:
    """The longest due; one that may have ended its workers comes alone."""
    rows = _waiting(channel, now).order_by("not_before", "pk").select_for_update(skip_locked=True, of=("self",))
    found = list(rows[: channel.batch])
    suspects = [one for one in found if one.state == DeliveryState.CLAIMED and one.attempts >= UNFINISHED]
    if suspects:
        return suspects[:1]
    return found


def _of_the_same_people(channel: Channel, first: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """What else waits for them. A suspect goes alone, and nobody waits for it."""
    if not first or (len(first) == 1 and first[0].attempts >= UNFINISHED):
        return []
    users = Delivery.objects.filter(pk__in=[one.pk for one in first]).values("notification__user")
    rows = _waiting(channel, now).filter(notification__user__in=users, attempts__lt=UNFINISHED)
    rows = rows.exclude(pk__in=[one.pk for one in first]).order_by("pk")
    return list(rows.select_for_update(skip_locked=True, of=("self",)))


def _bundled(taken: Collection[Delivery]) -> list[int]:
    """Write down what becomes one message; what was a bundle before stays that bundle. Answers the ids of all."""
    ids = [one.pk for one in taken]
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    fresh = Delivery.objects.filter(pk__in=ids, bundle="", attempts=0).order_by("pk")
    for pk, user, address in fresh.values_list("pk", "notification__user", "address"):
        groups[user, address].append(pk)
    for group in groups.values():
        if len(group) > 1:
            Delivery.objects.filter(pk__in=group).update(bundle=f"bundle:{group[0]}")
    return ids
