"""Many linkages begun and ended as one change: all of them, or none and every fault by its place and field.

What holds for each is what `actions.link` and `dated.end` hold it to; ends come before beginnings. The number of
queries does not follow that of the linkages.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError, FieldError, Text
from fieldwork.core.events import Actor
from fieldwork.directory.actions import linkage_to
from fieldwork.directory.bounds import BOUNDS, faults_of_days, hold_divisions, is_longer, lock_all
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.fits import Target, check_target
from fieldwork.directory.models import Dated, Division, Linkage, Organisation, Tenure
from fieldwork.directory.records import facts, path_of, told

MOST_FAULTS = 1000  # that are named
_BATCH = 1000  # rows a statement
_FEW_DAYS = 10
_AREA = "post__organisation__division"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A linkage to begin, at `place` of the list as sent. `pair`: the place of its industry in the same list."""

    place: int
    tenure: Tenure
    kind: str
    target: Target
    starts_on: date
    ends_on: date | None = None
    paired_with: Linkage | None = None
    pair: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """A linkage that gets this last day; None takes its end back."""

    place: int
    linkage: Linkage
    ends_on: date | None


@dataclass(slots=True)
class Changed:
    """What was begun, by its place in the list; and what was ended, each with the last day that it had."""

    begun: dict[int, Linkage] = field(default_factory=dict)
    ended: list[tuple[Linkage, date | None]] = field(default_factory=list)

    @property
    def since(self) -> date:
        """The first day whose facts differ."""
        ends = [day for row, was in self.ended for day in (row.ends_on, was) if day is not None]
        return min([*(row.starts_on for row in self.begun.values()), *ends], default=date.max)

    @property
    def leaders(self) -> set[int]:
        rows = [*self.begun.values(), *(row for row, _was in self.ended)]
        return {row.tenure.leader_id for row in rows}


def change(begin: Sequence[Beginning], end: Sequence[Ending], faults: Sequence[FieldError] = ()) -> Changed:
    """Store all, in the caller's transaction, and tell nothing yet (`tell`).

    `faults` are those found before; what they are about is not in the lists. Raises them and those found here as one
    DomainError, with `begin.17.target` or `end.3.ends_on` as fields.
    """
    work = _Work(begin, end)
    found = [*faults, *work.faults()]
    if found:
        raise DomainError(*_common(found))
    return work.store()


def tell(done: Changed, *, by: Actor, at: datetime) -> None:
    """`linkage.ended` and `linkage.begun` of each: every linkage has its own history, however it was entered."""
    events.append_all([*_ends(done), *_beginnings(done)], by=by, at=at)


def _ends(done: Changed) -> Iterator[events.Told]:
    for row, was in done.ended:
        since = min(day for day in (was, row.ends_on) if day is not None) + timedelta(days=1)
        yield told("ended", row, since=since, path=path_of(row), ends_on=row.ends_on, was=was)


def _beginnings(done: Changed) -> Iterator[events.Told]:
    for row in sorted(done.begun.values(), key=lambda row: row.pk):
        yield told("begun", row, since=row.starts_on, path=path_of(row), row=facts(row))


def _common(faults: list[FieldError]) -> tuple[Code, Text, tuple[FieldError, ...]]:
    """One code where all agree on it; not more faults than a person reads."""
    codes = {str(fault.code) for fault in faults}
    code = Code(codes.pop()) if codes in ({Code.NOT_ALLOWED}, {Code.UNKNOWN_REFERENCE}) else Code.INVALID
    detail: Text = ""
    if len(faults) > MOST_FAULTS:
        detail = _("%(count)d faults; the first %(named)d are named.") % {"count": len(faults), "named": MOST_FAULTS}
    return code, detail, tuple(faults[:MOST_FAULTS])


