"""Opening one month of a country, beside COPY of the same rows: `python deploy/bench/reconcile.py`.

A million leaders with a post and three linked towns each: a million obligations, a million bases, three million tasks.
The floor is COPY of ready-made rows, with the same indexes and foreign keys. Then the month is reconciled once more:
as a whole, every row compared with the facts, and as a tick does it when nobody changed anything.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from _bench import database, rotated, table  # noqa: E402
from _country import BEGINNING, ROLE, build  # noqa: E402

MONTH = "2026-11"
NOW = datetime(2026, 11, 2, tzinfo=UTC)
TABLES = ("duties_obligation", "duties_basis", "duties_task")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--scale", type=float, default=1.0, help="of a million leaders")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", choices=CHILDREN, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        django_set_up()
        CHILDREN[given.child]()
        return
    with database(given.server, "fieldwork_bench_reconcile") as url, tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DATABASE_URL": url, "FIELDWORK_DATA_DIR": folder}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
        with psycopg.connect(url, autocommit=True) as connection:
            prepare(connection, env, int(given.scale * 1_000_000))
            report(connection, env, Path(folder), given.rounds)


def prepare(connection: psycopg.Connection, env: dict[str, str], leaders: int) -> None:
    build(connection, leaders, linkages=True)
    child("policy", env)
    connection.execute("VACUUM ANALYZE")


def report(connection: psycopg.Connection, env: dict[str, str], folder: Path, rounds: int) -> None:
    ours(env)  # so that there are rows to copy
    columns = [export(connection, name, folder) for name in TABLES]
    rows = sum(count(connection, name) for name in TABLES)
    turns: dict[str, Callable[[], dict[str, float]]] = {
        "COPY": lambda: {"first": copy(connection, columns, folder)},
        "reconcile": lambda: ours(env),
    }
    took: dict[str, list[dict[str, float]]] = {name: [] for name in turns}
    for order in rotated(list(turns), rounds):
        for name in order:
            empty(connection)
            took[name].append(turns[name]())
            assert sum(count(connection, table) for table in TABLES) == rows, "the same rows, either way"
    floor, mine = took["COPY"], took["reconcile"]

    def median(of: list[dict[str, float]], key: str) -> float:
        return statistics.median(each[key] for each in of)

    speed = statistics.median(least["first"] / each["first"] for least, each in zip(floor, mine, strict=True))
    print(table(
        ["", "seconds", "rows/s", "ratio"],
        [
            ["COPY of the same rows", f"{median(floor, 'first'):.1f}", f"{rows / median(floor, 'first'):,.0f}", "1"],
            ["reconcile, first", f"{median(mine, 'first'):.1f}", f"{rows / median(mine, 'first'):,.0f}",
             f"{speed:.2f} of COPY's speed"],
            *(
                [f"again, {name}", f"{median(mine, key):.2f}", "",
                 f"{100 * median(mine, key) / median(mine, 'first'):.1f} % of the first"]
                for name, key in (("every row compared", "whole"), ("as a tick", "tick"))
            ),
        ],
    ))  # fmt: skip
    print(f"{rows:,} rows, {rounds} rounds, order rotated; peak memory of the process {median(mine, 'memory'):.0f} MB")


def export(connection: psycopg.Connection, name: str, folder: Path) -> str:
    """Write the table's rows to a file; answers its columns."""
    found = connection.execute(f"SELECT * FROM {name} LIMIT 0")  # noqa: S608 - a name from above
    columns = ", ".join(f'"{column.name}"' for column in found.description or ())
    with (folder / name).open("wb") as file, connection.cursor().copy(f"COPY {name} ({columns}) TO STDOUT") as rows:
        for chunk in rows:
            file.write(chunk)
    return columns


def copy(connection: psycopg.Connection, columns: list[str], folder: Path) -> float:
    began = time.perf_counter()
    for name, its in zip(TABLES, columns, strict=True):
        with (folder / name).open("rb") as file, connection.cursor().copy(f"COPY {name} ({its}) FROM STDIN") as rows:
            while chunk := file.read(1 << 20):
                rows.write(chunk)
    return time.perf_counter() - began


def count(connection: psycopg.Connection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()  # noqa: S608 - a name from above
    assert row is not None
    return int(row[0])


def empty(connection: psycopg.Connection) -> None:
    connection.execute(f"TRUNCATE {', '.join(TABLES)}, duties_opening CASCADE")
    connection.execute("CHECKPOINT")


def ours(env: dict[str, str]) -> dict[str, float]:
    answer: dict[str, float] = json.loads(child("run", env))
    return answer


def child(name: str, env: dict[str, str]) -> bytes:
    """What this program prints as a child of itself, with the database in its environment."""
    command = [sys.executable, __file__, "--child", name]
    return subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE).stdout


def django_set_up() -> None:
    import django  # noqa: PLC0415 - only here is there a database to set up for

    os.environ["DJANGO_SETTINGS_MODULE"] = "fieldwork.settings"
    django.setup()


def policy() -> None:
    """One monthly rule for every leader, tracked in every province."""
    from fieldwork.directory.models import Division  # noqa: PLC0415
    from fieldwork.duties.models import Policy, PolicyVersion, Rule, RuleRole, Tracking  # noqa: PLC0415

    provinces = Division.objects.filter(level="province")
    bench = Policy.objects.create(code="bench", title="bench", division=provinces[0])
    version = PolicyVersion.objects.create(policy=bench, version="1", status="in_force", starts_on=BEGINNING)
    rule = Rule.objects.create(
        version=version, code="r", duty="inspection", name="r", subject="leader", activity="inspection",
        cadence="month", partial_period=10, article="1", article_text="1",
    )  # fmt: skip
    RuleRole.objects.create(rule=rule, role=ROLE, streets=True)
    for province in provinces:
        Tracking.objects.create(policy=bench, rule_code="r", division=province, starts_on=BEGINNING)


def run() -> None:
    """Reconcile the month in a process of its own: its seconds, and the most memory it took, in MB."""
    from fieldwork.core.events import SYSTEM  # noqa: PLC0415
    from fieldwork.core.periods import Period  # noqa: PLC0415
    from fieldwork.duties.reconcile import reconcile  # noqa: PLC0415
    from fieldwork.duties.schedule import due_periods, follow_changes, note_changes  # noqa: PLC0415

    def tick() -> None:
        while note_changes(NOW):
            pass
        follow_changes(NOW)
        assert MONTH not in map(str, due_periods(NOW))

    month = Period.parse(MONTH)
    took = {}
    for name, work in (
        ("first", lambda: reconcile(month, by=SYSTEM, at=NOW)),
        ("whole", lambda: reconcile(month, by=SYSTEM, at=NOW)),
        ("tick", tick),
    ):
        began = time.perf_counter()
        work()
        took[name] = time.perf_counter() - began
    took["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(took))


CHILDREN: dict[str, Callable[[], None]] = {"policy": policy, "run": run}


if __name__ == "__main__":
    main()
