"""Reviews of check-ins and filings, and addenda: each row as its event tells, and none without the other."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from fieldwork.core.models import Event
from fieldwork.duties.models import Review
from fieldwork.inspections.models import Addendum
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.ledger.records import data_in

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Said:
    """Rows that somebody added to a check-in or filing, and the events that tell of them.

    `name` is where the event has the row's id; events from before it did are matched by their instant. `columns` are
    what the event says of the row.
    """

    record: Record
    source: str
    kinds: tuple[str, ...]
    name: str
    rows: QuerySet[Any]
    source_of: Callable[[Any], str]
    columns: Callable[[Any], dict[str, object]]

    def check(self, since: datetime | None) -> Iterator[Finding]:
        rows = self.rows if since is None else self.rows.filter(at__gte=since)
        for chunk in portions(rows.order_by("pk").iterator(chunk_size=CHUNK), CHUNK):
            told = self._told(self.source_of(row) for row in chunk)
            for row in chunk:
                yield from self._check_row(row, told.get(self.source_of(row), []))
        events = Event.objects.filter(object_kind=self.source, kind__in=self.kinds).order_by("pk")
        events = events if since is None else events.filter(at__gte=since)
        for named in portions(events.iterator(chunk_size=CHUNK), CHUNK):
            ids = {data_in(event)[self.name]: event for event in named if self.name in data_in(event)}
            here = set(self.rows.filter(pk__in=ids).values_list("pk", flat=True))
            for pk in ids.keys() - here:
                yield removed(self.record, pk, f"{self.source} {ids[pk].object_id}")

    def _told(self, sources: Iterable[str]) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        about = Event.objects.filter(object_kind=self.source, object_id__in=set(sources), kind__in=self.kinds)
        for event in about.order_by("pk"):
            found.setdefault(event.object_id, []).append(event)
        return found

    def _check_row(self, row: Any, told: list[Event]) -> Iterator[Finding]:
        named = [event for event in told if data_in(event).get(self.name) == row.pk]
        older = [event for event in told if self.name not in data_in(event) and event.at == row.at]
        event = next(iter(named or older), None)
        if event is None:
            yield inserted(self.record, row.pk)
            return
        said = {**data_in(event), "by": event.actor, "at": event.at}
        if adopted_at := said.get("adopted_at"):
            said["adopted_at"] = datetime.fromisoformat(adopted_at)
        wrong = [column for column, here in self.columns(row).items() if here != said.get(column)]
        if wrong:
            yield altered(self.record, row.pk, ", ".join(wrong))


def _review(row: Review) -> dict[str, object]:
    return {
        "verdict": row.verdict, "reason": row.reason, "by": f"user:{row.by_id}", "at": row.at,
        "adopted_at": row.adopted_at,
    }  # fmt: skip


def _addendum(row: Addendum) -> dict[str, object]:
    return {"text": row.text, "answers": row.answers_id, "by": f"user:{row.by_id}", "at": row.at}


def said() -> list[Said]:
    """All there are."""
    reviews = Review.objects.select_related("performance")

    def of(kind: str, *kinds: str) -> Said:
        return Said(
            Record.REVIEW, kind, kinds, "review", reviews.filter(performance__source_kind=kind),
            lambda row: str(row.performance.source_id), _review,
        )  # fmt: skip

    return [
        of("check_in", "check_in.reviewed"),
        of("filing", "filing.reviewed", "filing.returned"),
        Said(
            Record.ADDENDUM, "check_in", ("check_in.addendum_added",), "addendum", Addendum.objects.all(),
            lambda row: str(row.check_in_id), _addendum,
        ),
    ]  # fmt: skip
