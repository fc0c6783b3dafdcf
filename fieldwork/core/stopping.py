"""Whether this process was told to end: asked between short transactions by whatever takes long.

No event of `threading`: one that a signal's handler sets while the same thread is about to wait for it hangs for ever.
A bare lock does not: whoever waits, waits for its release.
"""

import threading

_asked = False
_ending = threading.Lock()
_ending.acquire()


def ask() -> None:
    """Tell this process to end; good for a signal's handler, and good twice."""
    global _asked  # noqa: PLW0603  # a process ends once
    if not _asked:
        _asked = True
        _ending.release()


def asked() -> bool:
    return _asked


def wait(seconds: float) -> bool:
    """Wait for that long, or until this process is told to end; whether it was."""
    if _ending.acquire(timeout=max(0.0, seconds)):
        _ending.release()
    return _asked
