"""Development zones (开发区) that no list of divisions has: founded by name, with the towns they administer.

A list of divisions knows nothing of zones: `divisions.load_divisions` leaves a town under the zone that took it. A
zone is told by its edition, `divisions.ZONE`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.events import Actor
from fieldwork.directory.divisions import LOCK, ZONE, above
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.paths import child_path, common_path
from fieldwork.directory.successions import hang


@transaction.atomic
def found_zone(
    *, authority: str, code: str, name: str, level: Level, parent: Division, takes: Sequence[Division],
    on: date, by: Actor, at: datetime,
) -> Division:  # fmt: skip
    """The zone of that code under `parent`, with the towns `takes` under it; found and again changes nothing.

    It begins on `on`, or on the first day of its parent if that is earlier: what it holds may be older than the
    document. A taken town moves in place with all below it: its row goes on, whoever owes what there and whatever
    hangs at it follow its path. Towns that the zone has already stay. One event, `zone.founded`.
    Errors: `invalid` on `level` or `takes` where the ladder does not allow it; `already_exists_differently` where the
    code stands as another division.
    """
    locks.hold(LOCK)
    _check_ladder(level, parent, takes)
    zone = Division.objects.filter(authority=authority, code=code, ends_on__isnull=True).first()
    founded = zone is None
    if zone is None:
        zone = _begin(authority=authority, code=code, name=name, level=level, parent=parent, on=on)
    elif (zone.name, zone.level, zone.parent_id) != (name, level, parent.pk):
        why = _("The code %(code)s stands as %(name)s, of another name, level or parent.")
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY, why % {"code": code, "name": zone.name})
    moves = [_move(town, zone) for town in takes if town.parent_id != zone.pk]
    if founded or moves:
        paths = [zone.path, *(move["was"] for move in moves)]
        events.append(
            "zone.founded", by=by, at=at, about=("division_list", f"{authority}:{code}"),
            division_path=common_path(min(paths), max(paths)),
            division=zone.pk, name=name, parent=parent.pk, path=zone.path, since=on.isoformat(), moved=moves,
        )  # fmt: skip
    return zone


def _check_ladder(level: Level, parent: Division, takes: Sequence[Division]) -> None:
    if not above(parent.level, level):
        raise invalid("division.level", _("The parent is not of a higher level."))
    for index, town in enumerate(takes):
        if not above(level, town.level):
            why = _("%(name)s is not of a lower level than the zone.")
            raise invalid(f"division.takes[{index}]", why % {"name": town.name})


def _begin(*, on: date, parent: Division, **values: Any) -> Division:
    number = (Division.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    return Division.objects.create(
        **values, parent=parent, number=number, path=child_path(parent.path, number),
        starts_on=min(on, parent.starts_on), edition=ZONE,
    )  # fmt: skip


def _move(town: Division, zone: Division) -> dict[str, Any]:
    """Hang a town, and all that is or was below it, under the zone; answers what moved, for the event."""
    was, old_parent = town.path, town.parent_id
    hang(town, zone)
    return {"division": town.pk, "was": was, "now": town.path, "parent": old_parent}
