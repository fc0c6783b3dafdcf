"""What a list asks for, as beginnings and ends: found by names, held against what stands.

A link that stands already is left as it is, unless its line has another last day: so a whole list may come in every
spring. With `replace`, what else its leaders were linked to by the same posts, of the kinds they are dealt, ends on
the day before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import TITLES, Code
from fieldwork.directory.bulk_links import Beginning, Ending
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.fits import Target
from fieldwork.directory.models import Division, Industry, Linkage, Organisation, Tenure, User
from fieldwork.directory.queries import leader_ids
from fieldwork.directory.rules import can_manage_tenure_of_others
from fieldwork.supervision.workbook.cells import Cells, Lost
from fieldwork.supervision.workbook.faults import Faults
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.kinds import target_of
from fieldwork.supervision.workbook.reading import Line, Read, Table
from fieldwork.supervision.workbook.references import find_organisation, find_tenure
from fieldwork.supervision.workbook.world import World, load

_SEVERAL = re.compile(r"[；;，,、\n]+")
_BEFORE = timedelta(days=1)


class Days(NamedTuple):
    """Of the lines that say nothing of their own; without a last day a link stands as long as its tenure."""

    starts_on: date
    ends_on: date | None = None


class At(NamedTuple):
    """Where a beginning was asked for: a line and its column."""

    table: Table
    line: Line
    column: str


@dataclass
class Found:
    """`at` has the place of each of `begin`, by its index; `unchanged` counts what stood already."""

    begin: list[Beginning] = field(default_factory=list)
    end: list[Ending] = field(default_factory=list)
    at: list[At] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    unchanged: int = 0
    tables: Sequence[Table] = ()

    def line(self, table: str, row: int) -> Line:
        return next(line for one in self.tables if one.sheet.name == table for line in one.lines if line.row == row)

    @property
    def digest(self) -> str:
        """The same for the same changes, and for none else: that what was looked at is what is stored."""
        pairs = [(one.pair, one.paired_with and one.paired_with.pk) for one in self.begin]
        begin = [(one.tenure.pk, one.kind, one.target.pk, one.starts_on, one.ends_on) for one in self.begin]
        return sha256(repr((begin, pairs, [(one.linkage.pk, one.ends_on) for one in self.end])).encode()).hexdigest()


def find(
    tables: Sequence[Table], days: Days, end: Sequence[Ending] = (), *, user: User, on: date, replace: bool = False
) -> Found:
    """Every fault is in the answer, by table, line and column; `end` are ends asked for beside the list.

    The number of queries does not follow that of the lines.
    """
    search = _Search(load(Read(list(tables)), user, on, hold=False), days, user, leader_ids(user, on))
    search.found.tables, search.found.end = tables, list(end)
    search.ending = {one.linkage.pk: one.ends_on for one in end if one.ends_on}
    for table in tables:
        for line in table.lines:
            search.line(table, line)
    if replace:
        search.replace()
    return search.found


class _Search:
    def __init__(self, world: World, days: Days, user: User, own: Sequence[int]) -> None:
        self.world, self.days, self.user, self.own = world, days, user, own
        self.found = Found()
        self.ending: dict[int, date] = {}  # the last days that links get beside the list
        self.kept: set[int] = set()
        self.dealt: dict[tuple[int, str], date] = {}  # when the links of a tenure and kind begin, at the earliest

    def line(self, table: Table, line: Line) -> None:
        cells = Cells(table.sheet, table.fields, line, self.world, self.found.faults, Lost())
        starts_on = cells.day("starts_on") or self.days.starts_on
        if "tenure_id" not in line.cells:
            cells.require("leader")
        tenure = find_tenure(cells, starts_on)
        if tenure is not None and not can_manage_tenure_of_others(self.user, tenure, self.own):
            cells.fault("leader", TITLES[Code.NOT_ALLOWED], Code.NOT_ALLOWED)
        if not {"place", "industry", "target"} & line.cells.keys():
            cells.fault("place", _("Choose a place, an industry or a department; or an industry and its department."))
        places = list(_places(cells))
        industry, body = cells.industry("industry"), _department(cells, tenure)
        ends_on = cells.day("ends_on") or self.days.ends_on
        if tenure is not None and not cells.bad:
            days = Days(starts_on, ends_on or tenure.ends_on)
            _Dealing(self, At(table, line, "place"), tenure, days).deal(places, industry, body)

    def standing(self, tenure: Tenure, since: date) -> list[Linkage]:
        """The tenure's links that hold on the day or later."""
        rows = self.world.linkages.named(("tenure", tenure.pk))
        return [row for row in rows if (self.ending.get(row.pk) or row.ends_on or date.max) >= since]

    def replace(self) -> None:
        named = {one.linkage.pk for one in self.found.end} | self.kept
        for (tenure, kind), since in self.dealt.items():
            for row in self.standing(self.world.tenures.by_id[tenure], since):
                if row.kind == kind and row.pk not in named and row.starts_on < since:
                    self.found.end.append(Ending(len(self.found.end), row, since - _BEFORE))


