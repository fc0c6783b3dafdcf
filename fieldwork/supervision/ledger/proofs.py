"""The proof of one check-in (打卡证明): enough for anybody to check it offline, with `deploy/verify_proof.py`."""

from datetime import datetime
from typing import Any

from django.db import transaction

from fieldwork.core import events, merkle, seals, signing
from fieldwork.core.events import Actor
from fieldwork.core.models import Event, Seal
from fieldwork.inspections.models import CheckIn, Receipt
from fieldwork.inspections.queries import path_of

FORMAT = 1


class OtherHead(Exception):
    """The head is no seal of this ledger, or lies before what is to be proven."""


def export_proof(check_in: CheckIn, *, by: Actor, at: datetime, head: str | None = None) -> dict[str, Any]:
    """All that stands of a check-in: its content, its receipt, its events sealed so far, each with its path to the root
    of its seal; and the keys. `head`, an exported seal: also the seals up to it. That it was exported is an event.

    Errors: OtherHead.
    """
    proof = proof_of(check_in, head)
    with transaction.atomic():
        events.append(
            "check_in.proof_exported", by=by, at=at, about=("check_in", check_in.pk), division_path=path_of(check_in)
        )
    return proof


def proof_of(check_in: CheckIn, head: str | None = None) -> dict[str, Any]:
    """The proof, as JSON takes it."""
    told = sorted(Event.objects.filter(object_kind="check_in", object_id=str(check_in.pk)), key=seals.mark_of_event)
    places = [(event, number) for event in told if (number := _seal_of(event)) is not None]
    holding = Seal.objects.in_bulk({number for _event, number in places})
    sealed = [_proven(event, holding[number]) for event, number in places]
    return {
        "format": FORMAT,
        "check_in": str(check_in.pk),
        "content": check_in.content,
        "receipt": Receipt.objects.filter(pk=check_in.pk).values_list("jws", flat=True).first(),
        "events": sealed,
        "unsealed": len(told) - len(sealed),
        "seals": _chain(holding, head) if head else [holding[number].jws for number in sorted(holding)],
        "keys": signing.jwks()["keys"],
    }


def _seal_of(event: Event) -> int | None:
    """The number of the first seal that reaches as far as the event; None if none does yet."""
    place = '(core_seal.epoch, core_seal."transaction", core_seal.event) >= (%s, %s, %s)'
    reaching = Seal.objects.extra(where=[place], params=list(seals.mark_of_event(event)))  # noqa: S610  # fixed text
    return reaching.order_by("number").values_list("number", flat=True).first()


def _proven(event: Event, seal: Seal) -> dict[str, Any]:
    leaves = bytes(seal.leaves)
    index = seals.ids_of(leaves).index(event.pk)
    return {
        "place": list(seals.mark_of_event(event)),
        "body": event.body,
        "seal": seal.number,
        "index": index,
        "path": [sibling.hex() for sibling in merkle.path(seals.hashes_of(leaves), index)],
    }


def _chain(holding: dict[int, Seal], head: str) -> list[str]:
    """All seals from the first that holds something to the head."""
    last = Seal.objects.filter(digest=seals.digest_of(head), jws=head).values_list("number", flat=True).first()
    if last is None or last < max(holding, default=last):
        raise OtherHead
    first = min(holding, default=last)
    return list(Seal.objects.filter(number__range=(first, last)).order_by("number").values_list("jws", flat=True))
