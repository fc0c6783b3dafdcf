"""The working tables of reconciliation: temporary, of one connection, empty again after each batch."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

_SUBJECT = "subject_key text, subject_kind text, leader_id bigint, organisation_id bigint, lower_organisation_id bigint"
_BASIS = "rule_id bigint, tenure_id bigint, division_id bigint, state text, reason text"
_CAUSE = "duty text, activity text, in_office integer"
_TARGET = "target_key text, target_kind text, division_id bigint, industry_id bigint, organisation_id bigint"
_INSTANT = "timestamp with time zone"
TABLES = {
    "line": "rule_id bigint, excepts boolean, latest_start date, minimum integer,"
    f" due_on date, due_at {_INSTANT}, lapses_at {_INSTANT}",
    "reach": "rule_id bigint, path text, streets boolean",
    "demand": f"{_SUBJECT}, {_BASIS}, {_CAUSE}",
    "obligation_of": f"id bigint, subject_key text, duty text, period text, leader_id bigint, activity text,"
    " starts_on date,"
    f" ends_on date, starts_at {_INSTANT}, due_at {_INSTANT}, lapses_at {_INSTANT}, minimum integer, counted integer,"
    f" met_at {_INSTANT}, outcome text",
    "owed": f"obligation_id bigint, {_BASIS}, {_CAUSE}",
    "basis_difference": f"basis_id bigint, obligation_id bigint, {_BASIS}",
    "demanded_task": f"obligation_id bigint, {_TARGET}, stands integer, linked_until date",
    "task_difference": f"task_id bigint, obligation_id bigint, {_TARGET}, linked_until date, state text, reason text",
    "counted": f"obligation_id bigint, performance_id bigint, at {_INSTANT}",
    "served": f"task_id bigint, at {_INSTANT}",
    "done_difference": f"task_id bigint, at {_INSTANT}",
    "obligation_difference": f"obligation_id bigint, minimum integer, counted integer, met_at {_INSTANT}, outcome text",
    "due_difference": f"obligation_id bigint, due_on date, due_at {_INSTANT}, lapses_at {_INSTANT}",
}


def clear(cursor: CursorWrapper) -> None:
    """Empty the tables, once the connection has them."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT to_regclass('pg_temp.owed') IS NULL")
        _make(cursor, " ON COMMIT DELETE ROWS")
        # Working tables are read whole, the others by the batch's own keys; a small sample tells enough of either.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        cursor.execute("SET LOCAL default_statistics_target = 10")
    else:
        cursor.execute("SELECT NOT EXISTS (SELECT 1 FROM sqlite_temp_master WHERE name = 'owed')")
        _make(cursor, "")
    # One by one: to truncate them would write files for each, which the commit does anyway.
    for name in TABLES:
        cursor.execute(f"DELETE FROM {name}")


def _make(cursor: CursorWrapper, how: str) -> None:
    """Make the tables if the cursor says that they are missing."""
    (missing,) = cursor.fetchone()
    if missing:
        for name, columns in TABLES.items():
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns}){how}")


def let_planner_know(cursor: CursorWrapper, table: str) -> None:
    if connection.vendor == "postgresql":
        cursor.execute(f"ANALYZE {table}")
