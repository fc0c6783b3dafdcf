"""Work done by several threads at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from django.db import connection

T = TypeVar("T")


def at_once(works: Sequence[Callable[[], T]]) -> list[T | BaseException]:
    """What each work answered, or raised, in order; all start together."""
    results: list[T | BaseException] = [RuntimeError("never ran")] * len(works)
    ready = threading.Barrier(len(works))

    def run(place: int) -> None:
        try:
            ready.wait()
            results[place] = works[place]()
        except BaseException as error:  # noqa: BLE001  # handed to the test
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def raised(results: Sequence[object]) -> list[BaseException]:
    return [result for result in results if isinstance(result, BaseException)]


def until_somebody_waits() -> None:
    """For a lock of another transaction, in this database."""
    for _ in range(100_000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE NOT granted"
                           " AND d.datname = current_database() UNION SELECT 1 FROM pg_locks WHERE NOT granted"
                           " AND locktype = 'transactionid'")  # fmt: skip
            if cursor.fetchone():
                return
    pytest.fail("nobody waits")