class _Work:
    """Both lists, with all that they rest on held: organisations, tenures, linkages, outermost first."""

    def __init__(self, begin: Sequence[Beginning], end: Sequence[Ending]) -> None:
        self.begin, self.end = begin, end
        hold_divisions()
        towns = {one.target.pk for one in begin if isinstance(one.target, Division)}
        self.divisions = Division.objects.in_bulk(towns)
        held = [*(one.linkage for one in end), *(one.paired_with for one in begin if one.paired_with)]
        bodies = {one.target.pk for one in begin if isinstance(one.target, Organisation)}
        bodies |= {row.organisation_id for row in held if row.organisation_id}
        self.bodies = lock_all(Organisation, bodies, "division")
        tenures = {one.tenure.pk for one in begin} | {row.tenure_id for row in held}
        self.tenures = lock_all(Tenure, tenures, "leader", _AREA)
        lock_all(Linkage, {row.pk for row in held})
        self.rows = {row.pk: row for row in Linkage.objects.filter(tenure__in=tenures).order_by("pk")}
        self.was: dict[int, date | None] = {}
        self.made: dict[int, Linkage] = {}

    def faults(self) -> Iterator[FieldError]:
        """All of them; `made` and `was` hold what is to be stored if there is none."""
        for one in self.end:
            yield from self._end(one)
        for each in self.begin:
            yield from self._make(each)
        yield from self._pair()
        yield from self._twins()

    def store(self) -> Changed:
        ended = [self.rows[pk] for pk in self.was]
        self._store_ends(ended)
        pairs = {one.place: one.pair for one in self.begin if one.pair is not None}
        Linkage.objects.bulk_create([row for place, row in self.made.items() if place not in pairs], batch_size=_BATCH)
        for place, industry in pairs.items():
            self.made[place].paired_with = self.made[industry]
        Linkage.objects.bulk_create([self.made[place] for place in pairs], batch_size=_BATCH)
        return Changed(self.made, [(self._loaded(row), self.was[row.pk]) for row in ended])

    def _store_ends(self, ended: Sequence[Linkage]) -> None:
        """A statement a day where there are few: most end together."""
        by_day: dict[date | None, list[int]] = defaultdict(list)
        for row in ended:
            by_day[row.ends_on].append(row.pk)
        if len(by_day) > _FEW_DAYS:
            Linkage.objects.bulk_update(ended, ["ends_on"], batch_size=_BATCH)
            return
        for day, ids in by_day.items():
            Linkage.objects.filter(pk__in=ids).update(ends_on=day)

    def _loaded(self, row: Linkage) -> Linkage:
        row.tenure = self.tenures[row.tenure_id]
        return row

    def _holders(self, row: Linkage) -> list[Dated]:
        body = [self.bodies[row.organisation_id]] if row.organisation_id else []
        return [*body, self.tenures[row.tenure_id]]

    def _end(self, one: Ending) -> Iterator[FieldError]:
        row = self.rows.get(one.linkage.pk)
        if row is None:
            yield FieldError(f"end.{one.place}.linkage", Code.UNKNOWN_REFERENCE, _("It was withdrawn meanwhile."))
            return
        if row.pk in self.was:
            yield _fault("end", one.place, "linkage", _("This linkage is named twice."))
            return
        if row.ends_on == one.ends_on:
            return
        self.was[row.pk], row.ends_on = row.ends_on, one.ends_on
        for fault in faults_of_days(row, self._holders(row), longer=is_longer(self.was[row.pk], row.ends_on)):
            yield from _placed("end", one.place, fault)

    def _make(self, one: Beginning) -> Iterator[FieldError]:
        tenure = self.tenures[one.tenure.pk]
        target = self.divisions[one.target.pk] if isinstance(one.target, Division) else one.target
        row = linkage_to(
            target, tenure=tenure, kind=one.kind, starts_on=one.starts_on, ends_on=one.ends_on,
            paired_with=one.paired_with,
        )  # fmt: skip
        self.made[one.place] = row
        try:
            check_target(tenure, one.kind, target, one.starts_on)
        except DomainError as error:
            yield from _placed("begin", one.place, *error.errors)
        for fault in faults_of_days(row, self._holders(row)):
            yield from _placed("begin", one.place, fault)

    def _pair(self) -> Iterator[FieldError]:
        """A department names its industry, of the same tenure, that has no other."""
        taken: set[object] = {row.paired_with_id for row in self.rows.values() if row.paired_with_id}
        for one in self.begin:
            if one.paired_with is None and (one.pair is None or one.pair not in self.made):
                continue  # the place of one that is at fault itself
            name = "paired_with" if one.pair is None else "paired_with_begin"
            industry = one.paired_with if one.pair is None else self.made.get(one.pair)
            key: object = one.paired_with.pk if one.paired_with else ("begin", one.pair)
            if industry is None or one.kind != LinkageKind.DEPARTMENT or industry.kind != LinkageKind.INDUSTRY:
                text: Text = _("A pair is a department's linkage that names an industry's.")
            elif industry.tenure_id != one.tenure.pk:
                text = _("Both linkages of a pair belong to one tenure.")
            elif key in taken:
                text = _("That industry already has its department.")
            else:
                taken.add(key)
                continue
            yield _fault("begin", one.place, name, text)

    def _twins(self) -> Iterator[FieldError]:
        """Of one tenure and target no two share a day; whatever is changed or made later is at fault."""
        ends = {one.linkage.pk: one.place for one in self.end}
        groups: dict[tuple[object, ...], list[tuple[Linkage, str, int]]] = defaultdict(list)
        for row in self.rows.values():
            groups[_target_of(row)].append((row, "end", ends.get(row.pk, -1)))
        for place, row in self.made.items():
            groups[_target_of(row)].append((row, "begin", place))
        for group in groups.values():
            for noun, place in _overlapping(group):
                yield _fault(noun, place, "target" if noun == "begin" else "ends_on", BOUNDS[Linkage].twin_detail)


def _target_of(row: Linkage) -> tuple[object, ...]:
    return row.tenure_id, row.division_id, row.industry_id, row.organisation_id


def _overlapping(group: Collection[tuple[Linkage, str, int]]) -> Iterator[tuple[str, int]]:
    """Where in the lists the rows stand that share a day with one before them; not those nobody named."""
    last: tuple[date, tuple[str, int]] | None = None
    for row, noun, place in sorted(group, key=lambda one: one[0].starts_on):
        ends_on = row.ends_on or date.max
        if last is not None and row.starts_on <= last[0]:
            named = max((noun == "begin", place, noun), (last[1][0] == "begin", last[1][1], last[1][0]))
            if named[1] >= 0:
                yield named[2], named[1]
        if last is None or ends_on >= last[0]:
            last = ends_on, (noun, place)


def _placed(noun: str, place: int, *faults: FieldError) -> Iterable[FieldError]:
    return (FieldError(f"{noun}.{place}.{one.field}", one.code, one.detail) for one in faults)


def _fault(noun: str, place: int, name: str, text: Text) -> FieldError:
    return FieldError(f"{noun}.{place}.{name}", Code.INVALID, text)
