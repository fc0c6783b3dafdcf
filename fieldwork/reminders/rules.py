"""Who may do what about reminders."""

from fieldwork.directory.enums import Office
from fieldwork.directory.models import User


def can_set_workdays(user: User) -> bool:
    """Say which days are worked: whoever serves the whole installation, for it holds everywhere."""
    return user.office == Office.ADMINISTRATOR and user.division_id is None


def can_see_who_was_told(user: User) -> bool:
    """Of what is owed in the scope of one's office: whoever holds one, auditors too."""
    return bool(user.office)
