"""The rules of the single actions, held against all that a workbook would change at once, as it would stand then.

Each rule is the one that the action itself asks (`bounds`, `fits`, `check_columns`, `rules`); what an action looks up
in the database is here looked up in the world that was loaded.
"""

from collections.abc import Callable, Hashable, Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.directory.bounds import (
    BOUNDS,
    fault_of_twin,
    faults_of_days,
    holders_of,
    is_longer,
    outlasts,
    share_a_day,
)
from fieldwork.directory.dated import check_columns
from fieldwork.directory.fits import check_division_stands, check_kind_of_department, check_pair, check_target
from fieldwork.directory.models import (
    Dated,
    Division,
    Leader,
    Linkage,
    Organisation,
    Post,
    Site,
    Tenure,
    User,
)
from fieldwork.directory.queries import leader_ids, scope_holds
from fieldwork.directory.rules import can_create_leader, can_manage_division, can_manage_tenure_of_others
from fieldwork.duties.models import Role
from fieldwork.supervision.actions import check_role
from fieldwork.supervision.workbook.kinds import KINDS_OF, target_of
from fieldwork.supervision.workbook.planning import Change, Entry, Plan
from fieldwork.supervision.workbook.shelves import ident
from fieldwork.supervision.workbook.world import World, leader_of

_OUTSIDE = _("It lies outside your division.")


def check_plan(plan: Plan, user: User, on: date) -> None:
    """Tells the plan's faults what is wrong with it, all at once. Two queries."""
    own = leader_ids(user, on)
    roles = set(Role.objects.values_list("code", flat=True))
    known = _known(plan)
    for entry in plan.changed():
        _check_right(entry, user, own)
        _guarded(entry, lambda entry=entry: _check_itself(entry, roles))  # type: ignore[misc]
        _check_person(entry, plan.world, known)
        _check_days(entry, plan)
        if entry.change is not Change.BEGINS:
            _check_held(entry, plan)
    for noun in ("tenure", "linkage"):
        _check_twins(plan, noun)
    _check_pairs(plan)


def _check_right(entry: Entry, user: User, own: list[int]) -> None:
    """May this user do that here? Outside the own division the cell that leads there is named."""
    cells, row = entry.cells, entry.row
    if isinstance(row, Leader):
        if not can_create_leader(user, row.division):
            cells.fault("division", _OUTSIDE, Code.NOT_ALLOWED)
        return
    place = place_of(row)
    if not can_manage_division(user, place):
        name = next((name for name in ("division", "organisation") if name in cells.line.cells), "leader")
        cells.fault(name if name in cells.sheet.headings else "", _OUTSIDE, Code.NOT_ALLOWED)
        return
    tenure = row.tenure if isinstance(row, Linkage) else row
    if isinstance(tenure, Tenure) and not can_manage_tenure_of_others(user, tenure, own):
        cells.fault("leader", _("Nobody changes the own posts and links."), Code.NOT_ALLOWED)
    regulator = row.regulator if isinstance(row, Site) and entry.change is Change.BEGINS else None
    if regulator is not None and not scope_holds(user, regulator.division):
        cells.fault("regulator", _OUTSIDE, Code.NOT_ALLOWED)


def place_of(row: Any) -> Division:
    """The division in whose scope a row other than a leader lies; without a query."""
    match row:
        case Post():
            row = row.organisation
        case Tenure():
            row = row.post.organisation
        case Linkage():
            row = row.tenure.post.organisation
    place: Division = row.division
    return place


def _guarded(entry: Entry, check: Callable[[], None]) -> None:
    try:
        check()
    except DomainError as error:
        entry.cells.refuse(error, KINDS_OF[entry.cells.sheet.noun].columns)


def _check_itself(entry: Entry, roles: set[str]) -> None:
    row = entry.row
    if entry.change is not Change.BEGINS:
        return
    check_columns(row)
    match row:
        case Organisation():
            check_division_stands(row.division, row.starts_on)
            check_kind_of_department(row.kind, row.department_kind)
        case Post() if row.role:
            check_role(row.role, roles)
        case Linkage():
            check_target(row.tenure, row.kind, row.target, row.starts_on)
        case Site():
            check_division_stands(row.division, row.starts_on)


