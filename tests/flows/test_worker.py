"""`manage.py worker` as a process of its own: woken, told to end in the middle of its work, and killed."""

import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.utils.crypto import get_random_string

from fieldwork.reminders.deliver import LEASE
from tests.flows.installation import PATIENCE_S, Installation, copy_database
from tests.once import ONCE

pytestmark = ONCE

NUMBER = 40
ENDS_WITHIN_S = 10.0
REDIS = "redis://127.0.0.1:6379/15"
NARROW = 4096  # bytes that a pipe takes whose reader is busy: less than the messages have
F_SETPIPE_SZ = 1031

# One lapse each, of a period so long past that no tick tells of it by itself.
SEED = f"""
from django.utils import timezone
from fieldwork.directory.models import User
from fieldwork.reminders.models import Delivery, Notification
from tests import factories

town = factories.division("测试镇", factories.division("测试县", factories.division("测试市")))
post = factories.post(factories.organisation(town))
rule = factories.rule(town, [], name="排查", article="10(7)", tracked_from=None)
for number in range({NUMBER}):
    tenure = factories.tenure(post, factories.leader())
    owed = factories.obligation(tenure, rule, period="2025-11")
    user = factories.user(leader=tenure.leader)
    told = Notification.objects.create(user=user, kind="lapse", at=timezone.now(), due_at=owed.due_at, urgent=True)
    told.obligations.add(owed)
    Delivery.objects.create(notification=told, channel="console", not_before=told.at)
    Delivery.objects.create(notification=told, channel="inbox", not_before=told.at)
"""
WAKE = """
from django.utils import timezone
from fieldwork.core import queue
from fieldwork.reminders.waking import deliver_waiting
until = timezone.now() + timezone.timedelta(minutes=5)
assert queue.put(deliver_waiting, "console", until.isoformat())
"""


class Place(Installation):
    """With a database in a file, the console as a channel that is as slow as its reader, and a queue."""

    queue = "database"

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"FIELDWORK_CHANNELS": "console,inbox", "FIELDWORK_QUEUE": self.queue}

    def ask(self, statement: str, *given: Any) -> list[Any]:
        with closing(sqlite3.connect(urlsplit(self.database).path, timeout=20)) as database, database:
            return database.execute(statement, given).fetchall()

    def states(self, channel: str) -> dict[str, int]:
        asked = "SELECT state, count(*) FROM reminders_delivery WHERE channel = ? GROUP BY state"
        return dict(self.ask(asked, channel))


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with what waits."""
    with django_db_blocker.unblock():
        path = copy_database(tmp_path_factory.mktemp("seeded") / "worker.sqlite3")
    made = Place(f"sqlite:///{path}", path.parent, get_random_string(50))
    made.run("manage.py", "shell", "--verbosity", "0", "--command", SEED)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def place(seeded: Path, tmp_path: Path) -> Place:
    copy = shutil.copy(seeded, tmp_path)
    return Place(f"sqlite:///{copy}", tmp_path, get_random_string(50))


@contextmanager
def working(place: Place, *options: str, pipe: int = 0) -> Iterator[subprocess.Popen[str]]:
    """A worker; with `pipe` bytes that it may say before it has to wait for whoever reads what it says."""
    reading, writing = os.pipe()
    if pipe:
        fcntl.fcntl(writing, F_SETPIPE_SZ, pipe)
    process = place.start("manage.py", "worker", *options, stderr=writing)
    os.close(writing)
    process.stderr = open(reading, encoding="utf-8")  # noqa: SIM115
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(truth: Callable[[], object], process: subprocess.Popen[str]) -> None:
    patience = time.monotonic() + PATIENCE_S
    while not truth():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < patience
        time.sleep(0.02)


def ended(process: subprocess.Popen[str], *, reading: bool) -> tuple[int, float, str]:
    """How it ended after a SIGTERM, in how many seconds, and what it said."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=PATIENCE_S)[1] if reading else ""
    return process.wait(timeout=PATIENCE_S), time.monotonic() - began, said


def claimed_for(place: Place) -> timedelta:
    [[last]] = place.ask("SELECT max(claimed_until) FROM reminders_delivery WHERE state = 'claimed'")
    return datetime.fromisoformat(last).replace(tzinfo=UTC) - datetime.now(UTC)


