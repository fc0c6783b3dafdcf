"""What a division counts in a period, as SQL that PostgreSQL and SQLite both run.

A division counts an obligation by its own bases: met is met; otherwise, where none of its own stands, transferred or
withdrawn, whatever other divisions still ask of the same person. Parameters are named. `{of}` narrows it to some
obligations; it is made of numbers alone.
"""

from typing import Any

from django.db import connection

from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.duties.enums import Status

BEYOND = "~"  # sorts after every path
BEST = "MAX(CASE b.state WHEN 'standing' THEN 2 WHEN 'transferred' THEN 1 ELSE 0 END)"

STATUS = """CASE
        WHEN outcome = 'met' THEN 'met'
        WHEN best = 1 THEN 'transferred'
        WHEN best = 0 THEN 'withdrawn'
        WHEN outcome <> 'pending' THEN outcome
        WHEN starts_at > %(now)s THEN 'scheduled'
        WHEN lapses_at > %(now)s THEN 'open'
        ELSE 'lapsed'
    END"""

OWED = f"""
SELECT ob.id, {BEST} AS best, ob.outcome, ob.starts_at, ob.lapses_at
FROM duties_obligation ob
JOIN duties_basis b ON b.obligation_id = ob.id
JOIN directory_division d ON d.id = b.division_id
WHERE ob.period = %(period)s AND d.path >= %(path)s AND d.path < %(beyond)s{{of}}
GROUP BY ob.id, ob.outcome, ob.starts_at, ob.lapses_at
"""
STATUSES = f"SELECT id, {STATUS} AS status FROM ({OWED}) owed"

# The same for all divisions that have published the period, in one go: every town may have.
PUBLISHED_NOW = f"""
SELECT freeze_id, id, {STATUS} AS status FROM (
    SELECT there.freeze_id, ob.id, {BEST} AS best, ob.outcome, ob.starts_at, ob.lapses_at
    FROM (
        SELECT f.id AS freeze_id, d.id AS division_id
        FROM supervision_freeze f
        JOIN directory_division fd ON fd.id = f.division_id
        JOIN directory_division d ON d.path >= fd.path AND d.path < fd.path || '{BEYOND}'
        WHERE f.period = %(period)s
    ) there
    JOIN duties_basis b ON b.division_id = there.division_id
    JOIN duties_obligation ob ON ob.id = b.obligation_id AND ob.period = %(period)s{{of}}
    GROUP BY there.freeze_id, ob.id, ob.outcome, ob.starts_at, ob.lapses_at
) owed
"""

# Of what stands, not of what went elsewhere.
STANDING = (Status.SCHEDULED, Status.OPEN, Status.MET, Status.LAPSED, Status.EXCUSED)


def given(period: Period, division: Division | None, now: Any) -> dict[str, Any]:
    """The parameters: of a division and all below it, or of all there are."""
    path = division.path if division else ""
    return {"period": str(period), "path": path, "beyond": path + BEYOND, "now": instant(now)}


def fetched(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows, by a plan made for these values: a town is found by its bases, a province by the period.

    A plan that is kept for any division would take all of them for small.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def instant(at: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
