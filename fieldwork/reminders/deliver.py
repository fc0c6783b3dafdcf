"""Deliveries: claimed in batches, looked at afresh, written, sent, recorded.

The truth is in the rows. A claim is a lease that ends by itself, so a worker killed in the middle costs one
attempt; killed between a channel's answer and its record, it may cost a repeat. No transaction is open while
a channel sends.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q
from django.utils import translation

from fieldwork.core.periods import local_day
from fieldwork.reminders import texts
from fieldwork.reminders.channels.base import Channel, Message, Outcome, Result
from fieldwork.reminders.enums import DeliveryState, NotificationKind
from fieldwork.reminders.hazards import Waitings, waiting_for
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.plan import is_news
from fieldwork.reminders.queries import Digest, Owed, digests_of, owed_by
from fieldwork.reminders.verdicts import Decided, decided_in

LEASE = timedelta(minutes=2)
ATTEMPTS = 5
WAITING = [DeliveryState.PLANNED, DeliveryState.CLAIMED]
Facts = list[Owed] | Digest | Decided | Waitings


class Delivered(NamedTuple):
    """How many deliveries were sent, no longer needed, and failed this time."""

    sent: int = 0
    silent: int = 0
    failed: int = 0


def deliver(now: datetime, channels: Iterable[Channel]) -> Delivered:
    """Deliver all that is waiting, channel by channel; one that only fails is left for the next tick."""
    give_up(now)
    total = Delivered()
    started = time.monotonic()
    for channel in channels:
        while True:
            # A long run must not hand out leases that have ended already.
            lease = now + timedelta(seconds=time.monotonic() - started) + LEASE
            batch = claim(channel.code, now=now, until=lease, limit=channel.batch)
            if not batch:
                break
            done = _send(channel, batch, now, lease)
            total = Delivered(*(sum(pair) for pair in zip(total, done, strict=True)))
            if done.failed and not done.sent:
                break
    return total


def give_up(now: datetime) -> int:
    """End the deliveries whose last attempt never came to an end. Answers how many."""
    return Delivery.objects.filter(state=DeliveryState.CLAIMED, claimed_until__lte=now, attempts__gte=ATTEMPTS).update(
        state=DeliveryState.FAILED, ended_at=now, error="The last attempt did not come to an end."
    )


def claim(channel: str, *, now: datetime, until: datetime, limit: int) -> list[Delivery]:
    """Take at most `limit` waiting deliveries of a channel until an instant, counting the attempt.

    Whoever claims at the same time gets others: PostgreSQL skips locked rows, SQLite admits one writer.
    """
    waiting = Delivery.objects.filter(
        Q(state=DeliveryState.PLANNED) | Q(claimed_until__lte=now),
        channel=channel, state__in=WAITING, not_before__lte=now,
    )  # fmt: skip
    with transaction.atomic():
        first = waiting.order_by("not_before").select_for_update(skip_locked=True)
        ids = list(first.values_list("pk", flat=True)[:limit])
        Delivery.objects.filter(pk__in=ids).update(
            state=DeliveryState.CLAIMED, claimed_until=until, attempts=F("attempts") + 1
        )
    return list(Delivery.objects.filter(pk__in=ids).select_related("notification__user__division"))


def _send(channel: Channel, batch: Sequence[Delivery], now: datetime, lease: datetime) -> Delivered:
    messages = write([delivery.notification for delivery in batch], now)
    needed = [delivery for delivery in batch if delivery.notification_id in messages]
    outcomes = channel.send([messages[delivery.notification_id] for delivery in needed]) if needed else []
    silent = [delivery.pk for delivery in batch if delivery.notification_id not in messages]
    return _record(list(zip(needed, outcomes, strict=True)), silent, now, lease)


def write(notifications: Sequence[Notification], now: datetime) -> dict[int, Message]:
    """The words of each notification from the facts at `now`, by id; those no longer needed are left out."""
    readable = [one for one in notifications if one.user.is_active]
    facts = _facts_of(readable, now)
    written = {}
    for one in readable:
        with translation.override(one.user.language):
            words = _words(one, facts.get(one.pk), now)
        if words is not None:
            written[one.pk] = Message(
                notification=one.pk, user=one.user_id, to=str(one.user), kind=NotificationKind(one.kind),
                title=words.title, body=words.body, brief="", at=now, tag=one.subject, link=f"notifications/{one.pk}",
            )  # fmt: skip
    return written


def _facts_of(notifications: Sequence[Notification], now: datetime) -> dict[int, Facts]:
    """What each is about now, by its id; nothing where that has ceased to be."""
    of = {kind: [one for one in notifications if one.kind == kind] for kind in NotificationKind}
    owed = owed_by(of[NotificationKind.REMINDER] + of[NotificationKind.LAPSE])
    return {
        **owed,
        **digests_of(of[NotificationKind.DIGEST], now),
        **decided_in(of[NotificationKind.VERDICT]),
        **waiting_for(of[NotificationKind.HAZARD], now),
    }


def _words(one: Notification, facts: Facts | None, now: datetime) -> texts.Words | None:
    match facts:
        case None:
            return None
        case Digest():
            return texts.digest(facts)
        case Decided():
            return texts.verdict(facts)
        case Waitings():
            return texts.hazards(facts)
    if one.kind == NotificationKind.LAPSE:
        lapsed = [duty for duty in facts if duty.due_at <= now]
        return texts.lapse(lapsed) if lapsed else None
    due = [duty for duty in facts if is_news(one.kind, one.at, duty.due_at, now)]
    return texts.reminder(due, local_day(now)) if due else None


def _record(
    answered: Sequence[tuple[Delivery, Outcome]], silent: Collection[int], now: datetime, lease: datetime
) -> Delivered:
    """Write down how a batch went; what somebody else has claimed since is theirs."""
    sent = [delivery.pk for delivery, outcome in answered if outcome.result == Result.SENT]
    failed: dict[tuple[str, DeliveryState, int], list[int]] = defaultdict(list)
    for delivery, outcome in answered:
        if outcome.result != Result.SENT:
            final = outcome.result == Result.GONE or delivery.attempts >= ATTEMPTS
            state = DeliveryState.FAILED if final else DeliveryState.PLANNED
            failed[outcome.text[:300], state, delivery.attempts].append(delivery.pk)
    with transaction.atomic():
        mine = Delivery.objects.filter(state=DeliveryState.CLAIMED, claimed_until=lease)
        mine.filter(pk__in=sent).update(state=DeliveryState.SENT, ended_at=now, claimed_until=None, error="")
        mine.filter(pk__in=silent).update(state=DeliveryState.SILENT, ended_at=now, claimed_until=None, error="")
        for (text, state, attempts), ids in failed.items():
            ended = now if state == DeliveryState.FAILED else None
            mine.filter(pk__in=ids).update(
                state=state, ended_at=ended, claimed_until=None, error=text, not_before=now + pause(attempts)
            )
    return Delivered(len(sent), len(silent), len(answered) - len(sent))


def pause(attempts: int) -> timedelta:
    """How long to wait after that many attempts: 1, 4, 16, 64 minutes."""
    return timedelta(minutes=4 ** (attempts - 1))
