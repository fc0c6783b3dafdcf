"""Threads that share out one batch after another, and a moment at which the batch is over whatever they are doing."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """At most `size` threads, kept from batch to batch, begun when first needed.

    They are daemons: one that hangs, as in a slow look-up of a name, keeps no process from ending. What they are given
    must not touch the database, whose connections are a thread's own and would stay open in each.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def share(self, work: Callable[[T], R], items: Sequence[T], deadline: float) -> list[R | None]:
        """What `work` says to each item, in their order; None where it had not ended at `deadline` (`time.monotonic`).

        Nothing is begun after that moment. What was under way goes on, and nobody hears of it.
        """
        said: list[R | None] = [None] * len(items)
        waiting = deque(range(len(items)))
        ended = threading.Semaphore(0)

        def lend_a_hand() -> None:
            try:
                while time.monotonic() < deadline:
                    try:
                        number = waiting.popleft()
                    except IndexError:
                        return
                    said[number] = work(items[number])
            finally:
                ended.release()

        hands = min(self._size, len(items))
        self._man(hands)
        for _ in range(hands):
            self._jobs.put(lend_a_hand)
        for _ in range(hands):
            if not ended.acquire(timeout=max(0.0, deadline - time.monotonic())):
                break
        return list(said)

    def _man(self, hands: int) -> None:
        """At least `hands` threads live: one that an error ended is replaced."""
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            for _ in range(hands - len(self._threads)):
                thread = threading.Thread(target=self._work, name="fieldwork-crew", daemon=True)
                thread.start()
                self._threads.append(thread)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()

    def close(self) -> None:
        """Each thread ends after what it has begun."""
        with self._lock:
            for _ in self._threads:
                self._jobs.put(None)
            self._threads = []
