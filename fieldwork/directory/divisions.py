"""Loading lists of divisions (行政区划): again and again, by edition, without overwriting what was."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory.division_lists import FORMERLY, Entry, Faults, read
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.paths import child_path, common_path
from fieldwork.directory.successions import carry_merged, follow

LOCK = "directory.divisions"
ZONE = "zone"  # the edition of a division that no list has
_LADDER = [level.value for level in Level]  # the largest first
_BATCH = 2000  # rows a statement
_SEAT = ["latitude", "longitude", "seat_source"]
_CARRIED = (
    "authority", "code", "edition", "name", "level", "street", "latitude", "longitude", "seat_source",
    "radius_m",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows a load began, changed in place (seats), ended, and found as they are.

    `successors`: by the id of each row that ended the id of the one that began in its place, of that one alone.
    """

    created: int
    changed: int
    ended: int
    unchanged: int
    successors: Mapping[int, int] = field(default_factory=dict, compare=False)


@transaction.atomic
def load_divisions(
    lines: Iterable[str], *, authority: str, edition: str, on: date, parent_authority: str = "",
    by: Actor, at: datetime,
) -> Loaded:  # fmt: skip
    """Bring the divisions of `authority` to a list: CSV text with the columns `division_lists.COLUMNS`.

    This is the directory's part; whoever loads a list calls `supervision.divisions.load_divisions`, which takes the
    duties along.
    A new code begins on `on`. One that was renamed, moved, or changed its level, or its code (the column `formerly`
    names the old one), ends the day before and
    begins anew on `on`, and so does all below it, listed or not, of any authority: a path tells the parents;
    what hangs at it goes along at once (`successions`),
    which is why `on` may not lie ahead of the day of `at`.
    A seat that differs is changed in place, an empty one leaves what stands. Other codes are left alone, and a town
    that a zone took (`zones`) stays under it.
    The same list again changes nothing. Parents outside the list are those of `parent_authority`. One event,
    `divisions.loaded`. On any fault nothing is stored: `invalid`, `on` or all faults by line and column.
    """
    if on > local_day(at):
        raise invalid("on", _("A list cannot be loaded before its first day; load it on that day or later."))
    locks.hold(LOCK)
    faults = Faults()
    entries = read(lines, faults)
    load = _Load(authority, edition, on, faults)
    load.look_around(entries, parent_authority or authority)
    load.refuse_faults()
    for level in _LADDER:
        load.bring(level, [entry for entry in entries if entry.level == level])
    carry_merged(load.successors)
    if load.created or load.moved_seats:
        _finish(load, by, at)
    seats = len(load.moved_seats)
    successors = {old: new.pk for old, new in load.successors.items()}
    return Loaded(len(load.created), seats, len(successors), load.kept - seats, successors)


