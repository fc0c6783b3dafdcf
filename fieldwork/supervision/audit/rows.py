"""Events with all that is said of them, a page or a batch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from fieldwork.core.models import Event
from fieldwork.directory.models import Division, User
from fieldwork.supervision.audit.facts import facts_of
from fieldwork.supervision.audit.queries import actors_of, seals_of
from fieldwork.supervision.audit.words import NOUNS, Words, happened

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Told:
    """One event; `seal` is the number of the one that covers it, None until then."""

    event: Event
    actor: User | None
    division: Division | None
    seal: int | None

    @property
    def words(self) -> str:
        return happened(self.event)

    @property
    def noun(self) -> Words:
        return NOUNS.get(self.event.object_kind, self.event.object_kind)

    @property
    def facts(self) -> dict[str, Any]:
        return facts_of(self.event)


def told(events: Sequence[Event]) -> list[Told]:
    """Three queries, however many there are."""
    actors, seals = actors_of(events), seals_of(events)
    paths = {event.division_path for event in events} - {""}
    divisions = {division.path: division for division in Division.objects.filter(path__in=paths)}
    return [
        Told(event, actors.get(event.actor), divisions.get(event.division_path), seals.get(event.pk))
        for event in events
    ]


def all_of(events: QuerySet[Event]) -> Iterator[list[Event]]:
    """In batches, newest first: each a query of its own, so that a slow reader holds nothing open."""
    events = events.order_by("-at", "-pk")
    rest = events
    while batch := list(rest[:BATCH]):
        yield batch
        last = batch[-1]
        rest = events.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk), at__lte=last.at)
