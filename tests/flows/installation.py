"""An installation beside the test: its own database, folder and processes, reached as phones and operators reach it."""

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from tests.photos import declared, digest, jpeg

PATIENCE_S = 60.0


def copy_database(path: Path) -> Path:
    """A file with what the test's database on SQLite holds by now: to migrate another one would take far longer."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
    return path


@dataclass(frozen=True)
class Installation:
    database: str
    folder: Path
    secret: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.database,
            "DJANGO_SETTINGS_MODULE": "fieldwork.settings",
            "FIELDWORK_DATA_DIR": str(self.folder),
            "FIELDWORK_SECRET_KEY": self.secret,
        }

    def start(self, *command: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command], cwd=settings.BASE_DIR, env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options,
        )  # fmt: skip

    def run(self, *command: str, given: str = "") -> str:
        """What the command prints; a failure fails the test."""
        process = self.start(*command, stderr=subprocess.PIPE)
        out, err = process.communicate(given)
        assert process.returncode == 0, err
        return out

    @contextmanager
    def served(self) -> Iterator[int]:
        """The port on which this installation answers, with the configuration that deploy/ ships."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        server = self.start(
            "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", "--workers", "1",
            "--log-level", "warning",
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE_S
            while not _answers(port):
                assert server.poll() is None, "the server has ended"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE_S)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Acknowledged:
    check_in: str
    photo: str
    at: float


@dataclass
class Load:
    """Phones that check in with a photo each, one after the other, and remember what was acknowledged, and when."""

    port: int
    token: str
    body: dict[str, Any]
    phones: int = 4
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._phone, args=(number,)) for number in range(self.phones)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int) -> None:
        """Until that many more are acknowledged."""
        target, until = len(self.acknowledged) + count, time.monotonic() + PATIENCE_S
        while len(self.acknowledged) < target:
            assert not self.refused, self.refused[0]
            assert time.monotonic() < until, "too few check-ins were acknowledged"
            time.sleep(0.01)

    def _phone(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        seed = number
        while not self._stop.is_set():
            seed += self.phones
            photo, pk = jpeg(seed), str(uuid4())
            kind, data = multipart(self.body | {"photos": [declared(photo)]}, photo)
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
            connection.request("PUT", f"/api/v1/check-ins/{pk}", data, headers)
            answer = connection.getresponse()
            said = answer.read()
            if answer.status == http.client.CREATED:
                self.acknowledged.append(Acknowledged(pk, digest(photo), time.monotonic()))
            else:
                self.refused.append(f"{answer.status} {said.decode()}")
                return
        connection.close()


def multipart(check_in: dict[str, Any], photo: bytes) -> tuple[str, bytes]:
    """Content type and bytes of a check-in with its photo."""
    head = f'--cut\r\nContent-Disposition: form-data; name="check_in"\r\n\r\n{json.dumps(check_in)}\r\n'
    head += (
        '--cut\r\nContent-Disposition: form-data; name="photo"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    return "multipart/form-data; boundary=cut", head.encode() + photo + b"\r\n--cut--\r\n"
