"""Statements composed once and run with other values each time.

Django composes a query's SQL anew whenever it runs; for what every phone asks all the time that takes several times as
long as PostgreSQL takes to answer, who keeps the statement prepared. So what is hot is composed once: `Prepared` from a
queryset, `Insert` from a model, and `run` takes SQL as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.fields import NOT_PROVIDED
from django.db.models.query import get_related_populators
from psycopg.pq import Format

M = TypeVar("M", bound=Model)


class Given(Expression):
    """Stands in a query for the value that `Prepared.rows` is given under this name; null equals nothing."""

    def __init__(self, name: str, output_field: "Field[Any, Any]") -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def adapted(self, value: Any, connection: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection)


class _Statement(NamedTuple):
    sql: str
    params: Sequence[Any]
    converters: dict[int, tuple[list[Callable[[Any, Any, Any], Any]], Any]]  # by column


class Prepared:
    """`compose` makes a queryset, with `Given` for what is not known yet; `rows` wants one of `values_list`.

    `objects` knows `select_related`, and no prefetching.
    """

    def __init__(self, compose: Callable[[], QuerySet[Any, Any]]) -> None:
        self._compose = compose

    @cached_property
    def _statement(self) -> _Statement:
        sql, params = self._compiler.as_sql()
        columns = [column for column, _sql, _alias in self._compiler.select]
        return _Statement(sql, params, self._compiler.get_converters(columns))

    @cached_property
    def _compiler(self) -> Any:
        return self._compose().query.get_compiler(connection=connection)

    @cached_property
    def _build(self) -> Callable[[tuple[Any, ...]], Any]:
        """A row as an object with its relations, the way a queryset makes it."""
        select, known = self._compiler.select, self._compiler.klass_info
        first, last = known["select_fields"][0], known["select_fields"][-1] + 1
        names = [column.target.attname for column, _sql, _alias in select[first:last]]
        annotated = self._compiler.annotation_col_map
        populators = get_related_populators(known, select, connection.alias)  # type: ignore[call-arg]  # the stubs are of Django 6

        def build(row: tuple[Any, ...]) -> Any:
            made = known["model"].from_db(connection.alias, names, row[first:last])
            for populator in populators:
                populator.populate(row, made)
            for name, column in annotated.items():
                setattr(made, name, row[column])
            return made

        return build

    def objects(self, **given: Any) -> list[Any]:
        """One query; the objects of a queryset that is no `values_list`."""
        rows = self.rows(**given)
        return [self._build(row) for row in rows]

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """One query."""
        statement = self._statement
        here = connections[DEFAULT_DB_ALIAS]
        params = [p.adapted(given[p.name], here) if isinstance(p, Given) else p for p in statement.params]
        rows = run(statement.sql, params)
        return [_converted(row, statement) for row in rows] if statement.converters else rows


class Insert(Generic[M]):
    """Inserts rows of a model as `bulk_create` does, with every value given and defaults of the database left to it.

    `unless_there` leaves alone what some unique constraint holds already; such a row gets no key.
    """

    def __init__(self, model: type[M], *, unless_there: bool = False) -> None:
        self._fields = [field for field in model._meta.concrete_fields if _is_given(field)]
        auto = model._meta.auto_field
        self._returning = auto if auto is not None and not unless_there else None
        self._tail = " ON CONFLICT DO NOTHING" if unless_there else ""
        if self._returning is not None:
            self._tail += f' RETURNING "{self._returning.column}"'
        columns = ", ".join(f'"{field.column}"' for field in self._fields)
        self._one = f"({', '.join(['%s'] * len(self._fields))})"
        self._head = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES '  # noqa: S608  # names of our own

    def __call__(self, *rows: M) -> int:
        """One statement; the keys that the database makes are set in the rows. Answers how many were inserted."""
        if not rows:
            return 0
        here = connections[DEFAULT_DB_ALIAS]
        params = [field.get_db_prep_save(getattr(row, field.attname), here) for row in rows for field in self._fields]
        sql = self._head + ", ".join([self._one] * len(rows)) + self._tail
        for row in rows:
            row._state.adding, row._state.db = False, here.alias
        if self._returning is not None:
            for row, (key,) in zip(rows, run(sql, params), strict=True):
                setattr(row, self._returning.attname, key)
            return len(rows)
        return change(sql, params)


@lru_cache
def insert_of(model: type[M], *, unless_there: bool = False) -> Insert[M]:
    """The model's statement, composed at its first use."""
    return Insert(model, unless_there=unless_there)


def _is_given(field: "Field[Any, Any]") -> bool:
    return not (field.primary_key and field.model._meta.auto_field is field) and field.db_default is NOT_PROVIDED


def as_prefetched(row: Model, **related: Sequence[Model]) -> None:
    """Let the row know its related ones, in their order, as `prefetch_related` would have."""
    row.__dict__.setdefault("_prefetched_objects_cache", {}).update(related)


def without(row: Model, name: str) -> None:
    """Let the row know that nothing is related to it one to one under this name, as `select_related` would have."""
    row._meta.get_field(name).set_cached_value(row, None)  # type: ignore[union-attr]  # the stubs know fields only


def run(sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
    """The rows that the statement answers."""
    with _executed(sql, params) as cursor:
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def change(sql: str, params: Any = ()) -> int:
    """How many rows the statement changed; on SQLite it must not begin with WITH, of which Python's driver knows no
    number: what is to be counted of such a one, it returns, and `run` reads."""
    with _executed(sql, params) as cursor:
        return max(int(cursor.rowcount), 0)


@contextmanager
def _executed(sql: str, params: Any) -> Iterator[Any]:
    """The statement's cursor.

    On PostgreSQL values are sent apart from the statement, whose plan is kept from its second time on, and rows come
    back binary. That goes round Django's cursor, whose layers take longer than the statement; not while somebody
    listens to the queries.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor != "postgresql" or here.queries_logged or here.execute_wrappers:
        with _usual() as cursor:
            cursor.execute(sql, params)
            yield cursor
        return
    here.ensure_connection()
    here.validate_no_broken_transaction()
    psycopgs: Any = ServerBindingCursor  # the stubs know nothing of what it is made from
    try:
        with here.wrap_database_errors, psycopgs(here.connection) as cursor:
            cursor.format = Format.BINARY
            cursor.execute(sql, params)
            yield cursor
    except NotSupportedError:
        # A migration has given a column another type, and the kept plan is of no use any more: the end of a transaction
        # forgets all plans; without one, this connection would say so for the rest of its life.
        if not here.in_atomic_block:
            here.close()
        raise


@contextmanager
def _usual() -> Iterator[Any]:
    """Django's own cursor, as above where that is PostgreSQL's."""
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
