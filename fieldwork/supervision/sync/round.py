"""One round of catching up: what left the phone's sight, and what it is to have instead, in pages.

A round begins with what the phone has seen, and ends with what was to be seen at the round's beginning: whatever is
committed while it fetches pages is told in the next round, again if need be. A phone that has seen nothing gets all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from fieldwork.core.changes import Mark
from fieldwork.directory.models import Division, Linkage, User
from fieldwork.supervision.sync.kinds import KINDS, News, Own
from fieldwork.supervision.sync.scopes import Scopes, scopes_of

_BY_STANDPOINT = ("hazards",)  # what may be done to one follows from the own posts, bodies and links


class Seen(NamedTuple):
    """What a phone knows: under these scopes, all that was written before `mark`, as it stood at the instant `at`.

    `upcoming` are the ids of linkages that it knows and that had not begun: such may be taken back without a trace.
    """

    mark: Mark
    at: datetime
    scopes: Scopes
    upcoming: frozenset[int] = frozenset()


class Place(NamedTuple):
    """How far a round has come: in that stream, behind the row of that id; None: at its beginning."""

    stream: int
    key: Any


@dataclass(frozen=True)
class Round:
    """On the way, at `place`, from what was seen (None: nothing) to what is to be seen."""

    seen: Seen | None
    goal: Seen
    place: Place | None = None


@dataclass
class Page:
    """Ids by kind, newest first, and (noun, id) of what is gone. `rest` of the round; None: it is over."""

    ids: dict[str, list[Any]] = field(default_factory=dict)
    gone: list[tuple[str, Any]] = field(default_factory=list)
    rest: Place | None = None


def begin(user: User, seen: Seen | None, mark: Mark, on: date, now: datetime) -> Round:
    """A new round; `mark` was taken before anything that this reads."""
    return Round(seen, Seen(mark, now, scopes_of(user, on)))


def page(user: User, this: Round, on: date, size: int) -> tuple[Page, Round]:
    """The next page of at most `size` ids, and the round behind it; of a round that is over, `place` is None."""
    first = this.place is None
    present = this.goal.scopes if first else this.goal.scopes.common(scopes_of(user, on))
    found, upcoming, streams = Page(), this.goal.upcoming, _Streams(this, present)
    if first and this.seen:
        gone = streams.taken_back()
        if this.seen.upcoming:
            stands = Linkage.objects.filter(pk__in=this.seen.upcoming).values_list("pk", "starts_on")
            known = dict(stands)
            gone |= this.seen.upcoming - known.keys()
            upcoming = frozenset(pk for pk, starts_on in known.items() if starts_on > on)
        found.gone = [("linkage", pk) for pk in sorted(gone)]
    _fill(found, list(streams.in_order()), this.place or Place(0, None), size)
    if sent := found.ids.get("linkages"):
        upcoming |= set(Linkage.objects.filter(pk__in=sent, starts_on__gt=on).values_list("pk", flat=True))
    return found, replace(this, goal=this.goal._replace(upcoming=upcoming), place=found.rest)


class _Stream(NamedTuple):
    name: str
    gone: bool
    rows: QuerySet[Any]


def _fill(found: Page, streams: list[_Stream], place: Place, size: int) -> None:
    for number, stream in enumerate(streams):
        if number < place.stream:
            continue
        rows = stream.rows
        if number == place.stream and place.key is not None:
            rows = rows.filter(pk__lt=place.key)
        left = max(size - len(found.gone) - sum(map(len, found.ids.values())), 0)
        ids = list(rows.order_by("-pk").values_list("pk", flat=True)[: left + 1])
        more, ids = len(ids) > left, ids[:left]
        if stream.gone:
            found.gone += [(KINDS[stream.name].noun, pk) for pk in ids]
        else:
            found.ids[stream.name] = ids
        if more:
            behind = place.key if number == place.stream else None
            found.rest = Place(number, ids[-1] if ids else behind)
            return


@dataclass(frozen=True)
class _Streams:
    """What a round tells, in an order that is the same on each of its pages. `present` is what is own by now."""

    this: Round
    present: Scopes

    def in_order(self) -> Iterator[_Stream]:
        for name, kind in KINDS.items():
            yield _Stream(name, True, kind.rows.filter(self._gone(name)))
        for name, kind in KINDS.items():
            yield _Stream(name, False, kind.rows.filter(kind.within(self._own(self.present)), self._told(name)))

    def taken_back(self) -> set[int]:
        return self._news.taken_back()

    def _gone(self, name: str) -> Q:
        return KINDS[name].within(self._own(self._lost)) & ~KINDS[name].within(self._own(self.present))

    def _told(self, name: str) -> Q:
        seen = self.this.seen
        if seen is None or self._news.lists_loaded or (name in _BY_STANDPOINT and self._stands_elsewhere):
            return Q()
        kind = KINDS[name]
        return kind.within(self._own(self._gained)) | kind.changed(self._news)

    @cached_property
    def _stands_elsewhere(self) -> bool:
        return any(self._lost) or any(self._gained)

    @cached_property
    def _lost(self) -> Scopes:
        return self.this.seen.scopes.minus(self.this.goal.scopes) if self.this.seen else Scopes()

    @cached_property
    def _gained(self) -> Scopes:
        return self.present.minus(self.this.seen.scopes) if self.this.seen else self.present

    @cached_property
    def _news(self) -> News:
        seen = self.this.seen
        assert seen is not None, "there are no news without something known"
        return News(self._own(self.present), seen.mark, seen.at, self.this.goal.at)

    @cached_property
    def _paths(self) -> dict[int, str]:
        grounds = self.this.goal.scopes.grounds | (self.this.seen.scopes.grounds if self.this.seen else frozenset())
        return dict(Division.objects.filter(pk__in=grounds).values_list("pk", "path"))

    def _own(self, scopes: Scopes) -> Own:
        return Own(scopes, self._paths)
