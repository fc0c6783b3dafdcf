"""Who may do what in the directory."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from typing import Any

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Division, Leader, Organisation, Tenure, User
from fieldwork.directory.queries import leader_ids, organisations_of, scope_holds
from fieldwork.directory.reach import reach_of_leaders, reach_of_users, within_scope

MANAGERS = (Office.SUPERVISOR, Office.ADMINISTRATOR)
LATE = timedelta(days=30)  # how long after a deed whoever could record it then, and no longer can, still may
_OWN = frozenset({"language"})


def can_manage_division(user: User, division: Division) -> bool:
    """Create, change, end what lies at this division: supervisors and administrators, never auditors."""
    return user.office in MANAGERS and scope_holds(user, division)


def can_merge_divisions(user: User, source: Division, into: Division) -> bool:
    """Whose scope holds what is above both: no office takes its neighbour in, or is merged by itself."""
    return all(
        can_manage_division(user, each.parent) if each.parent else can_create_leader(user, None)
        for each in (source, into)
    )


def can_manage_tenure(user: User, tenure: Tenure, on: date) -> bool:
    """Begin or end what makes its leader owe something, it and its links: whoever manages its division, but not of
    oneself or of whom one acts for, as with one's own proof."""
    return can_manage_tenure_of_others(user, tenure, leader_ids(user, on))


def can_manage_tenure_of_others(user: User, tenure: Tenure, own: Collection[int]) -> bool:
    """`can_manage_tenure` where `own`, the ids of the user and of whom one acts for, are known: for many at once."""
    return tenure.leader_id not in own and can_manage_division(user, tenure.post.organisation.division)


def manageable_tenures(user: User, tenures: Collection[Tenure], on: date) -> set[int]:
    """The ids of those that `can_manage_tenure` allows; one query, where their divisions are loaded."""
    own = set(leader_ids(user, on))
    return {
        tenure.pk
        for tenure in tenures
        if tenure.leader_id not in own and can_manage_division(user, tenure.post.organisation.division)
    }


def can_act_for(user: User, leader: Leader, on: date, deed_on: date | None = None) -> bool:
    """Record for this leader: whoever `day_to_act_for` finds a day for."""
    return day_to_act_for(user, leader, on, deed_on) is not None


def day_to_act_for(user: User, leader: Leader, on: date, deed_on: date | None = None) -> date | None:
    """The day whose rights let the user record for this leader; None for nobody's.

    The leader's own account, or a delegate's: of the day of sending, `on`; or of the day of the deed, if that lies
    within the last 30 days, so that what was done before a delegation ended is not lost on a phone without a network.
    """
    if leader.pk == user.leader_id:
        return on
    return next((day for day in _days(on, deed_on) if leader.pk in leader_ids(user, day)), None)


def day_to_act_in(user: User, bodies: Collection[Organisation], on: date, deed_on: date | None = None) -> date | None:
    """As `day_to_act_for`: whoever holds a post in one of these bodies, and its unit's user while it stands."""
    ids = [body.pk for body in bodies]
    return next((day for day in _days(on, deed_on) if organisations_of(user, day).filter(pk__in=ids).exists()), None)


def _days(on: date, deed_on: date | None) -> list[date]:
    return [on] if deed_on is None or not on - LATE <= deed_on < on else [on, deed_on]


def can_create_leader(user: User, division: Division | None) -> bool:
    """Where one manages; without a division only whoever serves the whole installation."""
    if division is not None:
        return can_manage_division(user, division)
    return user.office == Office.ADMINISTRATOR and user.division_id is None


def can_manage_leaders(user: User, leaders: Collection[Leader], on: date) -> bool:
    """Give somebody else a hand in what they do: whoever's scope holds all the posts they hold or will hold."""
    return len(manageable_leaders(user, leaders, on)) == len(leaders)


def manageable_leaders(user: User, leaders: Collection[Leader], on: date) -> list[Leader]:
    """Those of the leaders in whose work one may give somebody else a hand."""
    if user.office not in MANAGERS:
        return []
    reach = reach_of_leaders({leader.pk for leader in leaders}, on)
    return [leader for leader in leaders if within_scope(user, reach[leader.pk])]


def can_manage_users(user: User, others: Sequence[User], on: date) -> bool:
    """Create, change, sign out, unlock all of these accounts."""
    return len(manageable(user, others, on)) == len(others)


def manageable(user: User, others: Sequence[User], on: date) -> list[User]:
    """Those of the accounts that one may manage.

    A code or a change can make an account the maker's own: so nobody may touch what reaches further than themselves,
    and only an administrator an administrator's.
    """
    if user.office not in MANAGERS:
        return []
    above = {Office.ADMINISTRATOR} if user.office != Office.ADMINISTRATOR else set()
    reaches = reach_of_users(others, on)
    return [
        other
        for other, reach in zip(others, reaches, strict=True)
        if other.office not in above and within_scope(user, reach)
    ]


def renewable(user: User, others: Sequence[User], on: date) -> list[User]:
    """Those for whom one may make activation codes: not oneself, for `auth/password` asks for the present one."""
    return [other for other in manageable(user, others, on) if other.pk != user.pk]


def can_renew_users(user: User, others: Sequence[User], on: date) -> bool:
    return len(renewable(user, others, on)) == len(others)


def can_change_user(user: User, other: User, changes: Mapping[str, Any], on: date) -> bool:
    """Change an account one manages, both as it is and as it would be; of one's own, no more than the language."""
    if other.pk == user.pk:
        return set(changes) <= _OWN
    changed = copy(other)
    for field, value in changes.items():
        setattr(changed, "is_active" if field == "active" else field, value)
    return can_manage_users(user, [other, changed], on)


def can_see_devices_of(user: User, other: User, on: date) -> bool:
    """One's own, and those of accounts that lie wholly in the scope of one's office."""
    return other.pk == user.pk or bool(user.office and within_scope(user, reach_of_users([other], on)[0]))
