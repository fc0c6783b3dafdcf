"""Finding what changed since somebody last looked, without ever missing a commit.

Whoever looks notes first, in a statement of its own, the oldest transaction still running, and then reads. What it
cannot see yet is written by that transaction or a later one: next time it asks for whatever these wrote. So a late
commit is never skipped and nobody waits for it; what was seen already may be read twice.

On SQLite, which admits one writer, the next event takes the transaction's place.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, Q

from fieldwork.core.database import EPOCH_BITS
from fieldwork.core.models import Event, FeedEpoch

_OLDEST_RUNNING = {
    "postgresql": "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    "sqlite": "SELECT COALESCE(MAX(id), 0) + 1 FROM core_event",
}


class Mark(NamedTuple):
    """A moment of the database: the feed's epoch and the oldest transaction that was running."""

    epoch: int
    running: int

    @property
    def stamp(self) -> int:
        """The least stamp (`database.stamp`) of what may not have been visible then."""
        return (self.epoch << EPOCH_BITS) + self.running

    def told(self, about: str, key: Any) -> Exists:
        """Whether an event about the object of that kind and id, an expression of the row, may not have been then."""
        return Exists(Event.objects.filter(self.behind, object_kind=about, object_id=key))

    @property
    def behind(self) -> Q:
        """The events that may not have been visible then; of this epoch."""
        column = "transaction" if connection.vendor == "postgresql" else "pk"
        return Q(epoch=self.epoch, **{f"{column}__gte": self.running})


def epoch_begun() -> tuple[int, datetime | None]:
    """The feed's epoch, and when it began: a backup restored once more may give the same number again."""
    last = FeedEpoch.objects.order_by("number").last()
    return (last.number, last.started_at) if last else (0, None)


def present(epoch: int) -> Mark:
    """Now; to be asked before what is read."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_RUNNING[connection.vendor])
        return Mark(epoch, int(cursor.fetchone()[0]))
