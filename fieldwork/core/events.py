"""The append-only feed of events: writing, and reading without ever skipping a late commit.

A transaction that began early may commit late, after a reader has passed its ids. So on PostgreSQL a reader takes only
events of transactions below the oldest one still running, in the order (epoch, transaction, id).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.db.models import QuerySet

from fieldwork.core.models import Event, FeedEpoch, FeedReader
from fieldwork.core.prepared import insert_of, run

_AT_ONCE = 1000


class Actor(Protocol):
    """Whoever does something: a user, or the system itself."""

    @property
    def actor_key(self) -> str: ...


class _System:
    actor_key = "system"


SYSTEM: Actor = _System()


class Mark(NamedTuple):
    """A place in the feed: everything up to and including it has been read."""

    epoch: int = 0
    transaction: int = 0
    event: int = 0


def canonical(data: Any) -> str:
    """The one JSON text of `data`: keys sorted, no blanks, characters as they are; NaN is a ValueError."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def append(
    kind: str, /, *, by: Actor, at: datetime, about: tuple[str, object], division_path: str = "", **data: Any
) -> Event:
    """Write one event in the transaction of the action that calls. `about` is (kind, id) of what it happened to."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what it tells")
    columns = {
        "at": at, "kind": kind, "actor": by.actor_key, "object_kind": about[0], "object_id": str(about[1]),
        "division_path": division_path,
    }  # fmt: skip
    event = Event(epoch=current_epoch(), **columns, body=body_of(columns, data))
    insert_of(Event)(event)
    return event


@dataclass(frozen=True, slots=True)
class Told:
    """One of many events of one action, as `append` takes it."""

    kind: str
    about: tuple[str, object]
    division_path: str
    data: Mapping[str, Any]


def append_all(told: Iterable[Told], *, by: Actor, at: datetime) -> None:
    """Write many events in the transaction of the action that calls, in their order; a statement a thousand."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what it tells")
    epoch = current_epoch()
    written = []
    for one in told:
        columns = {
            "at": at, "kind": one.kind, "actor": by.actor_key, "object_kind": one.about[0],
            "object_id": str(one.about[1]), "division_path": one.division_path,
        }  # fmt: skip
        written.append(Event(epoch=epoch, **columns, body=body_of(columns, one.data)))
    Event.objects.bulk_create(written, batch_size=_AT_ONCE)


def body_of(columns: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The whole record of an event, canonical: what its columns say, and `data`. Instants in UTC."""
    return canonical(
        {
            "about": [columns["object_kind"], columns["object_id"]], "at": columns["at"].astimezone(UTC).isoformat(),
            "by": columns["actor"], "data": data, "kind": columns["kind"], "scope": columns["division_path"],
        }
    )  # fmt: skip


def current_epoch() -> int:
    ((number,),) = run("SELECT MAX(number) FROM core_feedepoch")
    return number or 0


def begin_epoch(*, at: datetime, reason: str) -> int:
    """After a restore: later events sort after all earlier ones, whatever their transaction ids. Answers its number."""
    number = current_epoch() + 1
    FeedEpoch.objects.create(number=number, started_at=at, reason=reason)
    return number


def after(mark: Mark) -> QuerySet[Event]:
    """The events behind `mark` that nothing can slip in front of any more, in feed order."""
    where = '(core_event.epoch, core_event."transaction", core_event.id) > (%s, %s, %s)'
    params: list[int] = list(mark)
    if connection.vendor == "postgresql":
        where += (
            " AND (core_event.epoch < %s OR"
            ' core_event."transaction" < pg_snapshot_xmin(pg_current_snapshot())::text::bigint)'
        )
        params.append(current_epoch())
    events = Event.objects.extra(where=[where], params=params)  # noqa: S610  # fixed text, values as parameters
    return events.order_by("epoch", "transaction", "id")


def unread(name: str, limit: int = 1000) -> Iterator[Event]:
    """What reader `name` has not seen, at most `limit` events; call `seen` with the last one in the same transaction.

    Takes the reader's row for update, so that two readers of one name follow one another.
    """
    FeedReader.objects.get_or_create(name=name)
    reader = FeedReader.objects.select_for_update().get(name=name)
    yield from after(Mark(reader.epoch, reader.transaction, reader.event))[:limit]


def seen(name: str, event: Event) -> None:
    FeedReader.objects.filter(name=name).update(epoch=event.epoch, transaction=event.transaction, event=event.pk)
