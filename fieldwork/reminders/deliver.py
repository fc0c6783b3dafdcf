"""Deliveries: claimed in batches, looked at afresh, written, sent, recorded.

The truth is in the rows. A claim is a lease that ends by itself, so a worker killed in the middle costs one attempt;
killed between a channel's answer and its record, it may cost a repeat, which replaces the first on the screen. No
transaction is open while a channel sends.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from fieldwork.core import stopping
from fieldwork.reminders.alarms import is_stopped
from fieldwork.reminders.channels.base import Channel, Outcome, Result
from fieldwork.reminders.claiming import claim, claim_these, give_up
from fieldwork.reminders.models import Delivery
from fieldwork.reminders.recording import record
from fieldwork.reminders.writing import Written, write

LEASE = timedelta(minutes=2)
PATIENCE = 3  # single deliveries running that fail


class Delivered(NamedTuple):
    """How many deliveries were sent, no longer needed, and failed this time."""

    sent: int = 0
    silent: int = 0
    failed: int = 0


def deliver(now: datetime, channels: Iterable[Channel], *, seconds: float | None = None) -> Delivered:
    """Deliver all that is waiting, channel by channel, for so many seconds at most, or until the process is to end.

    A channel that only fails is left for the next tick, one that is stopped until it is tried again. A single delivery
    that fails says little of its channel: those that are claimed alone would hold up each other.
    """
    total = Delivered()
    started = time.monotonic()
    for channel in channels:
        give_up(channel.code, now)
        failures = 0
        while not stopping.asked():
            passed = timedelta(seconds=time.monotonic() - started)
            if seconds is not None and passed.total_seconds() >= seconds:
                return total
            # A long run must not hand out leases that have ended already.
            went = _deliver_batch(channel, now, now + passed + LEASE)
            if went is None:
                break
            total = Delivered(*(sum(pair) for pair in zip(total, went.done, strict=True)))
            failures = failures + 1 if went.only_fails else 0
            if failures == PATIENCE or (failures and went.done.failed > 1):
                break
    return total


class _Went(NamedTuple):
    """How a batch went, and whether that says that the channel sends nothing for now."""

    done: Delivered
    only_fails: bool


def _deliver_batch(channel: Channel, now: datetime, lease: datetime) -> _Went | None:
    """None when nothing is waiting, or nothing can be sent."""
    if channel.fault() or is_stopped(channel.code, now):
        return None
    batch = claim(channel, now=now, until=lease)
    if not batch:
        return None
    return _send(channel, batch, now, lease)


def deliver_these(channel: Channel, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Deliver these alone, if nobody else does; for trying out."""
    batch = claim_these(channel, deliveries, until=now + LEASE)
    if batch:
        _send(channel, batch, now, now + LEASE)


def _send(channel: Channel, batch: Sequence[Delivery], now: datetime, lease: datetime) -> _Went:
    written = write(channel, batch, now)
    outcomes = _sent(channel, written)
    done = Delivered(*record(channel, batch, list(zip(written, outcomes, strict=True)), now, lease))
    results = {one.result for one in outcomes}
    # A dead address and a message that is not taken are no fault of the channel's.
    return _Went(done, bool(results) and results <= {Result.FAILED, Result.STOPPED})


def _sent(channel: Channel, written: Sequence[Written]) -> list[Outcome]:
    """How each went; whoever has nowhere to go, or no words, is not shown to the channel."""
    going = [one for one in written if one.message is not None]
    outcomes: list[Outcome] = []
    for first in range(0, len(going), channel.batch):
        outcomes += channel.send([one.message for one in going[first : first + channel.batch] if one.message])
    answered = iter(outcomes)
    return [next(answered) if one.message is not None else one.instead or Outcome(Result.REFUSED) for one in written]
