"""May X do Y now?"""

from fieldwork.directory.enums import Office
from fieldwork.directory.models import User


def can_reconcile_period(user: User) -> bool:
    """Supervisors and administrators, for their division; it changes nothing but what the facts demand."""
    return user.office in (Office.SUPERVISOR, Office.ADMINISTRATOR)