def test_batch_at_hand_is_finished_and_nothing_else_begun(place: Place) -> None:
    with working(place, pipe=NARROW) as worker:
        until(lambda: place.states("console") == {"claimed": NUMBER}, worker)
        code, seconds, said = ended(worker, reading=True)
    assert (code, said.count("lapse →")) == (0, NUMBER)
    assert seconds < ENDS_WITHIN_S
    assert place.states("console") == {"sent": NUMBER}
    assert place.states("inbox") == {"planned": NUMBER}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_broken_off_batch_held_is_taken_by_another_worker_after_the_lease(
    place: Place, how: signal.Signals
) -> None:
    with working(place, pipe=NARROW) as worker:
        until(lambda: place.states("console") == {"claimed": NUMBER}, worker)
        worker.send_signal(how)
        began = time.monotonic()
        assert worker.wait(timeout=PATIENCE_S) != 0
        assert time.monotonic() - began < ENDS_WITHIN_S
    assert timedelta(0) < claimed_for(place) <= LEASE
    place.run("manage.py", "worker", "--once")
    assert place.states("console") == {"claimed": NUMBER}
    place.ask("UPDATE reminders_delivery SET claimed_until = '2026-01-01' WHERE state = 'claimed'")
    place.run("manage.py", "worker", "--once")
    assert place.states("console") == {"sent": NUMBER}


def test_worker_that_waits_for_a_locked_database_ends_in_time_and_says_where_it_stood(place: Place) -> None:
    with closing(sqlite3.connect(urlsplit(place.database).path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with working(place) as worker:
            until(lambda: "worker.sqlite3-wal" in _open_files(worker.pid), worker)
            code, seconds, said = ended(worker, reading=True)
    assert (code, seconds < ENDS_WITHIN_S) == (1, True)
    assert "Timeout" in said
    assert "note_changes" in said


def test_second_signal_ends_it_at_once(place: Place) -> None:
    with working(place, pipe=NARROW) as worker:
        until(lambda: place.states("console") == {"claimed": NUMBER}, worker)
        began = time.monotonic()
        while worker.poll() is None:  # two that come as one are one
            worker.send_signal(signal.SIGTERM)
            time.sleep(0.02)
        assert worker.returncode == 1
        assert time.monotonic() - began < ENDS_WITHIN_S / 2


@pytest.mark.parametrize("queue", ["database", REDIS])
def test_worker_is_woken_between_ticks(place: Place, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if queue == REDIS:
        _only_with_redis()
    monkeypatch.setattr(Place, "queue", queue)
    place.ask("UPDATE reminders_delivery SET not_before = '2999-01-01'")
    with working(place) as worker:
        until(lambda: place.ask("SELECT 1 FROM core_pulse WHERE name = 'tick'"), worker)
        place.ask("UPDATE reminders_delivery SET not_before = '2026-01-01' WHERE channel = 'console'")
        place.run("manage.py", "shell", "--verbosity", "0", "--command", WAKE)
        until(lambda: place.states("console") == {"sent": NUMBER}, worker)
        code, seconds, said = ended(worker, reading=True)
    assert (code, said.count("lapse →")) == (0, NUMBER)
    assert seconds < ENDS_WITHIN_S
    assert "Traceback" not in said


@pytest.mark.parametrize("queue", ["database", REDIS])
def test_once_runs_what_waits_and_ends(place: Place, queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if queue == REDIS:
        _only_with_redis()
    monkeypatch.setattr(Place, "queue", queue)
    for _ in range(3):
        place.run("manage.py", "shell", "--verbosity", "0", "--command", WAKE)
    place.run("manage.py", "worker", "--once")
    if queue == REDIS:
        assert redis.Redis.from_url(REDIS).llen("rq:queue:default") == 0
    else:
        assert place.ask("SELECT status, count(*) FROM django_tasks_database_dbtaskresult") == [("SUCCESSFUL", 3)]


def _open_files(pid: int) -> set[str]:
    """By name: the first that a worker wants of its database is to write."""
    return {os.readlink(path).rpartition("/")[2] for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}


def _only_with_redis() -> None:
    server = redis.Redis.from_url(REDIS)
    try:
        server.ping()
    except redis.ConnectionError:
        pytest.skip("no Redis listens at 127.0.0.1:6379")
    server.flushdb()
