"""Being told to end, and going on all the same afterwards: as the next process would."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from fieldwork.core import stopping


@contextmanager
def told_to_end_in_it() -> Iterator[None]:
    """By whatever is done in it."""
    try:
        yield
    finally:
        importlib.reload(stopping)


@contextmanager
def told_to_end() -> Iterator[None]:
    with told_to_end_in_it():
        stopping.ask()
        yield


@contextmanager
def told_to_end_at(statement: str) -> Iterator[None]:
    """As the first statement that begins so has run."""

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if sql.lstrip().startswith(statement):
            stopping.ask()
        return done

    with told_to_end_in_it(), connection.execute_wrapper(run):
        yield
