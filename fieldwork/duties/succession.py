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
