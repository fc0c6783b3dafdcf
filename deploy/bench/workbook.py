"""Importing 1,300 leaders with their posts, tenures and 5,000 linkages, beside a COPY of the same rows.

    python deploy/bench/workbook.py [--leaders 1300] [--links 5000]

A county's office brings in one xlsx, as `POST imports` does, in this process on PostgreSQL: first as a dry run, then in
earnest, then once more; then all goes out and comes back. The floor is a COPY of the same rows into the same tables,
with their indexes and constraints, and without reading, rules or events. Seconds, queries, and memory at its most.
"""

import argparse
import io
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import _bench as bench
import django
import psycopg

sys.path.insert(0, str(bench.ROOT))

TOWNS, INDUSTRIES = 40, 60
DAY = "2026-01-01"
TABLES = ("organisation", "post", "leader", "tenure", "linkage")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--leaders", type=int, default=1300)
    parser.add_argument("--links", type=int, default=5000)
    options = parser.parse_args()
    with bench.database(options.server, "fieldwork_bench_workbook") as url, tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATABASE_URL=url, FIELDWORK_DATA_DIR=folder, DJANGO_SETTINGS_MODULE="fieldwork.settings")
        django.setup()
        _run(url, options.leaders, options.links)


def _run(url: str, leaders: int, links: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415

    from fieldwork.supervision.workbook.exporting import export_workbook  # noqa: PLC0415
    from fieldwork.supervision.workbook.importing import import_workbook  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    office = _ground()
    data = _book(leaders, links)
    now = datetime.now(UTC)
    before = _memory_mb()

    def bring(content: bytes, *, dry_run: bool = False) -> Any:
        return import_workbook(content, by=office, at=now, dry_run=dry_run)

    print(f"{leaders} leaders, {links} linkages, {len(data) / 1000:.0f} kB; {before:.0f} MB before")
    _timed("dry run", lambda: bring(data, dry_run=True))
    _timed("import", lambda: bring(data))
    _timed("the same again", lambda: bring(data))
    _timed("export", lambda: export_workbook(division=office.division, shape="xlsx", by=office, at=now).close())
    with export_workbook(division=office.division, shape="xlsx", by=office, at=now) as file:
        out = file.read()
    again = _timed("the export again", lambda: bring(out))
    print(f"changed by it: {again.changed}; memory at its most {_memory_mb():.0f} MB")
    call_command("verify_ledger", verbosity=0)
    _floor(url)


def _timed(name: str, act: Callable[[], Any]) -> Any:
    from django.db import connection  # noqa: PLC0415

    asked: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    start, worked = time.perf_counter(), time.process_time()
    answer = act()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    with connection.execute_wrapper(listen):
        if name != "import":  # which is not the same a second time
            act()
    queries = f", {len(asked)} queries" if asked else ""
    print(f"{name}: {seconds:.2f} s, of which this process worked {worked:.2f} s{queries}")
    return answer


def _floor(url: str) -> None:
    """The same rows, out and in again by COPY."""
    with psycopg.connect(url) as connection:
        rows = {}
        for table in TABLES:
            with connection.cursor().copy(f"COPY directory_{table} TO STDOUT") as copy:
                rows[table] = b"".join(bytes(block) for block in copy)
        connection.execute("TRUNCATE directory_organisation, directory_post, directory_leader, directory_tenure, "
                           "directory_linkage CASCADE")  # fmt: skip
        connection.commit()
        start = time.perf_counter()
        for table in TABLES:
            with connection.cursor().copy(f"COPY directory_{table} FROM STDIN") as copy:
                copy.write(rows[table])
        connection.commit()
        print(f"floor, COPY of the same rows: {time.perf_counter() - start:.2f} s")


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ground() -> Any:
    from tests import factories as make  # noqa: PLC0415

    county = make.division("测试县", make.division("测试市"))
    for number in range(TOWNS):
        make.division(f"第{number}镇", county)
    for number in range(INDUSTRIES):
        make.industry(f"{number:02d}", f"第{number}业")
    make.rule(county, ["town_member"])
    return make.user(office="supervisor", division=county)


def _book(leaders: int, links: int) -> bytes:
    import xlsxwriter  # noqa: PLC0415

    from fieldwork.supervision.workbook.sheets import SHEETS  # noqa: PLC0415

    towns = [f"第{n}镇" for n in range(TOWNS)]
    of = [towns[n % TOWNS] for n in range(leaders)]
    lines: dict[str, list[dict[str, Any]]] = {
        "organisation": [{"name": f"{t}政府", "division": t, "kind": "政府", "starts_on": DAY} for t in towns],
        "post": [
            {"organisation": f"{of[n]}政府", "division": of[n], "title": f"职务{n}", "starts_on": DAY}
            for n in range(leaders)
        ],
        "leader": [{"leader": f"测试员{n}", "division": "测试县"} for n in range(leaders)],
        "tenure": [
            {"leader": f"测试员{n}", "organisation": f"{of[n]}政府", "post": f"职务{n}", "starts_on": DAY}
            for n in range(leaders)
        ],
        "linkage": [
            {"leader": f"测试员{n % leaders}", "kind": "行业", "target": f"{n // leaders:02d}", "starts_on": DAY}
            for n in range(links)
        ],
    }
    to = io.BytesIO()
    with xlsxwriter.Workbook(to) as made:
        for sheet in SHEETS:
            page = made.add_worksheet(sheet.name)
            page.write_row(0, 0, [column.heading for column in sheet.columns])
            for row, cells in enumerate(lines.get(sheet.noun, ()), 1):
                page.write_row(row, 0, [cells.get(column.field, "") for column in sheet.columns])
    return to.getvalue()


if __name__ == "__main__":
    main()
