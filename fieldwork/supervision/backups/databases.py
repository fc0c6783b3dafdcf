"""The two databases: a consistent copy with what can be asked of it, and loading that copy into an empty one.

PostgreSQL: pg_dump and the questions read one exported snapshot. SQLite: one step of its online backup, then asked.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from fieldwork.supervision.backups.manifest import BackupError

Ask = Callable[[str], Iterator[tuple[Any, ...]]]
BLOBS = "SELECT sha256, bytes FROM core_blob WHERE removed_at IS NULL ORDER BY sha256"
_TABLES = {
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
}


def dump_name() -> str:
    return "database.pgdump" if connection.vendor == "postgresql" else "database.sqlite3"


def tables(ask: Ask) -> list[str]:
    return [name for (name,) in ask(_TABLES[connection.vendor])]


def counts(ask: Ask) -> dict[str, int]:
    """Rows by table."""
    return {name: one(ask, f'SELECT count(*) FROM "{name}"')[0] for name in tables(ask)}  # noqa: S608  # own tables


def one(ask: Ask, statement: str) -> tuple[Any, ...]:
    """The one row of the answer."""
    (row,) = ask(statement)
    return row


@contextmanager
def dumped(path: Path) -> Iterator[Ask]:
    """Write the dump to `path`; inside the context, statements are answered from what the dump holds."""
    if connection.vendor == "postgresql":
        with transaction.atomic():
            yield _dump_postgresql(path)
    else:
        _dump_sqlite(path)
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as copied:
            yield copied.execute


def load(path: Path) -> None:
    """Bring the dump into the empty database that the settings name: the whole of it, or nothing."""
    if connection.vendor == "postgresql":
        _run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(path))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # a dump holds no statistics, and without them every plan is a guess
    else:
        connection.ensure_connection()
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as copied:
            copied.backup(connection.connection)
        connection.close()


def ask(statement: str) -> Iterator[tuple[Any, ...]]:
    """Ask the database of the settings; rows arrive in portions."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        yield from cursor


def _dump_postgresql(path: Path) -> Ask:
    with connection.cursor() as cursor:
        # Read only: a transaction without an id holds no reader of the feed back, however long the dump takes.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot: str = cursor.fetchone()[0]
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}")
    return ask


def _dump_sqlite(path: Path) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copied:
        connection.connection.backup(copied)  # one step: a writer meanwhile can neither disturb nor delay it
        copied.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        (said,) = copied.execute("PRAGMA quick_check").fetchone()
    if said != "ok":
        raise BackupError(_("The database is damaged: %(error)s") % {"error": said})


def _run(program: str, *words: str) -> None:
    """A program of PostgreSQL's on the database of the settings; its password never shows among the processes."""
    client, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    if not shutil.which(program):
        raise BackupError(_("%(program)s is not installed (Debian: postgresql-client).") % {"program": program})
    *options, database = client[1:]
    ended = subprocess.run(
        [program, *options, f"--dbname={database}", *words],
        env=os.environ | (environment or {}), stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if ended.returncode:
        raise BackupError(_("%(program)s failed: %(error)s") % {"program": program, "error": ended.stderr.strip()})
