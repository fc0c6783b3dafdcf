"""How a worker ends at SIGTERM or SIGINT: after what is at hand, and in any case in time.

Python runs a signal's handler between two of its own instructions: never while SQLite waits for a lock, or a pipe for
its reader. So a thread is told of signals too, and breaks off what does not come to an end.
"""

import faulthandler
import os
import select
import signal
import sys
import threading
import time
from types import FrameType

from fieldwork.core import stopping

GRACE_S = 8.5  # for what is at hand: a channel sends for eight seconds at most
LONGER_S = 0.5  # for saying where it stood: whoever should read that may be what is waited for
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def end_when_told() -> None:
    """From now on `stopping` follows signals; a second one, or the end of the grace, ends this process at once."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for each in SIGNALS:
        signal.signal(each, _ask)
    threading.Thread(target=_watch, args=(reading,), daemon=True, name="ending").start()


def _ask(_signal: int, _frame: FrameType | None) -> None:
    stopping.ask()


def _watch(reading: int) -> None:
    _told(reading, None)
    # To the descriptor: `sys.stderr` may be in the hands of whom this is to break off.
    faulthandler.dump_traceback_later(GRACE_S, exit=True, file=sys.stderr.fileno())
    _told(reading, GRACE_S + LONGER_S)
    os._exit(1)


def _told(reading: int, seconds: float | None) -> None:
    """Wait for one of the signals, or so many seconds; others, such as rq's alarm, are not meant."""
    until = time.monotonic() + seconds if seconds is not None else None
    while until is None or time.monotonic() < until:
        left = until - time.monotonic() if until is not None else None
        ready, _, _ = select.select([reading], [], [], max(0.0, left) if left is not None else None)
        if ready and os.read(reading, 1)[0] in SIGNALS:
            return
