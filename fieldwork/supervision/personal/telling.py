"""All that is stored about a person as one JSON document, written as it is read: memory does not grow with it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q, QuerySet

from fieldwork.core import events
from fieldwork.core.models import Event
from fieldwork.directory.models import Delegation, Leader, Linkage, Tenure, User
from fieldwork.directory.records import path_of
from fieldwork.filings.models import Filing
from fieldwork.hazards.models import Hazard
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.personal.sections import BATCH, OF_ACCOUNT, OF_LEADER

_encode = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_BY_LEADER: tuple[tuple[str, Any, str], ...] = (
    ("tenure", Tenure, "leader"), ("linkage", Linkage, "tenure__leader"), ("delegation", Delegation, "leader"),
    ("check_in", CheckIn, "lead"), ("filing", Filing, "leader"), ("hazard", Hazard, "lead"),
)  # fmt: skip


def note_export(person: Leader | User, *, by: User, at: datetime) -> None:
    """`by` is about to be given all that is stored about the person."""
    path = path_of(person)
    with transaction.atomic():
        if isinstance(person, Leader):
            events.append("leader.exported", by=by, at=at, about=("leader", person.pk), division_path=path)
        else:
            events.append("user.exported", by=by, at=at, about=("user", person.pk), division_path=path)


def told(leader: Leader | None, user: User | None, at: datetime) -> Iterator[str]:
    """Pieces of the document: `told_at`, then a list a section, then what happened."""
    yield f'{{"told_at":{_encode(at.isoformat())}'
    for section in OF_LEADER if leader else ():
        yield from _listed(section.name, section.rows(leader.pk))  # type: ignore[union-attr]  # only with one
    for section in OF_ACCOUNT if user else ():
        yield from _listed(section.name, section.rows(user.pk))  # type: ignore[union-attr]
    yield from _listed("events", _happened(leader, user))
    yield from _listed("deeds", _done_by(user) if user else ())
    yield "}"


def _listed(name: str, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield f',"{name}":['
    comma = ""
    for row in rows:
        yield comma + _encode(row)
        comma = ","
    yield "]"


def _happened(leader: Leader | None, user: User | None) -> Iterator[dict[str, Any]]:
    """Events about the person and what is theirs, whole."""
    if leader is not None:
        yield from _about("leader", [leader.pk])
        for noun, model, lookup in _BY_LEADER:
            keys = model.objects.filter(**{lookup: leader.pk}).order_by("pk").values_list("pk", flat=True)
            for batch in _batches(keys):
                yield from _about(noun, batch)
    if user is not None:
        yield from _about("user", [user.pk])


def _about(noun: str, keys: Sequence[object]) -> Iterator[dict[str, Any]]:
    found = Event.objects.filter(object_kind=noun, object_id__in=[str(key) for key in keys])
    for event in _in_order(found):
        yield {"id": event.pk, **json.loads(event.body)}


def _done_by(user: User) -> Iterator[dict[str, Any]]:
    """What the person did: what is said of others in it is theirs, and left out."""
    for event in _in_order(Event.objects.filter(actor=user.actor_key)):
        yield {"id": event.pk, "at": event.at, "kind": event.kind, "about": [event.object_kind, event.object_id]}


def _in_order(found: QuerySet[Event]) -> Iterator[Event]:
    last = 0
    while batch := list(found.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def _batches(keys: QuerySet[Any, Any]) -> Iterator[list[Any]]:
    last = None
    while batch := list((keys if last is None else keys.filter(Q(pk__gt=last)))[:BATCH]):
        yield batch
        last = batch[-1]