def _known(plan: Plan) -> set[int]:
    """Leaders who are meant wherever the workbook has their names: it has their numbers, or lets them leave a post."""
    numbered = {ident(entry.row) for entry in plan.entries["leader"] if "id" in entry.cells.line.cells}
    return numbered | {leader_of(entry.row) for entry in plan.entries["tenure"] if entry.change is Change.ENDS}


def _check_person(entry: Entry, world: World, known: set[int]) -> None:
    """A name alone is the person who held a post of that body before; in another it may well be a namesake."""
    row, cells = entry.row, entry.cells
    if entry.change is not Change.BEGINS or not isinstance(row, Tenure):
        return
    if "leader_id" in cells.line.cells or leader_of(row) in known:
        return
    held = [each for each in world.tenures.named(("leader", leader_of(row))) if each.pk]
    if held and all(each.post.organisation is not row.post.organisation for each in held):
        last = max(held, key=lambda each: each.starts_on).post
        detail = _(
            "On record is one of this name at %(body)s, %(post)s. If this is the same person, write %(number)d as"
            " 领导编号; if another, tell them apart by 新1, there and in the sheet 领导."
        )
        said = {"body": last.organisation.name, "post": last.title, "number": leader_of(row)}
        cells.fault("leader", detail % said, Code.UNKNOWN_REFERENCE)


def _check_days(entry: Entry, plan: Plan) -> None:
    if isinstance(entry.row, Dated):
        longer = entry.change is Change.BEGINS or is_longer(entry.was, entry.row.ends_on)
        for fault in faults_of_days(entry.row, holders_of(entry.row), longer=longer):
            _tell(entry, fault)
    for linkage, was in entry.along:
        for fault in faults_of_days(linkage, holders_of(linkage), longer=is_longer(was, linkage.ends_on)):
            _tell(entry, FieldError("ends_on", fault.code, fault.detail))


def _tell(entry: Entry, fault: FieldError) -> None:
    entry.cells.refuse(DomainError(Code.INVALID, errors=(fault,)), KINDS_OF[entry.cells.sheet.noun].columns)


def _check_held(entry: Entry, plan: Plan) -> None:
    """What runs beyond the new end, unless the workbook changes that too and it is told there."""
    ends_on = entry.row.ends_on
    for held in BOUNDS[type(entry.row)].held:
        beyond = (row for row in _children(plan.world, held.model, held.by, entry.row) if ends_on is not None)
        if any(outlasts(row, ends_on) and not _changes(plan, row) for row in beyond):
            entry.cells.fault("ends_on", held.detail)


def _changes(plan: Plan, row: Any) -> bool:
    own = plan.seen.get(id(row))
    return own is not None and own.change is not None


def _children(world: World, model: type[Dated], by: str, row: Any) -> list[Any]:
    if model is Post:
        return list(world.posts.named(ident(row)))
    shelf = world.tenures if model is Tenure else world.linkages
    return list(shelf.named((by, ident(row))))


def _check_twins(plan: Plan, noun: str) -> None:
    """No two of one tenure's links to one target, nor of a leader's tenures of one post, share a day."""
    for entry in plan.entries[noun]:
        if entry.change is None:
            continue
        for other in _twins(plan.world, entry.row):
            later = plan.seen.get(id(other))
            is_told_there = later is not None and later.change and later.cells.line.row > entry.cells.line.row
            if other is not entry.row and not is_told_there and share_a_day(entry.row, other):
                _tell(entry, fault_of_twin(entry.row, ending=entry.change is not Change.BEGINS))
                break


def _twins(world: World, row: Any) -> Iterator[Any]:
    if isinstance(row, Tenure):
        held = world.tenures.named(("leader", leader_of(row)))
        yield from (each for each in held if ident(each.post) == ident(row.post))
        return
    linked = world.linkages.named(("tenure", ident(row.tenure)))
    yield from (each for each in linked if target_of(each) == target_of(row))


def _check_pairs(plan: Plan) -> None:
    taken: dict[Hashable, int] = {}
    for linkage in plan.world.linkages.by_id.values():
        if linkage.paired_with_id is not None:
            taken[linkage.paired_with_id] = linkage.pk
    for entry in plan.entries["linkage"]:
        row = entry.row
        if entry.change is Change.BEGINS and row.paired_with is not None:
            pair = ident(row.paired_with)
            _guarded(entry, lambda row=row, pair=pair: check_pair(row, row.paired_with, taken=pair in taken))  # type: ignore[misc]
            taken.setdefault(pair, ident(row))
