"""What every bench needs: a database of its own, servers that pause outside their slice, fair turns, and plain figures.

Durations are seconds unless a name says otherwise.
"""

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
_STARTED_WITHIN = 30


@contextmanager
def database(server: str, name: str, keep: bool = False) -> Iterator[str]:
    """An empty PostgreSQL database on `server` (a URL of any database there), dropped at the end unless kept."""
    parts = urlsplit(server)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    with psycopg.connect(server, autocommit=True) as admin:
        found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found and not keep:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        if not (found and keep):
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield url
    finally:
        if not keep:
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def await_port(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + _STARTED_WITHIN
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    sys.exit(f"nobody listens on port {port}")


class Server:
    """A server process on loopback with its workers, stopped (SIGSTOP) whenever it has no turn."""

    def __init__(self, command: Sequence[str], port: int, env: Mapping[str, str]) -> None:
        self.port = port
        self._process = subprocess.Popen(command, env={**os.environ, **env}, cwd=ROOT, start_new_session=True)
        self._wait()
        self._signal(signal.SIGSTOP)

    def _wait(self) -> None:
        deadline = time.monotonic() + _STARTED_WITHIN
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                sys.exit(f"the server on port {self.port} has not started")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except OSError:
                time.sleep(0.1)
            else:
                return
        sys.exit(f"the server on port {self.port} does not answer")

    @property
    def pid(self) -> int:
        return self._process.pid

    @contextmanager
    def turn(self) -> Iterator[None]:
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def end(self) -> None:
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)


def rotated(names: Sequence[str], rounds: int) -> Iterator[list[str]]:
    """The order of each round: everybody begins in turn."""
    for number in range(rounds):
        first = number % len(names)
        yield [*names[first:], *names[:first]]


Ask = Callable[[http.client.HTTPConnection, int], None]
"""Sends the request with that number over the connection, and reads and checks its answer."""


def load(port: int, clients: int, seconds: float, ask: Ask) -> list[float]:
    """The duration of each request of `clients` threads that ask one after another, each over one connection."""
    took: list[list[float]] = [[] for _ in range(clients)]
    failures: list[BaseException] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        turn = number
        try:
            while time.monotonic() < end:
                began = time.perf_counter()
                ask(connection, turn)
                took[number].append(time.perf_counter() - began)
                turn += clients
        except (OSError, http.client.HTTPException, AssertionError) as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [duration for durations in took for duration in durations]


def quantile(durations: Sequence[float], share: float) -> float:
    """The duration that `share` of all stay within."""
    ordered = sorted(durations)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median_ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median over the rounds of ours to the floor of the same round."""
    return statistics.median(mine / least for mine, least in zip(ours, floor, strict=True))


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns under their heads, as Markdown."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
