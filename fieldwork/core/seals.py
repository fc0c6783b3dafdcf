"""Seals (封存): signed statements over batches of events in feed order, each over the one before.

Events are read as any reader of the feed reads them, so a late commit is never skipped and no writer waits. Of several
who seal at once one's seal stands; the others' are thrown away.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from fieldwork.core import events, jws, locks, merkle, signing
from fieldwork.core.events import Mark
from fieldwork.core.models import Event, Seal

BATCH = 10_000  # events a seal covers at most
ID, HASH = 8, 32  # bytes


def seal(now: datetime, batch: int = BATCH) -> Seal | None:
    """Seal what has come since the last seal: if a whole batch has, or that was `SEAL_MINUTES` ago.

    None if there is nothing to do, or another sealer was faster. Errors: `signing.NoKey`.
    """
    last = last_seal()
    waiting = events.after(mark_of(last))
    if not _is_due(last, now) and not waiting[batch - 1 : batch].exists():
        return None
    found = list(waiting.only("epoch", "transaction", "body")[:batch])
    if not found:
        return None
    leaves = b"".join(leaf_of(event) for event in found)
    said = statement(last, found, leaves, now)
    with transaction.atomic():
        locks.hold("seals")
        if getattr(last_seal(), "number", 0) != said["number"] - 1:
            return None
        text = signing.signer(now).sign(said)
        return Seal.objects.create(
            number=said["number"], jws=text, digest=digest_of(text), leaves=leaves, sealed_at=now,
            **mark_of_event(found[-1])._asdict(),
        )  # fmt: skip


def last_seal() -> Seal | None:
    """Without its leaves."""
    return Seal.objects.defer("leaves").order_by("-number").first()


def statement(last: Seal | None, found: list[Event], leaves: bytes, at: datetime) -> dict[str, Any]:
    """What a seal says of these events. `leaves` is the digest of the column; marks are (epoch, transaction, id)."""
    return {
        "kind": "seal",
        "number": last.number + 1 if last else 1,
        "previous": last.digest if last else None,
        "root": merkle.root(hashes_of(leaves)).hex(),
        "events": len(found),
        "first": list(mark_of_event(found[0])),
        "last": list(mark_of_event(found[-1])),
        "leaves": hashlib.sha256(leaves).hexdigest(),
        "sealed_at": at.astimezone(UTC).isoformat(),
    }


def record_of(event: Event) -> bytes:
    """The bytes of which a leaf is the hash: the event's place in the feed, a line feed, and its body."""
    return f"{event.epoch} {event.transaction} {event.pk}\n{event.body}".encode()


def leaf_of(event: Event) -> bytes:
    return event.pk.to_bytes(ID, signed=True) + merkle.leaf(record_of(event))


def ids_of(leaves: bytes) -> list[int]:
    """Of the events, in feed order."""
    return [int.from_bytes(each[:ID], signed=True) for each in _each(leaves)]


def hashes_of(leaves: bytes) -> list[bytes]:
    return [each[ID:] for each in _each(leaves)]


def mark_of(seal: Seal | None) -> Mark:
    """How far it covers the feed, as it was signed."""
    return Mark(*jws.read(seal.jws).payload["last"]) if seal else Mark()


def mark_of_event(event: Event) -> Mark:
    return Mark(event.epoch, event.transaction, event.pk)


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _each(leaves: bytes) -> list[bytes]:
    return [leaves[at : at + ID + HASH] for at in range(0, len(leaves), ID + HASH)]


def _is_due(last: Seal | None, now: datetime) -> bool:
    """Also if the last seal is of a time to come: a clock was wrong."""
    return last is None or not timedelta(0) <= now - last.sealed_at < timedelta(minutes=settings.SEAL_MINUTES)
