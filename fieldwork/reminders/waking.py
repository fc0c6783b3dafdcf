"""Workers are woken for what waits to be delivered outside.

The rows are the truth, the queue only wakes: a wake that is lost is sent again by the next tick, and what nobody was
woken for is delivered by whoever ticks, a little later.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_tasks import task

from fieldwork.core import queue, stopping
from fieldwork.reminders.channels import REGISTRY, configured
from fieldwork.reminders.channels.base import Channel, Reach
from fieldwork.reminders.deliver import deliver
from fieldwork.reminders.enums import WAITING
from fieldwork.reminders.models import Delivery
from fieldwork.reminders.quiet import told_at
from fieldwork.reminders.ways import working

PER_WAKE = 200  # deliveries for which it is worth to wake one worker more
MOST_WAKES = 16  # a channel and tick: as many workers as send at once
SLICE_S = 10.0  # after which a worker looks whether there is other work
PATIENCE = timedelta(minutes=5)  # after which whoever ticks delivers what no woken worker did
OVERDUE_S = 20.0  # of a tick at most


@task
def deliver_waiting(channel_code: str, until: str) -> int:
    """Deliver what waits for a channel, for one slice; answers how many deliveries ended or were put off.

    What is left then has a wake of its own. `until` is an instant in ISO 8601 from which on this wake is stale and does
    nothing: the next tick has sent others.
    """
    now, channel = timezone.now(), _named(channel_code)
    if channel is None or now >= datetime.fromisoformat(until):
        return 0
    started = time.monotonic()
    done = sum(deliver(now, [channel], seconds=SLICE_S))
    is_broken_off = time.monotonic() - started >= SLICE_S or stopping.asked()
    if done and is_broken_off and due(channel.code, timezone.now()).exists():
        queue.put(deliver_waiting, channel_code, until)
    return done


def wake(now: datetime) -> int:
    """Wake workers for each channel to the outside that has something due; answers how many times.

    A wake is good until the next tick but one, so that wakes which nobody took do not pile up.
    """
    until = (now + 2 * timedelta(seconds=settings.TICK_SECONDS)).isoformat()
    sent = 0
    for channel in _sending(now):
        for _ in range(_wakes_for(channel.code, now)):
            if not queue.put(deliver_waiting, channel.code, until):
                return sent
            sent += 1
    return sent


def overdue(now: datetime) -> list[Channel]:
    """The channels to the outside that have left something lying: no woken worker is there, or too few."""
    return [channel for channel in _sending(now) if due(channel.code, now - PATIENCE).exists()]


def at_once() -> list[Channel]:
    """The configured channels for which nobody is woken: they ask nobody outside, and take no time."""
    return [channel for channel in configured() if channel.reach == Reach.ALL]


def due(channel_code: str, now: datetime) -> QuerySet[Delivery]:
    """The deliveries of a channel that could be sent, and are nobody's."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return Delivery.objects.filter(free, told_at(now), channel=channel_code, state__in=WAITING, not_before__lte=now)


def _sending(now: datetime) -> Iterable[Channel]:
    """The configured channels to the outside that can send."""
    return [channel for channel in working(now) if channel.reach != Reach.ALL]


def _wakes_for(channel_code: str, now: datetime) -> int:
    waiting = due(channel_code, now)[: PER_WAKE * MOST_WAKES].count()
    return -(-waiting // PER_WAKE)


def _named(code: str) -> Channel | None:
    """None for a channel that was switched off since."""
    return REGISTRY[code] if code in settings.CHANNELS else None
