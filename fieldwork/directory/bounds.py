"""What dated rows must keep to, checked alike when a row begins and when its end is set or moved.

A row lies within the rows that hold it, overlaps no twin, and outlasts what it holds.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Text, invalid
from fieldwork.directory.models import (
    Dated,
    Delegation,
    Linkage,
    Organisation,
    Post,
    ProblemTownMark,
    Site,
    Tenure,
)

R = TypeVar("R", bound=Dated)
M = TypeVar("M", bound=Any)
Held = tuple[Callable[[R], QuerySet[Any]], Text]


@dataclass(frozen=True)
class Bounds(Generic[R]):
    """`holders` must cover the row; `guards` are only locked, so that two twins cannot begin at once."""

    holders: Callable[[R], list[Dated]] = lambda _row: []
    guards: Callable[[R], list[Any]] = lambda _row: []
    twins: Callable[[R], QuerySet[R]] | None = None
    twin_field: str = "starts_on"
    twin_detail: Text = ""
    held: tuple[Held[R], ...] = ()


def _twins_of_linkage(row: Linkage) -> QuerySet[Linkage]:
    return Linkage.objects.filter(
        tenure=row.tenure_id, division=row.division_id, industry=row.industry_id,
        organisation=row.organisation_id,
    )  # fmt: skip


def _linked_organisations(row: Tenure) -> list[Organisation]:
    """Held before the tenure, as a new linkage holds them, so that the two never wait for each other."""
    linked = Linkage.objects.filter(tenure=row.pk).values("organisation")
    return list(Organisation.objects.filter(pk__in=linked).order_by("pk"))


BOUNDS: dict[type[Dated], Bounds[Any]] = {
    Organisation: Bounds[Organisation](
        held=(
            (lambda row: row.posts.all(), _("Posts in it run beyond that day; end them first.")),
            (
                lambda row: Linkage.objects.filter(organisation=row),
                _("Linkages to this department run beyond that day; end them first."),
            ),
        )
    ),
    Post: Bounds[Post](
        holders=lambda row: [row.organisation],
        held=((lambda row: row.tenures.all(), _("Somebody holds it beyond that day; end the tenure first.")),),
    ),
    Tenure: Bounds[Tenure](
        guards=_linked_organisations,
        holders=lambda row: [row.post],
        twins=lambda row: Tenure.objects.filter(leader=row.leader_id, post=row.post_id),
        twin_detail=_("This leader already holds this post on some of these days."),
        held=(
            (
                lambda row: row.linkages.all(),
                _("A linkage of this tenure begins only after that day; withdraw or end it first."),
            ),
        ),
    ),
    Linkage: Bounds[Linkage](
        holders=lambda row: [row.organisation, row.tenure] if row.organisation else [row.tenure],
        twins=_twins_of_linkage,
        twin_field="target",
        twin_detail=_("This tenure is already linked to that target on some of these days."),
    ),
    Site: Bounds[Site](),
    ProblemTownMark: Bounds[ProblemTownMark](
        guards=lambda row: [row.division],
        twins=lambda row: ProblemTownMark.objects.filter(division=row.division_id),
        twin_detail=_("This town is already marked on some of these days."),
    ),
    Delegation: Bounds[Delegation](
        guards=lambda row: [row.leader],
        twins=lambda row: Delegation.objects.filter(assistant=row.assistant_id, leader=row.leader_id),
        twin_detail=_("This assistant already prepares for this leader on some of these days."),
    ),
}


def lock(row: M) -> M:
    """The row as it stands now, held against other changes to the end of the transaction."""
    fresh: M = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
    return fresh


def lock_all(model: type[M], ids: Collection[int], *related: str) -> dict[int, M]:
    """Those rows by id, in whose order they are locked, as they stand now; one query."""
    rows = model._default_manager.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    return {row.pk: row for row in rows.select_related(*related)} if ids else {}


def lock_around(row: Dated) -> list[Dated]:
    """Hold what `row` rests on, outermost first as every caller does: organisation, post, tenure.

    Answers the row's holders as they stand now.
    """
    bounds = BOUNDS[type(row)]
    for guard in bounds.guards(row):
        lock(guard)
    return [lock(holder) for holder in bounds.holders(row)]


def check(row: Dated, holders: list[Dated], *, ending: bool = False) -> None:
    """Raise an `invalid` DomainError on the field at fault; a twin met when `ending` is the end's fault."""
    bounds = BOUNDS[type(row)]
    check_days(row, holders)
    if bounds.twins and overlapping(bounds.twins(row), row).exclude(pk=row.pk).exists():
        raise invalid("ends_on" if ending else bounds.twin_field, bounds.twin_detail)


def check_days(row: Dated, holders: list[Dated]) -> None:
    """What of `check` the row and its holders say by themselves; no query."""
    if row.ends_on and row.ends_on < row.starts_on:
        raise invalid("ends_on", _("It may not end before it begins, on %(day)s.") % {"day": row.starts_on})
    for holder in holders:
        _check_within(row, holder)


def check_held(row: Dated) -> None:
    """Raise an `invalid` DomainError on `ends_on` when something that `row` holds runs beyond it."""
    for held, detail in BOUNDS[type(row)].held:
        if row.ends_on and held(row).filter(Q(ends_on__isnull=True) | Q(ends_on__gt=row.ends_on)).exists():
            raise invalid("ends_on", detail)


def overlapping(rows: QuerySet[R], row: Dated) -> QuerySet[R]:
    """Those of `rows` that share a day with `row`."""
    rows = rows.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=row.starts_on))
    return rows.filter(starts_on__lte=row.ends_on) if row.ends_on else rows


def _check_within(row: Dated, holder: Dated) -> None:
    if row.starts_on < holder.starts_on:
        detail = _("It may not begin before what it belongs to, on %(day)s.")
        raise invalid("starts_on", detail % {"day": holder.starts_on})
    if holder.ends_on and (row.ends_on is None or row.ends_on > holder.ends_on):
        detail = _("It may not outlast what it belongs to, which ends on %(day)s.")
        raise invalid("ends_on", detail % {"day": holder.ends_on})
