"""Who may do what in the directory."""

from datetime import date

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Division, Leader, User
from fieldwork.directory.queries import leaders_of, scope_holds


def can_manage_division(user: User, division: Division) -> bool:
    """Create, change, end what lies at this division: supervisors and administrators, never auditors."""
    return user.office in (Office.SUPERVISOR, Office.ADMINISTRATOR) and scope_holds(user, division)


def can_act_for(user: User, leader: Leader, on: date) -> bool:
    """Record for this leader on that day: the leader's own account, or a delegate's."""
    return leaders_of(user, on).filter(pk=leader.pk).exists()


def can_create_leader(user: User, division: Division | None) -> bool:
    """Where one manages; without a division only whoever serves the whole installation."""
    if division is not None:
        return can_manage_division(user, division)
    return user.office == Office.ADMINISTRATOR and user.division_id is None
