"""A transaction that begins early and commits late."""

import threading
from collections.abc import Callable

from django.db import connection, transaction


class Late:
    """Does its work in a transaction of its own, and commits when told."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work, self._done, self._commit = work, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self._done.wait(timeout=30)

    def _run(self) -> None:
        with transaction.atomic():
            self._work()
            self._done.set()
            self._commit.wait(timeout=30)
        connection.close()

    def commit(self) -> None:
        self._commit.set()
        self._thread.join()
