"""Seals against their signatures and one another, and events against the leaves that were sealed of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from fieldwork.core import jws, merkle, seals
from fieldwork.core.events import Mark
from fieldwork.core.models import Event, Seal
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.keys import Lives, lives, signed_in_time
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import columns_that_differ

CHUNK = 1000
AT_MOST = timedelta(hours=1)  # from what an event says of its time to its commit


@dataclass
class Sealed:
    """What was found on the way: how many seals and events, and how many events wait for a seal."""

    seals: int = 0
    events: int = 0
    waiting: int = 0
    _last: Seal | None = None
    _mark: Mark | None = None
    _lives: Lives = field(default_factory=dict)

    def check(self, keys: dict[str, str], since: datetime | None = None) -> Iterator[Finding]:
        """All seals in their order, each with its events, then what is not sealed yet; one seal's leaves in memory."""
        rows = Seal.objects.order_by("number")
        if since is not None:
            rows = rows.filter(sealed_at__gte=since)
        self._lives = lives()
        for seal in rows.iterator(chunk_size=1):
            yield from self._check(seal, keys, follows=since is None or self.seals > 0)
            if self._last is not None:
                yield from _backdated(self._last, seal)
            self.seals += 1
            self._last = seal
        if since is None or self.seals:
            yield from self._check_waiting()

    def _check(self, seal: Seal, keys: dict[str, str], follows: bool) -> Iterator[Finding]:
        leaves = bytes(seal.leaves)
        try:
            said = jws.verify(seal.jws, keys.get(jws.read(seal.jws).key, ""))
        except jws.Forged as error:
            yield altered(Record.SEAL, seal.number, f"jws: {error}")
            # What its columns say is all there is to go by.
            yield from self._check_events(leaves, after=self._mark, last=_end(seal))
            return
        if follows:
            yield from self._check_chain(seal, said)
        wrong = _columns_that_differ(seal, said)
        if not signed_in_time(jws.read(seal.jws).key, said["sealed_at"], self._lives):
            wrong.append("key: not in its time")
        if wrong:
            yield altered(Record.SEAL, seal.number, ", ".join(wrong))
        first, last = Mark(*said["first"]), Mark(*said["last"])
        if "leaves" in wrong:
            yield from self._check_root(seal, said, first, last)
        elif follows and said["number"] == self._last_number() + 1:
            yield from self._check_events(leaves, after=self._mark, last=last)
        else:
            yield from self._check_events(leaves, first=first, last=last)

    def _check_chain(self, seal: Seal, said: dict[str, Any]) -> Iterator[Finding]:
        """Each number once, without a gap; each over the one before."""
        expected = self._last_number() + 1
        for number in range(expected, said["number"]):
            yield removed(Record.SEAL, number)
        # One that was found altered is not found again in the one that follows.
        whole = self._last is None or self._last.digest == seals.digest_of(self._last.jws)
        if said["number"] == expected and whole and said["previous"] != (self._last.digest if self._last else None):
            yield altered(Record.SEAL, seal.number, "previous")

    def _last_number(self) -> int:
        return self._last.number if self._last else 0

    def _check_events(
        self, leaves: bytes, *, after: Mark | None = None, first: Mark | None = None, last: Mark
    ) -> Iterator[Finding]:
        sealed = dict(zip(seals.ids_of(leaves), seals.hashes_of(leaves), strict=True))
        for ids in portions(sealed, CHUNK):
            found = Event.objects.in_bulk(ids)
            for pk in ids:
                yield from _check_event(pk, found.get(pk), sealed[pk])
        for pk in between(after, first, last).values_list("pk", flat=True).iterator(chunk_size=CHUNK):
            if pk not in sealed:
                yield inserted(Record.EVENT, pk)
        self.events += len(sealed)
        self._mark = last

    def _check_root(self, seal: Seal, said: dict[str, Any], first: Mark, last: Mark) -> Iterator[Finding]:
        """Without the leaves: do the events that lie there make up the root?"""
        lying = between(None, first, last).iterator(chunk_size=CHUNK)
        hashes = [merkle.leaf(seals.record_of(event)) for event in lying]
        if merkle.root(hashes).hex() != said["root"]:
            yield altered(Record.EVENT, f"{first.event}–{last.event}", f"seal {seal.number}: root")
        self.events += len(hashes)
        self._mark = last

    def _check_waiting(self) -> Iterator[Finding]:
        for event in between(self._mark, None, None).iterator(chunk_size=CHUNK):
            self.waiting += 1
            wrong = columns_that_differ(event)
            if wrong:
                yield altered(Record.EVENT, event.pk, ", ".join(wrong))


def between(after: Mark | None, first: Mark | None, last: Mark | None) -> QuerySet[Event]:
    """Events in feed order behind `after`, or from `first` on, up to and with `last`; None is no bound."""
    found = Event.objects.order_by("epoch", "transaction", "id")
    place = '(core_event.epoch, core_event."transaction", core_event.id)'
    bounds = ((">", after), (">=", None if after else first), ("<=", last))
    given = [(sign, mark) for sign, mark in bounds if mark is not None]
    where = [f"{place} {sign} (%s, %s, %s)" for sign, _mark in given]
    params = [part for _sign, mark in given for part in mark]
    return found.extra(where=where, params=params)  # noqa: S610  # fixed text, values as parameters


def _backdated(before: Seal, seal: Seal) -> Iterator[Finding]:
    """Events of a seal that say they are older than the seal before, and than what that sealed last: somebody has put
    them into the feed later, and whoever seals cannot know. A wrong clock, or a sealer that slept, makes none."""
    ended = Event.objects.filter(pk=before.event).values_list("at", flat=True).first()
    earliest = min(at for at in (before.sealed_at, seal.sealed_at, ended) if at is not None) - AT_MOST
    for event in between(_end(before), None, _end(seal)).filter(at__lt=earliest).iterator(chunk_size=CHUNK):
        yield inserted(Record.EVENT, event.pk, f"{event.at.isoformat()} < seal {before.number}")


def _end(seal: Seal) -> Mark:
    return Mark(seal.epoch, seal.transaction, seal.event)


def _check_event(pk: int, event: Event | None, leaf: bytes) -> Iterator[Finding]:
    if event is None:
        yield removed(Record.EVENT, pk)
        return
    wrong = columns_that_differ(event)
    if merkle.leaf(seals.record_of(event)) != leaf:
        yield altered(Record.EVENT, pk, ", ".join(wrong) or "body, epoch, transaction")
    elif wrong:
        yield altered(Record.EVENT, pk, ", ".join(wrong))


def _columns_that_differ(seal: Seal, said: dict[str, Any]) -> list[str]:
    leaves = bytes(seal.leaves)
    pairs = {
        "number": (seal.number, said["number"]),
        "digest": (seal.digest, seals.digest_of(seal.jws)),
        "leaves": (hashlib.sha256(leaves).hexdigest(), said["leaves"]),
        "epoch": (seal.epoch, said["last"][0]),
        "transaction": (seal.transaction, said["last"][1]),
        "event": (seal.event, said["last"][2]),
        "sealed_at": (seal.sealed_at.astimezone(UTC).isoformat(), said["sealed_at"]),
    }
    return [name for name, (here, signed) in pairs.items() if here != signed]
