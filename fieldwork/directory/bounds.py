"""What dated rows must keep to, checked alike when a row begins and when its end is set or moved.

A row lies within the rows that hold it, overlaps no twin, and outlasts what it holds.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core import locks
from fieldwork.core.errors import Code, DomainError, FieldError, Text, invalid
from fieldwork.directory.divisions import LOCK as DIVISIONS
from fieldwork.directory.models import (
    Dated,
    Delegation,
    Division,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
)

R = TypeVar("R", bound=Dated)
M = TypeVar("M", bound=Any)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """Rows of `model` whose relation `by` names the row; what is said when they run beyond its end."""

    model: type[Dated]
    by: str
    detail: Text


@dataclass(frozen=True)
class Bounds(Generic[R]):
    """`holders` name the relations that must cover the row, outermost first; rows that agree in all of `twins` may
    share no day; `guards` are only locked, so that two twins cannot begin at once."""

    holders: tuple[str, ...] = ()
    guards: Callable[[R], list[Any]] = lambda _row: []
    twins: tuple[str, ...] = ()
    twin_field: str = "starts_on"
    twin_detail: Text = ""
    held: tuple[Held, ...] = ()


def _linked_organisations(row: Tenure) -> list[Organisation]:
    """Held before the tenure, as a new linkage holds them, so that the two never wait for each other."""
    linked = Linkage.objects.filter(tenure=row.pk).values("organisation")
    return list(Organisation.objects.filter(pk__in=linked).order_by("pk"))


BOUNDS: dict[type[Dated], Bounds[Any]] = {
    Organisation: Bounds[Organisation](
        held=(
            Held(Post, "organisation", _("Posts in it run beyond that day; end them first.")),
            Held(Linkage, "organisation", _("Linkages to this department run beyond that day; end them first.")),
        )
    ),
    Post: Bounds[Post](
        holders=("organisation",),
        held=(Held(Tenure, "post", _("Somebody holds it beyond that day; end the tenure first.")),),
    ),
    Tenure: Bounds[Tenure](
        guards=_linked_organisations,
        holders=("post",),
        twins=("leader", "post"),
        twin_detail=_("This leader already holds this post on some of these days."),
        held=(
            Held(
                Linkage, "tenure", _("A linkage of this tenure begins only after that day; withdraw or end it first.")
            ),
        ),
    ),
    Linkage: Bounds[Linkage](
        holders=("organisation", "tenure"),
        twins=("tenure", "division", "industry", "organisation"),
        twin_field="target",
        twin_detail=_("This tenure is already linked to that target on some of these days."),
    ),
    Site: Bounds[Site](),
    ProblemTownMark: Bounds[ProblemTownMark](
        guards=lambda row: [row.division],
        twins=("division",),
        twin_detail=_("This town is already marked on some of these days."),
    ),
    Delegation: Bounds[Delegation](
        guards=lambda row: [row.leader],
        twins=("assistant", "leader"),
        twin_detail=_("This assistant already prepares for this leader on some of these days."),
    ),
}


def hold_divisions() -> None:
    """No division is merged, or goes on under another row, to the end of the transaction; before any row is held."""
    locks.hold(DIVISIONS, shared=True)


def lock(row: M) -> M:
    """The row as it stands now, held against other changes to the end of the transaction."""
    fresh: M = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
    return fresh


def lock_all(model: type[M], ids: Collection[int], *related: str) -> dict[int, M]:
    """Those rows by id, in whose order they are locked, as they stand now; one query."""
    rows = model._default_manager.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in rows.select_related(*related)} if ids else {}


def lock_around(row: Dated) -> list[Dated]:
    """Hold what `row` rests on, outermost first as every caller does: divisions, organisation, post, tenure.

    Answers the row's holders as they stand now; its division is read anew.
    """
    hold_divisions()
    if (division := getattr(row, "division_id", None)) is not None:
        row.division = Division.objects.get(pk=division)  # type: ignore[attr-defined]  # those that lie in one
    bounds = BOUNDS[type(row)]
    for guard in bounds.guards(row):
        lock(guard)
    return [lock(holder) for holder in holders_of(row)]


def holders_of(row: Dated) -> list[Any]:
    """What must cover the row, outermost first, as the row knows them."""
    named = (getattr(row, name) for name in BOUNDS[type(row)].holders)
    return [holder for holder in named if holder is not None]


def check(row: Dated, holders: list[Dated], *, ending: bool = False, longer: bool = True) -> None:
    """Raise an `invalid` DomainError on the field at fault; a twin met when `ending` is the end's fault."""
    for fault in faults_of_days(row, holders, longer=longer):
        raise DomainError(Code.INVALID, errors=(fault,))
    bounds = BOUNDS[type(row)]
    alike = {name: getattr(row, f"{name}_id") for name in bounds.twins}
    if alike and overlapping(type(row)._default_manager.filter(**alike), row).exclude(pk=row.pk).exists():
        raise DomainError(Code.INVALID, errors=(fault_of_twin(row, ending=ending),))


