"""May X do Y now?"""

from datetime import date

from fieldwork.directory.models import Leader, User
from fieldwork.directory.rules import can_act_for
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import check_ins_in_scope
from fieldwork.inspections.reviewing import OFFICES


def can_record_check_in(user: User, lead: Leader, on: date) -> bool:
    """The lead, and whoever acts for the lead on the day of sending."""
    return can_act_for(user, lead, on)


def can_upload_photo(user: User, check_in: CheckIn, on: date) -> bool:
    return check_in.uploaded_by_id == user.pk or can_record_check_in(user, check_in.lead, on)


def can_review_check_in(user: User, check_in: CheckIn, on: date) -> bool:
    """A supervisor or administrator whose scope holds it, never of one's own proof: no auditor, lead, or delegate."""
    if user.office not in OFFICES or can_upload_photo(user, check_in, on):
        return False
    return check_ins_in_scope(user).filter(pk=check_in.pk).exists()
