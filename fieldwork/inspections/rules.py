"""May X do Y now?"""

from datetime import date

from fieldwork.directory.models import Leader, User
from fieldwork.directory.queries import organisation_ids
from fieldwork.directory.rules import can_act_for
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import check_ins_in_scope
from fieldwork.inspections.reviewing import OFFICES


def can_record_check_in(user: User, lead: Leader, on: date, captured_on: date | None = None) -> bool:
    """The lead, and whoever acts for the lead on the day of sending, or did so on that of a recent inspection."""
    return can_act_for(user, lead, on, captured_on)


def can_upload_photo(user: User, check_in: CheckIn, on: date) -> bool:
    return check_in.uploaded_by_id == user.pk or can_record_check_in(user, check_in.lead, on, check_in.captured_on)


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
