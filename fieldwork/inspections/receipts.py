"""Receipts (回执): what the server signed of a check-in when it was complete. The phone keeps it; it never changes.

It is issued in the transaction that completes the check-in, and that transaction's event names its digest. Where the
private key cannot be read, the check-in is stored all the same, and the worker makes up for it.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from fieldwork.core import events, signing, stopping
from fieldwork.core.enums import DeclaredState
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.prepared import insert_of
from fieldwork.inspections.models import CheckIn, Receipt
from fieldwork.inspections.queries import path_of

READER = "receipts"
BATCH = 500  # events read in one transaction


def issue_receipt(check_in: CheckIn, at: datetime) -> str | None:
    """Sign for a check-in that has just become complete; the caller's event says `receipt=` with what this answers.

    The SHA-256 of the receipt in hex; None if no key is here to sign with. A check-in becomes complete once.
    """
    photos = list(check_in.photos.values_list("sha256", "blob_id"))
    return issue(check_in, photos, at)


def issue(check_in: CheckIn, photos: Sequence[tuple[str, str | None]], at: datetime) -> str | None:
    """As `issue_receipt`, for a caller that has the photos' digests at hand: each with its blob's, None if lost."""
    try:
        signer = signing.signer(at)
    except signing.NoKey:
        return None
    jws = signer.sign(statement(check_in, photos, at))
    insert_of(Receipt)(Receipt(check_in=check_in, jws=jws, key_id=signer.key, issued_at=at))
    return digest_of(jws)


def statement(check_in: CheckIn, photos: Sequence[tuple[str, str | None]], at: datetime) -> dict[str, Any]:
    """What a receipt says; instants in UTC. `content` is the digest of the declared content as it is stored."""
    return {
        "kind": "receipt",
        "check_in": str(check_in.pk),
        "content": check_in.digest,
        "photos": sorted(sha256 for sha256, blob in photos if blob is not None),
        "lost": sorted(sha256 for sha256, blob in photos if blob is None),
        "received_at": check_in.received_at.astimezone(UTC).isoformat(),
        "issued_at": at.astimezone(UTC).isoformat(),
    }


def digest_of(jws: str) -> str:
    return hashlib.sha256(jws.encode()).hexdigest()


def issue_late(now: datetime) -> int:
    """Sign what was completed while no key was here, or before receipts were; answers how many.

    Reads on in the feed only as far as everything has been signed, and this process is not told to end.
    """
    issued = 0
    while not stopping.asked():
        with transaction.atomic():
            read = list(events.unread(READER, BATCH))
            if not read:
                return issued
            for check_in in _without(read):
                digest = issue_receipt(check_in, now)
                if digest is None:
                    transaction.set_rollback(True)
                    return issued
                events.append(
                    "check_in.receipt_issued", by=SYSTEM, at=now, about=("check_in", check_in.pk),
                    division_path=path_of(check_in), receipt=digest,
                )  # fmt: skip
                issued += 1
            events.seen(READER, read[-1])
    return issued


def _without(read: list[Event]) -> list[CheckIn]:
    """The complete check-ins without a receipt among those that these events are about, locked."""
    told = {event.object_id for event in read if event.object_kind == "check_in" and not event.data.get("receipt")}
    complete = CheckIn.objects.filter(pk__in=told, state=DeclaredState.COMPLETE, receipt=None).order_by("pk")
    return list(complete.select_for_update(of=("self",)))
