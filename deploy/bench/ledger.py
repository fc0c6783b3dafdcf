"""A province's year of the work ledger, streamed: how much memory the process that serves it takes, and how long.

    python deploy/bench/ledger.py [--leaders 30000] [--months 24] [--form csv --form xlsx]

Each form is asked for over the whole way from the address to the last byte, in a process of its own, by an auditor of
the province; the most that it ever held (VmHWM) must stay under 150 MB, and must not grow with the ledger. The database
has that many months, of which the ledger is the last twelve.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _bench as bench
import django
import psycopg

sys.path.insert(0, str(bench.ROOT))
import _province as province

MOST_MB = 150.0
YEAR = 2025
_KIB = 1024


def memory(name: str) -> float:
    """Of this process, in MB: VmHWM is the most so far, VmRSS what it is now."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) / _KIB


def served(form: str) -> dict[str, Any]:
    """What serving one took; for a process that does nothing else."""
    from django.test import Client  # noqa: PLC0415

    from api.auth.actions import DeviceGiven, begin_session  # noqa: PLC0415
    from fieldwork.directory.models import User  # noqa: PLC0415

    user = User.objects.get(username="bench-auditor")
    device = DeviceGiven(key=f"bench-{form}", name="bench", platform="android")
    token = begin_session(user=user, device=device, at=datetime.now(UTC)).token
    before, began = memory("VmRSS"), time.perf_counter()
    answer: Any = Client().get(f"/api/v1/periods/{YEAR}/ledger.{form}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.content  # noqa: PLR2004
    lines, size, first = 0, 0, 0.0
    for part in _parts(answer):
        first = first or time.perf_counter() - began
        lines += part.count(b"\r\n")
        size += len(part)
    answer.close()
    return {
        "form": form, "lines": lines if form == "csv" else "", "MB": f"{size / 1e6:.1f}",
        "first byte, s": f"{first:.1f}", "all, s": f"{time.perf_counter() - began:.1f}", "before, MB": f"{before:.0f}",
        "most, MB": f"{memory('VmHWM'):.0f}",
    }  # fmt: skip


def _parts(answer: Any) -> Iterator[bytes]:
    for part in answer.streaming_content:
        yield part if isinstance(part, bytes) else part.encode()


def prepare(url: str, leaders: int, months: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415

    from fieldwork.directory.models import Division, User  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    if Division.objects.exists():
        return
    began = time.perf_counter()
    first = YEAR * 12 + 12 - months
    with psycopg.connect(url) as connection:
        province.build(connection, leaders, months, f"{first // 12}-{first % 12 + 1:02}-01")
    province_itself = Division.objects.get(pk=1)
    User.objects.create(username="bench-auditor", password="!", office="auditor", division=province_itself)  # noqa: S106
    print(f"{leaders} leaders, {months} months: made in {time.perf_counter() - began:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres", help="any database of it")
    parser.add_argument("--database", default="fieldwork_bench_ledger", help="made anew, and dropped")
    parser.add_argument("--keep", action="store_true", help="keep the database, and take it as it was kept")
    parser.add_argument("--leaders", type=int, default=30_000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--form", action="append", choices=("csv", "xlsx"), help="default: both")
    parser.add_argument("--serve", choices=("csv", "xlsx"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldwork.settings")
    if options.serve:
        django.setup()
        print(json.dumps(served(options.serve)))
        return
    with (
        bench.database(options.server, options.database, options.keep) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ.update(DATABASE_URL=url, FIELDWORK_DATA_DIR=folder, FIELDWORK_ALLOWED_HOSTS="testserver")
        django.setup()
        prepare(url, options.leaders, options.months)
        measure(options.form or ["csv", "xlsx"])


def measure(forms: list[str]) -> None:
    found = []
    for form in forms:
        command = [sys.executable, __file__, "--serve", form]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found.append(json.loads(answer.stdout.splitlines()[-1]))
    print(bench.table(tuple(found[0]), [tuple(row.values()) for row in found]))
    if any(float(row["most, MB"]) >= MOST_MB for row in found):
        sys.exit(f"more than {MOST_MB:.0f} MB")


if __name__ == "__main__":
    main()
