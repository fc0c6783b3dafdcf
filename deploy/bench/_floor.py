"""The floor of `tasks_list.py`: the rows of a leader's tasks by one hand-written query, in a bare WSGI handler.

It checks no token, sees no rules, tags nothing and pages nowhere: what is left is what no framework could save.
"""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import orjson
import psycopg

ZONE = ZoneInfo("Asia/Shanghai")
RADIUS_M = 8000
QUERY = """
SELECT t.id, o.id, o.period, o.activity, o.duty, o.due_at, t.done_at, t.target_kind,
    d.id, d.name, d.latitude, d.longitude, d.radius_m,
    CASE WHEN t.done_at IS NOT NULL THEN 'done'
         WHEN o.outcome IN ('excused', 'transferred', 'withdrawn') THEN o.outcome
         WHEN t.state <> 'standing' THEN 'withdrawn'
         WHEN o.lapses_at > %(now)s THEN 'open'
         WHEN o.outcome = 'met' THEN 'not_needed'
         ELSE 'lapsed' END,
    seen.last
FROM duties_obligation o
JOIN duties_task t ON t.obligation_id = o.id
JOIN directory_division d ON d.id = t.division_id
LEFT JOIN (
    SELECT v.target_key, max(p.at) AS last
    FROM duties_performance p JOIN duties_touch v ON v.performance_id = p.id
    WHERE p.leader_id = %(leader)s AND p.stands
    GROUP BY v.target_key
) seen ON seen.target_key = t.target_key
WHERE o.leader_id = %(leader)s
ORDER BY o.due_at DESC, o.id DESC, t.id DESC
LIMIT 50
"""
_here = threading.local()


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """`?leader=` is whose; any path."""
    leader = parse_qs(environ["QUERY_STRING"]).get("leader")
    body = orjson.dumps({"results": _rows(int(leader[0]))} if leader else {})
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


def _rows(leader: int) -> list[dict[str, Any]]:
    if not hasattr(_here, "connection"):
        _here.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    found = _here.connection.execute(QUERY, {"now": datetime.now(UTC), "leader": leader}, prepare=True)
    return [_row(*row) for row in found]


def _row(  # noqa: PLR0913, PLR0917  # as the query has them
    task: int, obligation: int, period: str, activity: str, duty: str, due_at: datetime,
    done_at: datetime | None, kind: str,
    division: int, name: str, latitude: float, longitude: float, radius_m: int | None,
    status: str, last: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": str(task),
        "obligation": str(obligation),
        "period": period,
        "activity": activity,
        "duty": duty,
        "target": {
            "kind": kind,
            "id": str(division),
            "name": name,
            "division": str(division),
            "seat": {"latitude": latitude, "longitude": longitude},
            "radius_m": RADIUS_M if radius_m is None else radius_m,
        },
        "status": status,
        "reason": "",
        "due_at": due_at.astimezone(ZONE).isoformat(),
        "done_at": done_at.astimezone(ZONE).isoformat() if done_at else None,
        "last_check_in": last.astimezone(ZONE).isoformat() if last else None,
    }
