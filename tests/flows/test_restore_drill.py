"""The drill: a backup taken while phones check in, restored to an empty machine.

Nothing acknowledged before the backup began is missing, neither rows nor bytes; every reader of the feed goes on, and
neither skips nor repeats an event, although a new PostgreSQL counts its transactions from the beginning.
"""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from tests.api.check_in import body
from tests.api.client import Phone
from tests.cluster import binary, new_cluster
from tests.flows import drill
from tests.flows.installation import PATIENCE_S, Acknowledged, Installation, Load, copy_database
from tests.photos import digest
from tests.place import Place

Read = list[tuple[str, int]]  # who, and which event
POSTGRESQL = connection.vendor == "postgresql"
MISSING = [name for name in ("pg_dump", "pg_restore") if not shutil.which(name)]
MISSING += [name for name in ("initdb", "pg_ctl") if not binary(name)]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(POSTGRESQL and bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@contextmanager
def working(folder: Path) -> Iterator[Installation]:
    """An installation with what the test's database holds by now."""
    folder.mkdir()
    if not POSTGRESQL:
        yield Installation(f"sqlite:///{copy_database(folder / 'fieldwork.sqlite3')}", folder, "a" * 50)
        return
    at = connection.settings_dict
    name, here = f"{at['NAME']}_drill", f"{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}"
    template = at["NAME"]
    with connection._nodb_cursor() as cursor:
        connection.close()
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield Installation(f"postgres://{here}/{name}", folder, "a" * 50)
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def empty(folder: Path) -> Iterator[Installation]:
    """A machine that was just set up, with another secret key."""
    folder.mkdir()
    if not POSTGRESQL:
        yield Installation(f"sqlite:///{folder / 'fieldwork.sqlite3'}", folder, "b" * 50)
        return
    with new_cluster() as address:
        yield Installation(f"{address}/postgres", folder, "b" * 50)


@contextmanager
def readers(of: Installation) -> Iterator[Read]:
    """What the readers have read: it grows, and is complete when the context ends."""
    read: Read = []
    child = of.start("-m", "tests.flows.drill", "read")

    def take() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            name, event = line.split()
            read.append((name, int(event)))

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield read
    finally:
        assert child.stdin is not None
        child.stdin.close()
        thread.join()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def wait_for_both(read: Read) -> None:
    """Until each reader has read something: on PostgreSQL a writer anywhere on the server may hold them back."""
    until = time.monotonic() + PATIENCE_S
    while {name for name, _event in tuple(read)} != {drill.SWIFT, drill.SLOW}:
        assert time.monotonic() < until, "some transaction on this server has been open for a minute"
        time.sleep(0.01)


def test_nothing_acknowledged_is_missing_and_every_reader_goes_on(place: Place, tmp_path: Path) -> None:
    token = Phone.of(place.user).token
    sent = body(place, captured_at=timezone.now().isoformat(), device=None)
    backups = tmp_path / "backups"
    with (
        working(tmp_path / "working") as source,
        readers(source) as read,
        source.served() as port,
        Load(port, token, sent) as load,
    ):
        load.wait_for(30)
        wait_for_both(read)
        began = time.monotonic()
        source.run("manage.py", "backup", str(backups))
        ended = time.monotonic()
        load.wait_for(5)
    with empty(tmp_path / "empty") as target:
        given = {"id": str(uuid4()), "token": token, "body": sent | {"photos": []}, "backups": str(backups)}
        found = json.loads(target.run("-m", "tests.flows.drill", "go_on", given=json.dumps(given)))
    assert any(began < one.at < ended for one in load.acknowledged), "no case: the backup was not taken under load"
    check_that_nothing_is_missing(found, [one for one in load.acknowledged if one.at < began], target)
    check_that_readers_go_on(found, read)


def check_that_nothing_is_missing(found: dict[str, Any], before: list[Acknowledged], target: Installation) -> None:
    assert len(before) >= 30
    assert [one for one in before if found["photos"].get(one.check_in) != one.photo] == []
    for photo in found["photos"].values():
        stored = target.folder / "uploads" / "originals" / photo[:2] / photo[2:4] / photo
        assert digest(stored.read_bytes()) == photo


def check_that_readers_go_on(found: dict[str, Any], read: Read) -> None:
    """Before and after, each has read the whole restored feed, in its order, each event once."""
    assert found["epoch"] == 1
    assert len(found["feed"]) == len(found["before"]) + 1
    for name in (drill.SWIFT, drill.SLOW):
        there = [event for reader, event in read if reader == name]
        mark = found["marks"][name]
        assert mark, f"no case: {name} had read nothing before the backup"
        assert there[: there.index(mark) + 1] + found["read"][name] == found["feed"], name
        assert found["again"][name] == []
    if POSTGRESQL:
        assert found["transaction"] < found["highest_transaction"], "no case: the new cluster counts from higher"
        assert not found["control"], "no case: the event would have been read without a new epoch too"