@dataclass
class _Load:
    """One load under way.

    `current` is what stands after it, by code; `successors` are by the id of the row that ended.
    """

    authority: str
    edition: str
    on: date
    faults: Faults
    standing: dict[str, Division] = field(default_factory=dict)
    current: dict[str, Division] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    recoded: set[str] = field(default_factory=set)
    kept: int = 0
    ending: list[int] = field(default_factory=list)
    created: list[Division] = field(default_factory=list)
    successors: dict[int, Division] = field(default_factory=dict)
    moved_seats: list[dict[str, Any]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def eve(self) -> date:
        return self.on - timedelta(days=1)

    def refuse_faults(self) -> None:
        if self.faults.found:
            raise DomainError(Code.INVALID, _("The list has faults; nothing was stored."), tuple(self.faults.found))

    def look_around(self, entries: list[Entry], parent_authority: str) -> None:
        """Read what stands, and check what the list says of parents and days."""
        stands = Division.objects.filter(ends_on__isnull=True).select_related("parent")
        self.standing = {row.code: row for row in stands.filter(authority=self.authority)}
        outer = self.standing
        if parent_authority != self.authority:
            outer = {row.code: row for row in stands.filter(authority=parent_authority)}
        self.current = outer | self.standing
        self.listed = {entry.code for entry in entries}
        self.numbers = itertools.count((Division.objects.aggregate(last=Max("number"))["last"] or 0) + 1)
        levels = {code: row.level for code, row in outer.items()} | {entry.code: entry.level for entry in entries}
        later = Division.objects.filter(authority=self.authority, ends_on__gte=self.on).values_list("code", flat=True)
        reached = set(later) - self.standing.keys()
        for entry in entries:
            self._check_parent(entry, levels, parent_authority)
            self._check_formerly(entry)
            if entry.code in reached:
                self.faults.add(entry.line, "code", _("This code still stands on that day; load a later day."))
        self._refuse_merged(entries)
        for entry in entries:
            if entry.parent in self.recoded:
                self.faults.add(entry.line, "parent", _("This code ends with this list; name the new one."))

    def _check_parent(self, entry: Entry, levels: dict[str, str], authority: str) -> None:
        if not entry.parent:
            if entry.level == Level.TOWN:
                self.faults.add(entry.line, "parent", _("A town needs a parent."))
        elif entry.parent not in levels:
            why = _("No division %(code)s of the authority “%(authority)s” stands; another one: --parent-authority.")
            self.faults.add(entry.line, "parent", why % {"code": entry.parent, "authority": authority})
        elif not above(levels[entry.parent], entry.level):
            self.faults.add(entry.line, "parent", _("The parent is not of a higher level."))

    def _check_formerly(self, entry: Entry) -> None:
        """A list says again and again what a code was before; the first time the old one stands, then the new one."""
        former = entry.formerly
        if not former or (entry.code in self.standing and former not in self.standing):
            return
        if entry.code in self.standing:
            why = _("Both codes stand; %(code)s can only be merged into this division.")
        elif former not in self.standing:
            why = _("No division %(code)s stands that could have this code now.")
        elif former in self.listed:
            why = _("The list has %(code)s too: it cannot be this division's former code.")
        elif former in self.recoded:
            why = _("Another line has %(code)s as its former code too.")
        else:
            self.recoded.add(former)
            return
        self.faults.add(entry.line, FORMERLY, why % {"code": former})

    def _refuse_merged(self, entries: list[Entry]) -> None:
        """A list may lag behind: what was merged does not come back by that."""
        merged = Division.objects.filter(authority=self.authority, merged_into__isnull=False)
        into = dict(merged.values_list("code", "merged_into__name"))
        why = _("This division was merged into %(name)s; leave it out of the list.")
        for entry in entries:
            if entry.code in into and entry.code not in self.standing:
                self.faults.add(entry.line, "code", why % {"name": into[entry.code]})

    def _former(self, entry: Entry) -> Division | None:
        return self.standing.get(entry.code) or self.standing.get(entry.formerly)

    def bring(self, level: str, entries: list[Entry]) -> None:
        """Bring one level to the list; the levels above are there already."""
        fresh: list[Division] = []
        reseated: list[Division] = []
        for entry in entries:
            old = self._former(entry)
            parent = self._parent_of(entry, old)
            if old and (old.code, old.name, old.level, old.parent_id) == (
                entry.code,
                entry.name,
                entry.level,
                parent and parent.pk,
            ):
                self.kept += 1
                if self._reseat(old, entry):
                    reseated.append(old)
            else:
                self.current[entry.code] = self._begin(self._drafted(entry, old), parent, old, entry.line)
                fresh.append(self.current[entry.code])
        self._store(fresh)
        Division.objects.bulk_create(  # all rows are there: an upsert is ten times as fast as bulk_update
            reseated, batch_size=_BATCH, update_conflicts=True, unique_fields=["id"], update_fields=_SEAT
        )
        self._store([self._carried(old) for old in self._orphans(level)])

    def _parent_of(self, entry: Entry, old: Division | None) -> Division | None:
        """What the list says; but a town that a zone took (`zones`) stays there, for no list knows zones."""
        zone = old.parent if old else None
        if zone and zone.edition == ZONE and zone.authority != self.authority and above(zone.level, entry.level):
            return self.successors.get(zone.pk, zone)
        return self.current[entry.parent] if entry.parent else None

    def _orphans(self, level: str) -> list[Division]:
        """What the list leaves out and what hangs under a row that this load has ended."""
        under_ended = Division.objects.filter(level=level, ends_on__isnull=True, parent__ends_on=self.eve)
        return [
            row
            for row in under_ended
            if row.parent_id in self.successors
            and not (row.authority == self.authority and row.code in self.listed | self.recoded)
        ]

    def _carried(self, old: Division) -> Division:
        parent = self.successors[old.parent_id or 0]
        if not above(parent.level, old.level):
            told = {"name": old.name, "parent": parent.name}
            self.faults.add(0, "parent", _("%(name)s cannot stay under %(parent)s; list it too.") % told)
        copy = Division(**{name: getattr(old, name) for name in _CARRIED}, starts_on=self.on)
        new = self._begin(copy, parent, old, line=0)
        if old.code in self.current and self.current[old.code].pk == old.pk:
            self.current[old.code] = new
        return new

    def _drafted(self, entry: Entry, old: Division | None) -> Division:
        row = Division(
            authority=self.authority, code=entry.code, name=entry.name,
            edition=ZONE if old and old.edition == ZONE else self.edition,
            level=entry.level, street=entry.street, starts_on=self.on, seat_source=entry.seat_source,
            former_code=old.code if old and old.code != entry.code else "",
        )  # fmt: skip
        if entry.seat:
            row.latitude, row.longitude = entry.seat.latitude, entry.seat.longitude
        elif old:
            row.latitude, row.longitude, row.seat_source = old.latitude, old.longitude, old.seat_source
        row.radius_m = old.radius_m if old else None
        return row

    def _begin(self, row: Division, parent: Division | None, old: Division | None, line: int) -> Division:
        """Give `row` its place in the tree, and `old` its successor."""
        row.parent = parent
        row.number = next(self.numbers)
        row.path = child_path(parent.path if parent else "", row.number)
        if old:
            if old.starts_on >= self.on:
                told = {"name": old.name, "day": old.starts_on}
                self.faults.add(line, "code", _("%(name)s began only on %(day)s; load a later day.") % told)
            self.successors[old.pk] = row
            self.ending.append(old.pk)
        return row

    def _reseat(self, row: Division, entry: Entry) -> bool:
        seat = entry.seat
        if seat is None or (row.latitude, row.longitude) == (seat.latitude, seat.longitude):
            return False
        was = [row.latitude, row.longitude, row.seat_source]
        row.latitude, row.longitude, row.seat_source = seat.latitude, seat.longitude, entry.seat_source
        now = [row.latitude, row.longitude, row.seat_source]
        self.moved_seats.append({"id": row.pk, "path": row.path, "was": was, "now": now})
        return True

    def _store(self, fresh: list[Division]) -> None:
        self.refuse_faults()
        for first in range(0, len(self.ending), _BATCH):  # before their successors: a code stands once
            Division.objects.filter(pk__in=self.ending[first : first + _BATCH]).update(ends_on=self.eve)
        self.ending = []
        self.created += Division.objects.bulk_create(fresh, batch_size=_BATCH)


def above(upper: str, lower: str) -> bool:
    """Whether a level is higher than another; a level that is none is told elsewhere."""
    return not {upper, lower} <= set(_LADDER) or _LADDER.index(upper) < _LADDER.index(lower)


def _finish(load: _Load, by: Actor, at: datetime) -> None:
    """Let all else follow, and tell it under what all changed divisions have in common."""
    on = load.on
    changed = [row.path for row in load.created] + [row["path"] for row in load.moved_seats]
    successors = {old: new.pk for old, new in load.successors.items()}
    events.append(
        "divisions.loaded", by=by, at=at, about=("division_list", f"{load.authority}:{load.edition}"),
        division_path=common_path(min(changed), max(changed)),
        authority=load.authority, edition=load.edition, on=on.isoformat(), since=on.isoformat(),
        created=len(load.created), numbers=[row.number for row in (load.created[:1] + load.created[-1:])],
        succeeded=successors, followed=follow(successors), seats=load.moved_seats,
    )  # fmt: skip
