"""Deliveries: claimed in batches, looked at afresh, written, sent, recorded.

The truth is in the rows. A claim is a lease that ends by itself, so a worker killed in the middle costs one attempt;
killed between a channel's answer and its record, it may cost a repeat, which replaces the first on the screen. No
transaction waits for a channel.
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple

from fieldwork.core import stopping
from fieldwork.reminders.alarms import is_stopped
from fieldwork.reminders.channels.base import Channel, Outcome, Reach, Result
from fieldwork.reminders.claiming import claim, claim_these, give_back, give_up
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
    total, span = Delivered(), _Span(now, seconds)
    for channel in channels:
        if span.is_over():
            break
        give_up(channel.code, now)
        total = _sum(total, _deliver_all(channel, span))
    return total


class _Span:
    """From when on, and for how long, deliveries are taken."""

    def __init__(self, now: datetime, seconds: float | None) -> None:
        self.now, self._seconds, self._started = now, seconds, time.monotonic()

    def is_over(self) -> bool:
        return stopping.asked() or (self._seconds is not None and self._passed() >= self._seconds)

    def lease(self) -> datetime:
        """A long run must not hand out leases that have ended already."""
        return self.now + timedelta(seconds=self._passed()) + LEASE

    def _passed(self) -> float:
        return time.monotonic() - self._started


class _Claimed(NamedTuple):
    """What is ours until an instant."""

    batch: Sequence[Delivery]
    lease: datetime


def _claim(channel: Channel, span: _Span, *, ahead: bool = False) -> _Claimed | None:
    lease = span.lease()
    batch = claim(channel, now=span.now, until=lease, ahead=ahead)
    return _Claimed(batch, lease) if batch else None


def _deliver_all(channel: Channel, span: _Span) -> Delivered:
    total, failures, ours = Delivered(), 0, None
    while not (span.is_over() or channel.fault() or is_stopped(channel.code, span.now)):
        ours = ours or _claim(channel, span)
        if ours is None:
            break
        went, ours = _send(channel, ours, span)
        total = _sum(total, went.done)
        failures = failures + 1 if went.only_fails else 0
        if failures == PATIENCE or (failures and went.done.failed > 1):
            break
    if ours:
        give_back(ours.batch, ours.lease)
    return total


def _sum(one: Delivered, other: Delivered) -> Delivered:
    return Delivered(*(sum(pair) for pair in zip(one, other, strict=True)))


def deliver_these(channel: Channel, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Deliver these alone, if nobody else does; for trying out."""
    batch = claim_these(channel, deliveries, until=now + LEASE)
    if batch:
        written = write(channel, batch, now)
        _record(channel, _Claimed(batch, now + LEASE), written, _sent(channel, written), now)


class _Went(NamedTuple):
    """How a batch went, and whether that says that the channel sends nothing for now."""

    done: Delivered
    only_fails: bool


def _send(channel: Channel, ours: _Claimed, span: _Span) -> tuple[_Went, _Claimed | None]:
    """Send a batch, and where there are many, claim the next one meanwhile.

    That one is written only when this one is recorded: no words are older than a batch, and no more than a batch is
    sent again after a crash. What goes to all becomes rows here, and waits for nobody outside.
    """
    written = write(channel, ours.batch, span.now)
    if channel.reach == Reach.ALL or len(ours.batch) < channel.batch:
        return _record(channel, ours, written, _sent(channel, written), span.now), None
    with ThreadPoolExecutor(max_workers=1) as line:
        outcomes = line.submit(_sent, channel, written)
        try:
            following = None if span.is_over() else _claim(channel, span, ahead=True)
        finally:
            went = _record(channel, ours, written, outcomes.result(), span.now)
    return went, following


def _record(
    channel: Channel, ours: _Claimed, written: Sequence[Written], outcomes: Sequence[Outcome], now: datetime
) -> _Went:
    done = Delivered(*record(channel, ours.batch, list(zip(written, outcomes, strict=True)), now, ours.lease))
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
