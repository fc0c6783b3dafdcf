"""May X do Y now?"""

from datetime import date

from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.directory.queries import leader_ids, organisation_ids, scope_holds
from fieldwork.directory.rules import MANAGERS
from fieldwork.duties.enums import Standing
from fieldwork.duties.models import Basis, Obligation


def can_reconcile_period(user: User) -> bool:
    """Supervisors and administrators, for their division; it changes nothing but what the facts demand."""
    return user.office in (Office.SUPERVISOR, Office.ADMINISTRATOR)


def can_excuse_obligation(user: User, obligation: Obligation, on: date) -> bool:
    """A supervisor or administrator whose scope holds every standing basis (without one: every basis), never from what
    oneself, one's body or whom one acts for owes."""
    if user.office not in MANAGERS:
        return False
    if obligation.leader_id in leader_ids(user, on):
        return False
    if not {obligation.organisation_id, obligation.lower_organisation_id}.isdisjoint(organisation_ids(user, on)):
        return False
    bases = list(Basis.objects.filter(obligation=obligation).select_related("division"))
    standing = [basis for basis in bases if basis.state == Standing.STANDING]
    return bool(bases) and all(scope_holds(user, basis.division) for basis in standing or bases)
