"""Many linkages at once: stored or only tried, and what a clerk looks for afterwards: quotas unmet, links doubled."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Coalesce

from fieldwork.core import events
from fieldwork.core.errors import FieldError
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory.bulk_links import Beginning, Changed, Ending, change, tell
from fieldwork.directory.models import Leader, Linkage
from fieldwork.directory.paths import common_path
from fieldwork.directory.queries import standing
from fieldwork.directory.records import path_of
from fieldwork.duties.quota_rows import Named, Scope
from fieldwork.duties.quotas import Asked, Quota, quotas
from fieldwork.supervision.actions import AT_ONCE, follow_leaders

MOST = 200  # rows of each list that are answered


@dataclass(frozen=True, slots=True)
class Doubled:
    """One target with several links: of one leader by several posts, or of several leaders of one place."""

    one_leader: bool
    kind: str
    target: Named
    leaders: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """What was, or would be, changed; on the day `on` what quotas of these leaders are unmet, what is doubled.

    `followed`: opened periods have been brought to this; else the worker does so within a minute.
    """

    changed: Changed
    on: date
    unmet: list[Quota] = field(default_factory=list)
    doubled: list[Doubled] = field(default_factory=list)
    followed: bool = False
    dry_run: bool = False


def link_many(
    begin: Sequence[Beginning], end: Sequence[Ending], faults: Sequence[FieldError] = (), *,
    dry_run: bool = False, by: Actor, at: datetime,
) -> Linked:  # fmt: skip
    """Begin and end all of these, or with `dry_run` only find out what that would do; errors as `bulk_links.change`.

    Tells the events of each linkage, and one `linkages.changed` of the whole.
    """
    with transaction.atomic():
        done = change(begin, end, faults)
        followed = not dry_run and _commit(done, by, at)
        on = _day_after(done, local_day(at))
        unmet = quotas(Asked(on, Scope("", only=tuple(sorted(done.leaders)))), limit=MOST + 1)
        answer = Linked(done, on, unmet, _doubled(done, on), followed, dry_run)
        if dry_run:
            transaction.set_rollback(True)
    return answer


def _commit(done: Changed, by: Actor, at: datetime) -> bool:
    rows = [*done.begun.values(), *(row for row, _was in done.ended)]
    if not rows:
        return True
    tell(done, by=by, at=at)
    paths = sorted({path_of(row) for row in rows})
    events.append(
        "linkages.changed", by=by, at=at, about=("linkages", ""), division_path=common_path(paths[0], paths[-1]),
        begun=len(done.begun), ended=len(done.ended), since=done.since.isoformat(),
    )  # fmt: skip
    if len(done.leaders) > AT_ONCE:
        return False
    follow_leaders(Leader.objects.filter(pk__in=done.leaders), done.since, by, at)
    return True


def _day_after(done: Changed, today: date) -> date:
    """When all beginnings stand; where there are none, when the ends have come. Not before today."""
    begun = [row.starts_on for row in done.begun.values()]
    ended = [row.ends_on + timedelta(days=1) for row, _was in done.ended if row.ends_on]
    return max([today, *(begun or ended)])


class _Link(NamedTuple):
    """A row of `_COLUMNS`."""

    pk: int
    kind: str
    leader: int
    name: str
    place: int
    division: int | None
    industry: int | None
    organisation: int | None
    target: str

    @property
    def target_id(self) -> int:
        return self.division or self.industry or self.organisation or 0


_COLUMNS: tuple[Any, ...] = (
    "pk", "kind", "tenure__leader", "tenure__leader__name", "tenure__post__organisation__division",
    "division", "industry", "organisation", Coalesce("division__name", "industry__name", "organisation__name"),
)  # fmt: skip


def _doubled(done: Changed, on: date) -> list[Doubled]:
    """Two queries: what these leaders are linked to, and who is linked to these counties and towns."""
    begun = {row.pk for row in done.begun.values()}
    if not begun:
        return []
    rows = Linkage.objects.filter(standing(on), standing(on, "tenure__")).order_by("pk").values_list(*_COLUMNS)
    own: dict[tuple[object, ...], list[_Link]] = defaultdict(list)
    for link in map(_Link._make, rows.filter(tenure__leader__in={one.tenure.leader_id for one in done.begun.values()})):
        own[link.leader, link.kind, link.target_id].append(link)
    places = {row.division_id for row in done.begun.values() if row.division_id}
    shared: dict[tuple[object, ...], list[_Link]] = defaultdict(list)
    for link in map(_Link._make, rows.filter(division__in=places)):
        shared[link.division, link.place].append(link)
    groups = [(True, group) for group in own.values()] + [(False, group) for group in shared.values()]
    return [_named(alone, group) for alone, group in groups if _is_doubled(alone, group, begun)][: MOST + 1]


def _is_doubled(one_leader: bool, group: Collection[_Link], begun: Collection[int]) -> bool:
    """Of several leaders of one place, or several links of one; one of them new."""
    several = len(group) > 1 if one_leader else len({link.leader for link in group}) > 1
    return several and any(link.pk in begun for link in group)


def _named(one_leader: bool, group: Sequence[_Link]) -> Doubled:
    first = group[0]
    people = {link.leader: Named(link.leader, link.name) for link in group}
    return Doubled(one_leader, first.kind, Named(first.target_id, first.target), tuple(people.values()))
