"""The append-only feed of events: writing, and reading without ever skipping a late commit.

A transaction that began early may commit late, after a reader has passed its ids. So on PostgreSQL a reader takes only
events of transactions below the oldest one still running, in the order (epoch, transaction, id).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from django.db import connection
from django.db.models import QuerySet

from fieldwork.core.models import Event, FeedEpoch, FeedReader
from fieldwork.core.prepared import insert_of, run


class Actor(Protocol):
    """Whoever does something: a user, or the system itself."""

    @property
    def actor_key(self) -> str: ...


class _System:
    actor_key = "system"


SYSTEM: Actor = _System()


class Told(NamedTuple):
    """One fact before it is written: `about` is (kind, id) of what it happened to."""

    kind: str
    about: tuple[str, object]
    division_path: str
    data: Mapping[str, Any]


_AT_ONCE = 500  # rows a statement


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
    (event,) = append_all([Told(kind, about, division_path, data)], by=by, at=at)
    return event


def append_all(happened: Sequence[Told], *, by: Actor, at: datetime) -> list[Event]:
    """Write several in their order, as `append` writes each; for what changes many rows at once."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event belongs to the transaction of what it tells")
    epoch = current_epoch()
    made = [_event(told, epoch, by.actor_key, at) for told in happened]
    for start in range(0, len(made), _AT_ONCE):
        insert_of(Event)(*made[start : start + _AT_ONCE])
    return made


def _event(told: Told, epoch: int, actor: str, at: datetime) -> Event:
    columns = {
        "at": at, "kind": told.kind, "actor": actor, "object_kind": told.about[0], "object_id": str(told.about[1]),
        "division_path": told.division_path,
    }  # fmt: skip
    return Event(epoch=epoch, **columns, body=body_of(columns, told.data))


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


def after(mark: Mark, *, settled: bool = True) -> QuerySet[Event]:
    """The events behind `mark` that nothing can slip in front of any more, in feed order; or, not only the `settled`
    ones, all that are committed."""
    where = '(core_event.epoch, core_event."transaction", core_event.id) > (%s, %s, %s)'
    params: list[int] = list(mark)
    if settled and connection.vendor == "postgresql":
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
