"""The drill of `deploy/bench`, small: the worker is killed while it tells of a lapse, and nobody is left out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.flows.installation import copy_database

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the bench does it on PostgreSQL"),
]
DRILL = [
    "deploy/bench/month_end.py", "--leaders", "300", "--workers", "1", "--kills", "1", "--every", "0.1",
    "--patience", "0", "--latency-ms", "400", "--seed", "1",
]  # fmt: skip


def test_everybody_is_told_of_a_lapse_although_the_worker_is_killed(tmp_path: Path) -> None:
    migrated = copy_database(tmp_path / "migrated.sqlite3")
    done = subprocess.run(
        [sys.executable, *DRILL, "--url", f"sqlite:///{migrated}"],
        cwd=settings.BASE_DIR, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict(line.strip("| ").split("|") for line in done.stdout.splitlines() if line.startswith("|"))
    told = {name.strip(): count.strip() for name, count in counts.items()}
    assert (told["kills"], told["met in between"] != "0", told["people told"] != "0") == ("1", True, True)
    assert 0 < int(told["accepted again"]) <= int(told["bound (kills x a batch)"]), "it was killed in the middle"
