"""Being told to end."""

import os
import signal
import subprocess
import sys
import time

from fieldwork.core import stopping
from tests.stopping import told_to_end

WAITING = """
import signal
from fieldwork.core import stopping

signal.signal(signal.SIGTERM, lambda *_: stopping.ask())
print("ready", flush=True)
assert stopping.wait(60)
assert stopping.wait(60)
stopping.ask()
print("told", flush=True)
"""


def test_waiting_ends_when_its_time_is_over() -> None:
    assert stopping.wait(0.001) is False
    assert stopping.wait(-1) is False
    assert stopping.asked() is False


def test_nobody_waits_once_told() -> None:
    with told_to_end():
        stopping.ask()
        started = time.monotonic()
        assert (stopping.wait(60), stopping.wait(60), stopping.asked()) == (True, True, True)
        assert time.monotonic() - started < 10


def test_signal_ends_waiting_in_the_same_thread() -> None:
    process = subprocess.Popen([sys.executable, "-c", WAITING], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGTERM)
    out, _ = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "told\n")
