"""May X do Y now?"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from fieldwork.directory.models import Leader, User
from fieldwork.directory.queries import leader_ids, organisation_ids
from fieldwork.directory.rules import can_act_for
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import check_ins_in_scope
from fieldwork.inspections.reviewing import OFFICES

ROUGHLY_M = -2  # decimals of metres: whoever sees a position only so is told distances to 100 m
ROUGHLY = 2  # decimals of a degree that everybody sees of a position: about a kilometre


def roughly_m(metres: float | None) -> float | None:
    """A distance as whoever sees a position only roughly is told it."""
    return None if metres is None else round(metres, ROUGHLY_M)


def figures_roughly(figures: dict[str, Any]) -> dict[str, Any]:
    """Those of a flag, as whoever sees the position only roughly is told them."""
    return figures | {"distance_m": roughly_m(figures["distance_m"])} if "distance_m" in figures else figures


def can_record_check_in(user: User, lead: Leader, on: date, captured_on: date | None = None) -> bool:
    """The lead, and whoever acts for the lead on the day of sending, or did so on that of a recent inspection."""
    return can_act_for(user, lead, on, captured_on)


def can_upload_photo(user: User, check_in: CheckIn, on: date) -> bool:
    return check_in.uploaded_by_id == user.pk or can_record_check_in(user, check_in.lead, on, check_in.captured_on)


def can_add_to_check_in(user: User, check_in: CheckIn, on: date) -> bool:
    """Whoever might send its photos: the lead, who acts for the lead, and who uploaded it."""
    return can_upload_photo(user, check_in, on)


def can_see_exactly(user: User, check_in: CheckIn, on: date) -> bool:
    """See where precisely it was captured, and the original bytes of its photos, outside a review: the lead, whoever
    acts for the lead on that day, and who uploaded it."""
    return bool(seen_exactly(user, [check_in], on))


def seen_exactly(user: User, check_ins: Iterable[CheckIn], on: date) -> set[UUID]:
    """The ids of those that `can_see_exactly` lets the user see so; at most one query, and none for one's own."""
    foreign, exact = [], set()
    for check_in in check_ins:
        if check_in.uploaded_by_id == user.pk or (user.leader_id is not None and check_in.lead_id == user.leader_id):
            exact.add(check_in.pk)
        else:
            foreign.append(check_in)
    leaders = set(leader_ids(user, on)) if foreign else set()
    return exact | {check_in.pk for check_in in foreign if check_in.lead_id in leaders}


def can_prove_check_in(user: User, check_in: CheckIn, on: date) -> bool:
    """Take its proof away, which holds the exact position: who sees it exactly, and who may review it."""
    return can_see_exactly(user, check_in, on) or can_review_check_in(user, check_in, on)


def can_review_check_in(user: User, check_in: CheckIn, on: date) -> bool:
    """A supervisor or administrator whose scope holds it, never of one's own proof: no auditor, nobody who might have
    sent it, now or on the day of the visit, or files for the body whose task it was for."""
    if user.office not in OFFICES or check_in.uploaded_by_id == user.pk:
        return False
    if any(_is_own(user, check_in, day) for day in {on, check_in.captured_on}):
        return False
    return check_ins_in_scope(user).filter(pk=check_in.pk).exists()


def _is_own(user: User, check_in: CheckIn, on: date) -> bool:
    if can_record_check_in(user, check_in.lead, on):
        return True
    if check_in.task is None:
        return False
    owed = check_in.task.obligation
    return not {owed.organisation_id, owed.lower_organisation_id}.isdisjoint(organisation_ids(user, on))
