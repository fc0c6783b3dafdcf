"""Several programs as children of one command: all of them run, or none."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from django.conf import settings
from django.utils.translation import gettext as _

HOST = "127.0.0.1"
_READY_WITHIN_S = 60.0
_ENDS_WITHIN_S = 15.0
_LOOK_EVERY_S = 0.2


class Stopped(Exception):
    """A program ended by itself or was never ready; the text says which."""


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def serve(programs: Mapping[str, list[str]], port: int, when_ready: Callable[[], None]) -> None:
    """Run the programs until SIGINT or SIGTERM; `Stopped` if one ends by itself or none serves the port.

    `when_ready` is called once /readyz answers 200. No program is left behind, however this ends.
    """
    with _asked_to_stop() as stop, _children(programs) as children:
        deadline = time.monotonic() + _READY_WITHIN_S
        while not _ready(port):
            _look_after(children)
            if stop.wait(_LOOK_EVERY_S):
                return
            if time.monotonic() > deadline:
                raise Stopped(_("The server is not ready after %(seconds)d s.") % {"seconds": _READY_WITHIN_S})
        when_ready()
        while not stop.wait(_LOOK_EVERY_S):
            _look_after(children)


def programs(port: int) -> dict[str, list[str]]:
    """Server and worker by name, each as a command that ends with this process."""
    child = [sys.executable, "-m", "fieldwork.supervision.demo.child"]
    gunicorn = [
        "gunicorn", "fieldwork.wsgi", "--bind", f"{HOST}:{port}",
        "--worker-class", "gthread", "--workers", "2", "--threads", "4",
        "--log-level", "warning", "--graceful-timeout", "5", "--no-control-socket",
    ]  # fmt: skip
    return {"gunicorn": [*child, *gunicorn], "worker": [*child, "manage", "worker"]}


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _children(programs: Mapping[str, list[str]]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Each in a session of its own: Ctrl-C reaches this process alone, which then ends them in order."""
    env = os.environ | {"FIELDWORK_ALLOWED_HOSTS": ",".join({*settings.ALLOWED_HOSTS, HOST, "localhost"})}
    env.setdefault("FIELDWORK_CHANNELS", "inbox,console")
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in programs.items():
            children[name] = subprocess.Popen(
                command, stdin=subprocess.PIPE, cwd=settings.BASE_DIR, env=env, start_new_session=True
            )
        yield children
    finally:
        for child in children.values():
            child.terminate()
        for child in children.values():
            _wait(child)


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdin is not None:
        child.stdin.close()


def _look_after(children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            raise Stopped(
                _("%(name)s has ended with %(code)d; the rest is stopped.") % {"name": name, "code": child.returncode}
            )


def _ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
