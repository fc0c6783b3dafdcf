"""Open hazards of bodies, posts and divisions that were merged into others go on there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from fieldwork.core import events
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory.mergers import goes_on_at, taken_in_by
from fieldwork.hazards.enums import OPEN
from fieldwork.hazards.models import Hazard, Listing

PASSED_ON = "hazard.passed_on"
_UNITS = ("rectifying_unit", "assisting_unit", "supervising_unit")


def pass_on(
    *, bodies: Mapping[int, int], posts: Mapping[int, int], divisions: Mapping[int, int], by: Actor, at: datetime
) -> int:
    """Let open hazards lie, belong and be rectified where their division, post and units went; ids by the old ones.

    Deadlines, measures and persons stay, steps and closed hazards tell what was. Tells `hazard.passed_on` of each, with
    what differs. In the caller's transaction. Answers how many.
    """
    kinds = {"division": divisions, "post": posts, "rectifying_unit": bodies, "regulator": bodies}
    concerned = Q(listings__in=_standing(bodies))
    for column, others in kinds.items():
        concerned |= Q(**{f"{column}__in": others.keys()})
    ids = Hazard.objects.filter(concerned, state__in=OPEN).values_list("pk", flat=True).distinct()
    rows = Hazard.objects.filter(pk__in=list(ids), state__in=OPEN).select_for_update(of=("self",), no_key=True)
    for hazard in rows.order_by("pk"):
        now = _moved(hazard, kinds)
        was = {name: getattr(hazard, name) for name in now}
        Hazard.objects.filter(pk=hazard.pk).update(**now)
        listed = [_pass_listing_on(listing, bodies) for listing in hazard.listings.filter(delisted_on__isnull=True)]
        hazard.refresh_from_db(fields=["division"])
        events.append(
            PASSED_ON, by=by, at=at, about=("hazard", hazard.pk), division_path=hazard.division.path,
            was=was, now=now, listed=[each for each in listed if each],
        )  # fmt: skip
    return len(rows)


def catch_up(hazard: Hazard, *, by: Actor, at: datetime) -> None:
    """One that was closed when its post, division or units were merged, and is open again. In the caller's
    transaction."""
    division, units = taken_in_by(hazard.division), (hazard.regulator, hazard.rectifying_unit)
    post = hazard.post and goes_on_at(hazard.post, local_day(at))
    divisions = {hazard.division_id: division.pk} if division != hazard.division else {}
    posts = {hazard.post.pk: post.pk} if hazard.post and post and post != hazard.post else {}
    bodies = {unit.pk: taken_in_by(unit).pk for unit in units if unit and unit.merged_into_id}
    if divisions or posts or bodies:
        pass_on(bodies=bodies, posts=posts, divisions=divisions, by=by, at=at)


def _standing(bodies: Mapping[int, int]) -> Any:
    named = Q()
    for unit in _UNITS:
        named |= Q(**{f"{unit}__in": bodies.keys()})
    return Listing.objects.filter(named, delisted_on__isnull=True)


def _moved(row: Hazard | Listing, kinds: Mapping[str, Mapping[int, int]]) -> dict[str, int]:
    """The columns of the row that another id takes the place of."""
    return {
        f"{column}_id": others[getattr(row, f"{column}_id")]
        for column, others in kinds.items()
        if getattr(row, f"{column}_id") in others
    }


def _pass_listing_on(listing: Listing, bodies: Mapping[int, int]) -> dict[str, Any]:
    now = _moved(listing, dict.fromkeys(_UNITS, bodies))
    was = {name: getattr(listing, name) for name in now}
    if now:
        Listing.objects.filter(pk=listing.pk).update(**now)
    return {"listing": str(listing.pk), "was": was, "now": now} if now else {}
