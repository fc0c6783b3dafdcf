"""`manage.py demo` as a command: what it refuses, and the programs that it runs and ends."""

import os
import signal
import socket
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from fieldwork.core.models import Event
from fieldwork.supervision.demo import serve

SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
SLEEPER = "import time; time.sleep(60)"


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


@pytest.mark.django_db
def test_command_refuses_a_taken_port_before_anything_else(port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(CommandError, match=str(port)):
            call_command("demo", port=port)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_command_refuses_a_weak_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDWORK_DEMO_PASSWORD", "short")
    with pytest.raises(CommandError, match="FIELDWORK_DEMO_PASSWORD"):
        call_command("demo", no_serve=True)
    assert not Event.objects.exists()


@pytest.mark.parametrize("words", [["--leaders", "3"], ["--months", "0"], ["--port", "http"]])
def test_command_refuses_numbers_out_of_range(words: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("demo", *words)


def test_serve_stops_all_programs_when_asked(port: int) -> None:
    programs = {"server": python(SERVER, port), "worker": python(SLEEPER)}
    serve.serve(programs, port, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert serve.port_is_free(port)


def test_serve_stops_the_others_when_one_ends(port: int) -> None:
    programs = {"server": python(SERVER, port), "worker": python("raise SystemExit(3)")}
    with pytest.raises(serve.Stopped, match=r"worker.*3"):
        serve.serve(programs, port, lambda: None)
    assert serve.port_is_free(port)


def test_port_is_not_free_while_somebody_listens(port: int) -> None:
    assert serve.port_is_free(port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert not serve.port_is_free(port)


def test_child_ends_with_its_parent(port: int) -> None:
    command = [sys.executable, "-m", "fieldwork.supervision.demo.child", "http.server", str(port)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(timeout=20) == -signal.SIGTERM
    finally:
        child.kill()
