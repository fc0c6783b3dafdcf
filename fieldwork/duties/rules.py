"""May X do Y now?"""

from fieldwork.directory.enums import Office
from fieldwork.directory.models import User


def can_reconcile_period(user: User) -> bool:
    """Supervisors and administrators: it changes nothing that the facts do not demand, wherever they lie."""
    return user.office in (Office.SUPERVISOR, Office.ADMINISTRATOR)
