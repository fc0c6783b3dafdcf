"""A page of tasks as the list answers it: plain columns from one query, and what `TaskOut` would say of them.

Serializers build fifty nested objects in the time of five such pages; the detail, the schema and the tests of this
module go by them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from fieldwork.core.periods import ZONE
from fieldwork.duties.enums import Reason, TargetKind, TaskStatus
from fieldwork.duties.excuses import excuses_standing
from fieldwork.duties.models import Excuse
from fieldwork.duties.status import excused_for

COLUMNS = (
    "id", "obligation_id", "obligation__period", "obligation__activity", "obligation__duty", "obligation__leader_id",
    "status", "reason", "due_at", "done_at", "target_kind", "target_key",
    "division_id", "division__name", "division__latitude", "division__longitude", "division__radius_m",
    "industry_id", "industry__name",
    "organisation_id", "organisation__name", "organisation__division_id",
)  # fmt: skip
Row = Mapping[str, Any]


def rows_of(tasks: Sequence[Row], last: Mapping[Any, datetime]) -> list[dict[str, Any]]:
    """`last` by (leader, touch key), as `last_touches` has it. No query unless some are excused."""
    default_radius_m = int(settings.DEFAULT_RADIUS_M)
    excuses = excuses_standing({task["obligation_id"] for task in tasks if task["status"] == TaskStatus.EXCUSED})
    return [
        _row(task, last.get(touch_of(task)), default_radius_m, excuses.get(task["obligation_id"])) for task in tasks
    ]


def touch_of(task: Row) -> tuple[int | None, str]:
    """Whose visits to which target."""
    own = task["target_kind"] == TargetKind.OWN_AREA
    return task["obligation__leader_id"], f"own:{task['division_id']}" if own else task["target_key"]


def _row(task: Row, last: datetime | None, default_radius_m: int, excuse: Excuse | None) -> dict[str, Any]:
    return {
        "id": str(task["id"]),
        "obligation": str(task["obligation_id"]),
        "period": task["obligation__period"],
        "activity": task["obligation__activity"],
        "duty": task["obligation__duty"],
        "target": _target(task, default_radius_m) if task["target_kind"] else None,
        "status": task["status"],
        "reason": reason_of(task["reason"], excuse),
        "due_at": _instant(task["due_at"]),
        "done_at": _instant(task["done_at"]),
        "last_check_in": _instant(last),
    }


def reason_of(code: str, excuse: Excuse | None) -> str:
    """Why a task is not asked for any more; empty if it is."""
    if excuse is not None:
        return excused_for(excuse)
    return str(Reason(code).label) if code else ""


def _target(task: Row, default_radius_m: int) -> dict[str, Any]:
    if task["division_id"] is not None:
        return _place(task, default_radius_m)
    kind = "industry" if task["industry_id"] is not None else "organisation"
    division = task["organisation__division_id"]
    return {
        "kind": task["target_kind"],
        "id": str(task[f"{kind}_id"]),
        "name": task[f"{kind}__name"],
        "division": None if division is None else str(division),
        "seat": None,
        "radius_m": None,
    }


def _place(task: Row, default_radius_m: int) -> dict[str, Any]:
    key, latitude, longitude = str(task["division_id"]), task["division__latitude"], task["division__longitude"]
    seated = latitude is not None and longitude is not None
    radius = task["division__radius_m"]
    of_town = seated and task["target_kind"] == TargetKind.TOWN
    return {
        "kind": task["target_kind"],
        "id": key,
        "name": task["division__name"],
        "division": key,
        "seat": {"latitude": latitude, "longitude": longitude} if seated else None,
        "radius_m": (default_radius_m if radius is None else radius) if of_town else None,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(ZONE).isoformat()