class _Dealing:
    """One line's links of one tenure."""

    def __init__(self, search: _Search, at: At, tenure: Tenure, days: Days) -> None:
        self.search, self.found, self.at, self.tenure, self.days = search, search.found, at, tenure, days
        self.links: dict[tuple[int, int, int], Linkage] = {}
        for row in search.standing(tenure, days.starts_on):
            if row.starts_on <= days.starts_on:
                self.links[target_of(row)] = row

    def deal(self, places: Sequence[Division], industry: Industry | None, body: Organisation | None) -> None:
        for place in places:
            self.alone(place.level, place, "place")
        if industry and body:
            self.pair(industry, body)
        elif industry:
            self.alone(LinkageKind.INDUSTRY, industry, "industry")
        elif body:
            self.alone(LinkageKind.DEPARTMENT, body, "target")

    def alone(self, kind: str, target: Target, column: str) -> None:
        self._note(kind)
        row = self._link_to(target)
        if row is None:
            self._begin(kind, target, column)
        else:
            self._keep(row)

    def pair(self, industry: Industry, body: Organisation) -> None:
        """As it stands; or with an industry that stands and never had a department; or both anew."""
        self._note(LinkageKind.INDUSTRY, LinkageKind.DEPARTMENT)
        old, department = self._link_to(industry), self._link_to(body)
        if old is not None and department is not None and department.paired_with_id == old.pk:
            self._keep(old)
            self._keep(department)
            return
        if old is not None and not self._is_paired(old):
            self._keep(old)
            self._begin(LinkageKind.DEPARTMENT, body, "target", paired_with=old)
            return
        place = self._begin(LinkageKind.INDUSTRY, industry, "industry")
        self._begin(LinkageKind.DEPARTMENT, body, "target", pair=place)

    def _is_paired(self, industry: Linkage) -> bool:
        rows = self.search.world.linkages.named(("tenure", self.tenure.pk))
        return any(row.paired_with_id == industry.pk for row in rows)

    def _link_to(self, target: Target) -> Linkage | None:
        place = (Division, Industry, Organisation).index(type(target))
        key = [0, 0, 0]
        key[place] = target.pk
        return self.links.get((key[0], key[1], key[2]))

    def _note(self, *kinds: str) -> None:
        for kind in kinds:
            key = self.tenure.pk, kind
            self.search.dealt[key] = min(self.days.starts_on, self.search.dealt.get(key, date.max))

    def _keep(self, row: Linkage) -> None:
        """Nothing is said of it again, but a last day of its own."""
        self.search.kept.add(row.pk)
        if "ends_on" in self.at.line.cells and row.ends_on != self.days.ends_on:
            self.found.end.append(Ending(len(self.found.end), row, self.days.ends_on))
        else:
            self.found.unchanged += 1

    def _begin(
        self, kind: str, target: Target, column: str, *, paired_with: Linkage | None = None, pair: int | None = None
    ) -> int:
        place = len(self.found.begin)
        self.found.begin.append(Beginning(place, self.tenure, kind, target, *self.days, paired_with, pair))
        self.found.at.append(self.at._replace(column=column))
        return place


def _places(cells: Cells) -> Iterator[Division]:
    """Those named in one cell, one after the other."""
    for name in _SEVERAL.split(cells.text("place") or ""):
        if name.strip():
            part = Line(cells.line.row, {"place": name}, cells.bad)
            found = Cells(cells.sheet, cells.fields, part, cells.world, cells.faults, cells.lost).division("place")
            if found is not None:
                yield found


def _department(cells: Cells, tenure: Tenure | None) -> Organisation | None:
    """By its name; where others elsewhere bear it too, that of the place where the leader serves."""
    name = cells.text("target")
    if name and tenure is not None and not {"target_division", "target_id"} & cells.line.cells.keys():
        place = tenure.post.organisation.division_id
        near = cells.world.organisations.named((key_of(name), place))
        if len(near) == 1:
            return near[0]
    return find_organisation(cells, "target", "target_division", "target_id")
