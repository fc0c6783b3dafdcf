"""The drill of `deploy/bench`, small: server and worker are killed while phones check in, and nothing is lost."""

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
DRILL = ["deploy/bench/kill_drill.py", "--check-ins", "60", "--kills", "2", "--phones", "6", "--workers", "1"]


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    migrated = copy_database(tmp_path / "migrated.sqlite3")
    done = subprocess.run(
        [sys.executable, *DRILL, "--url", f"sqlite:///{migrated}"],
        cwd=settings.BASE_DIR, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    counts = dict(line.strip("| ").split("|") for line in done.stdout.splitlines() if line.startswith("|"))
    told = {name.strip(): count.strip() for name, count in counts.items()}
    assert (told["check-ins acknowledged"], told["check-ins stored"], told["kills"]) == ("60", "60", "2")
