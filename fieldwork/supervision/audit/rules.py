"""Who may look at the audit."""

from fieldwork.directory.models import User


def can_see_audit(user: User) -> bool:
    """Of what happened in the scope of one's office: whoever holds one, auditors too."""
    return bool(user.office)
