"""When a division goes on under a new row, policies, their tracking and all that was opened there follow it."""

from collections.abc import Mapping
from datetime import date, datetime

from fieldwork.core import events, locks
from fieldwork.core.events import Actor
from fieldwork.core.periods import Period
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.paths import common_path
from fieldwork.directory.successions import replace
from fieldwork.duties.models import Basis, Opening, Policy, Task, Touch, Tracking
from fieldwork.duties.policies.loading import LOCK
from fieldwork.duties.reconcile import period_lock

KEYED_BY_DIVISION = (*(level.value for level in Level), "own")


def pass_visits_on(*, divisions: Mapping[int, int], bodies: Mapping[int, int], since: date) -> set[int]:
    """Let visits from `since` on, when a division or body was merged already, serve what took it in too; ids by the
    old ones. What was recorded then could not know. In the caller's transaction. Answers the ids of the visitors."""
    added = {key: set(keys) for key, keys in also_served(divisions, bodies).items()}
    rows = Touch.objects.filter(target_key__in=added, performance__day__gte=since).select_related("performance")
    visits = list(rows)
    Touch.objects.bulk_create(
        [Touch(performance=row.performance, target_key=key) for row in visits for key in sorted(added[row.target_key])],
        ignore_conflicts=True,
    )
    return {row.performance.leader_id for row in visits if row.performance.leader_id}


def also_served(divisions: Mapping[int, int], bodies: Mapping[int, int]) -> dict[str, tuple[str, ...]]:
    """By the key of what was merged, those of what took it in: as a target of its level, and as somebody's own area."""
    levels = [level.value for level in Level]
    found = {f"{kind}:{old}": (f"{kind}:{new}", f"own:{new}") for old, new in divisions.items() for kind in levels}
    return found | {f"department:{old}": (f"department:{new}",) for old, new in bodies.items()}


def follow_divisions(successors: Mapping[int, int], *, on: date, by: Actor, at: datetime) -> dict[str, int]:
    """Bring the duties of divisions that ended on the eve of `on` to their successors; both are ids.

    Bodies and linkages have moved in place, so policies, trackings, bases and tasks of all times do too, and with them
    the keys by which a visit serves a task: a task keeps its id and the visits before, whenever it is reconciled.
    Runs in the transaction that moved the bodies, after that: from here on no period is reconciled and no visit
    recorded until it ends. One event, `policy.followed`. Answers how many rows moved, by noun.
    """
    if not successors:
        return {}
    locks.hold(LOCK)
    for period in sorted(map(Period.parse, Opening.objects.values_list("period", flat=True))):
        locks.hold(period_lock(period))
    keys = {f"{kind}:{old}": f"{kind}:{new}" for old, new in successors.items() for kind in KEYED_BY_DIVISION}
    replace(Task, "target_key", keys)
    followed = {
        "task": replace(Task, "division", successors),
        "touch": replace(Touch, "target_key", keys),
        "basis": replace(Basis, "division", successors),
        "tracking": replace(Tracking, "division", successors),
        "policy": replace(Policy, "division", successors),
    }
    if any(followed.values()):
        paths = sorted(Division.objects.filter(pk__in=successors.values()).values_list("path", flat=True))
        events.append(
            "policy.followed", by=by, at=at, about=("policy", ""), division_path=common_path(paths[0], paths[-1]),
            since=on.isoformat(), succeeded=dict(successors), followed=followed,
        )  # fmt: skip
    return followed
