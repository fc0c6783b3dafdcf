"""Queries composed once and run with other values each time.

Django composes a query's SQL anew whenever it runs; for what every request of a phone asks that takes several times as
long as PostgreSQL takes to answer, who keeps the statement prepared.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Field, QuerySet
from psycopg.pq import Format


class Given(Expression):
    """Stands in a query for the value that `Prepared.rows` is given under this name; null equals nothing."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def adapted(self, value: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection)


class _Statement(NamedTuple):
    sql: str
    params: Sequence[Any]
    converters: dict[int, tuple[list[Callable[[Any, Any, Any], Any]], Any]]  # by column


class Prepared:
    """`compose` makes a queryset of `values_list`, with `Given` for what is not known yet; no column holds JSON."""

    def __init__(self, compose: Callable[[], QuerySet[Any, Any]]) -> None:
        self._compose = compose

    @cached_property
    def _statement(self) -> _Statement:
        compiler = self._compose().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        return _Statement(sql, params, compiler.get_converters(columns))

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """One query."""
        statement = self._statement
        params = [p.adapted(given[p.name]) if isinstance(p, Given) else p for p in statement.params]
        with _cursor() as cursor:
            cursor.execute(statement.sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return [_converted(row, statement) for row in rows] if statement.converters else rows


@contextmanager
def _cursor() -> Iterator[Any]:
    """On PostgreSQL one that sends values apart from the statement, so that its plan is kept, and reads binary rows."""
    raw = connection.connection
    if connection.vendor != "postgresql" or raw is None:  # a new connection has no plan to go by
        with connection.cursor() as cursor:
            yield cursor
        return
    usual, raw.cursor_factory = raw.cursor_factory, ServerBindingCursor
    try:
        cursor = connection.cursor()
    finally:
        raw.cursor_factory = usual
    with cursor:
        if type(cursor.cursor) is ServerBindingCursor:  # no new connection has come in between
            cursor.cursor.format = Format.BINARY  # type: ignore[attr-defined]  # the stubs' base has none
        yield cursor


def _converted(row: tuple[Any, ...], statement: _Statement) -> tuple[Any, ...]:
    values = list(row)
    for column, (converters, expression) in statement.converters.items():
        for convert in converters:
            values[column] = convert(values[column], expression, connection)
    return tuple(values)
