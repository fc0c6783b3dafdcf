"""Runs a module as a program that does not outlive its parent: `python -m …demo.child MODULE [ARGUMENT …]`.

Its standard input is a pipe of which the parent holds the other end. However the parent ends, the pipe ends
too, and this process then sends itself SIGTERM.
"""

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