def faults_of_days(row: Dated, holders: Sequence[Dated], *, longer: bool = True) -> Iterator[FieldError]:
    """What is wrong with the row's days by themselves, and against those of its holders; asks no database.

    `longer`: it is new or gets a later end; only then it must not outlast its division, which may have ended before it.
    """
    if row.ends_on and row.ends_on < row.starts_on:
        detail = _("It may not end before it begins, on %(day)s.")
        yield FieldError("ends_on", Code.INVALID, detail % {"day": row.starts_on})
        return
    for holder in holders:
        yield from _faults_within(row, holder)
    division = getattr(row, "division", None) if longer else None
    if division is not None and division.ends_on and outlasts(row, division.ends_on):
        detail = _("This division stood only to %(day)s.")
        yield FieldError("ends_on", Code.INVALID, detail % {"day": division.ends_on})


def fault_of_twin(row: Dated, *, ending: bool = False) -> FieldError:
    """What is said of a row that shares a day with its twin."""
    bounds = BOUNDS[type(row)]
    return FieldError("ends_on" if ending else bounds.twin_field, Code.INVALID, bounds.twin_detail)


def check_held(row: Dated) -> None:
    """Raise an `invalid` DomainError on `ends_on` when something that `row` holds runs beyond it."""
    for held in BOUNDS[type(row)].held:
        rows = held.model._default_manager.filter(**{held.by: row.pk})
        if row.ends_on and rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=row.ends_on)).exists():
            raise invalid("ends_on", held.detail)


def outlasts(row: Dated, day: date) -> bool:
    """Whether the row runs beyond that day."""
    return row.ends_on is None or row.ends_on > day


def is_longer(was: date | None, now: date | None) -> bool:
    """Whether a last day is later than another; None is none."""
    return was is not None and (now is None or now > was)


def share_a_day(one: Dated, other: Dated) -> bool:
    """`overlapping` for two rows at hand."""
    return outlasts(one, other.starts_on - _DAY) and outlasts(other, one.starts_on - _DAY)


def overlapping(rows: QuerySet[R], row: Dated) -> QuerySet[R]:
    """Those of `rows` that share a day with `row`."""
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=row.starts_on))
    return rows.filter(starts_on__lte=row.ends_on) if row.ends_on else rows


def _faults_within(row: Dated, holder: Dated) -> Iterator[FieldError]:
    if row.starts_on < holder.starts_on:
        detail = _("It may not begin before what it belongs to, on %(day)s.")
        yield FieldError("starts_on", Code.INVALID, detail % {"day": holder.starts_on})
    if holder.ends_on and outlasts(row, holder.ends_on):
        detail = _("It may not outlast what it belongs to, which ends on %(day)s.")
        yield FieldError("ends_on", Code.INVALID, detail % {"day": holder.ends_on})
