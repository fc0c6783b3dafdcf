"""How far an account reaches: the paths of every division where it can see or do something."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation, Leader, Tenure, User
from fieldwork.directory.queries import lasting

EVERYWHERE = ""  # the path above all: of who serves the whole installation, and of what has no place yet


def within_scope(user: User, paths: Collection[str]) -> bool:
    """Whether all of it lies in the scope of the user's office."""
    if user.division is not None:
        return bool(user.office) and all(path.startswith(user.division.path) for path in paths)
    return user.office == Office.ADMINISTRATOR


def reach_of_leaders(leaders: Collection[int], on: date) -> dict[int, set[str]]:
    """Where each leader holds or will hold posts; without any, where the last was, or whose office entered them."""
    standing: dict[int, set[str]] = {leader: set() for leader in leaders}
    last = dict(Leader.objects.filter(pk__in=leaders).values_list("pk", "division__path"))
    tenures = Tenure.objects.filter(leader__in=leaders).order_by("starts_on", "pk")
    for leader, ends_on, path in tenures.values_list("leader", "ends_on", "post__organisation__division__path"):
        last[leader] = path
        if ends_on is None or ends_on >= on:
            standing[leader].add(path)
    return {leader: paths or {last[leader] or EVERYWHERE} for leader, paths in standing.items()}


def reach_of_users(users: Sequence[User], on: date) -> list[set[str]]:
    """By office or home division, unit, leader, and the leaders prepared for now or later; in the order of `users`.

    A user may be one that is not stored yet. Three queries, where `division` and `organisation__division` are loaded.
    """
    delegated = defaultdict(set)
    delegations = Delegation.objects.filter(lasting(on), assistant__in={user.pk for user in users if user.pk})
    for assistant, leader in delegations.values_list("assistant", "leader"):
        delegated[assistant].add(leader)
    own = {user.leader_id for user in users if user.leader_id}
    of_leaders = reach_of_leaders(own.union(*delegated.values()), on)
    return [_reach(user, delegated[user.pk], of_leaders) for user in users]


def _reach(user: User, delegated: set[int], of_leaders: dict[int, set[str]]) -> set[str]:
    leaders = delegated | {user.leader_id} if user.leader_id else delegated
    paths = set().union(*(of_leaders[leader] for leader in leaders))
    if user.division:
        paths.add(str(user.division.path))
    if user.organisation:
        paths.add(str(user.organisation.division.path))
    everywhere = user.office == Office.ADMINISTRATOR and user.division is None
    return {EVERYWHERE} if everywhere or not paths else paths
