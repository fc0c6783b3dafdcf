"""May X do Y now?"""

from datetime import date

from fieldwork.directory.models import Leader, User
from fieldwork.directory.rules import can_act_for
from fieldwork.inspections.models import CheckIn


def can_record_check_in(user: User, lead: Leader, on: date) -> bool:
    """The lead, and whoever acts for the lead on the day of sending."""
    return can_act_for(user, lead, on)


def can_upload_photo(user: User, check_in: CheckIn, on: date) -> bool:
    return check_in.uploaded_by_id == user.pk or can_record_check_in(user, check_in.lead, on)
