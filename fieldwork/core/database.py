"""What PostgreSQL and SQLite spell differently."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q
from django.db.models.sql.compiler import SQLCompiler


class CurrentTransaction(models.Func):
    """The id of the transaction that is writing: 64 bits with PostgreSQL's wraparound epoch; 0 on SQLite."""

    template = "0"
    output_field = models.BigIntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(pg_current_xact_id()::text::bigint)", **context)


EPOCH_BITS = 48  # the lower bits of a stamp hold the transaction
_STAMPS = {
    "postgresql": "(SELECT (COALESCE(MAX(number), 0)::bigint << 48) + pg_current_xact_id()::text::bigint"
    " FROM core_feedepoch)",
    "sqlite": "(SELECT (COALESCE(MAX(number), 0) << 48) + (SELECT COALESCE(MAX(id), 0) + 1 FROM core_event)"
    " FROM core_feedepoch)",
}


def stamp() -> str:
    """SQL of the stamp of the transaction that is writing; see `changes` for how it is read.

    The epoch, and below it PostgreSQL's id of the transaction; on SQLite the id that the next event will have, which
    is not below that of any event a reader has seen before this transaction is committed.
    """
    return _STAMPS[connection.vendor]


class Stamp(models.Func):
    """`stamp` in a queryset: `update(changed=Stamp())`."""

    output_field = models.BigIntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=_STAMPS["postgresql"], **context)

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=_STAMPS["sqlite"], **context)


class StampField(models.BigIntegerField):  # type: ignore[type-arg]  # not subscriptable at run time
    """By which transaction something about the row was last changed. Models save it; statements and updates name it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"editable": False, **kwargs})

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return Stamp()


def on_earth(latitude: str = "latitude", longitude: str = "longitude") -> Q:
    """Both columns hold degrees, or neither does: where one alone is null, a comparison would let a constraint pass."""
    return Q(**{f"{latitude}__isnull": True, f"{longitude}__isnull": True}) | Q(
        **{f"{latitude}__isnull": False, f"{longitude}__isnull": False},
        **{f"{latitude}__range": (-90, 90), f"{longitude}__range": (-180, 180)},
    )


class Dashed(models.Func):
    """A UUID as a text with dashes, as sources are named; SQLite keeps it without."""

    output_field = models.CharField()
    template = "CAST(%(expressions)s AS varchar)"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return "(" + " || '-' || ".join(f"substr({sql}, {at}, {long})" for at, long in parts) + ")", [*params] * 5


class PathField(models.CharField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A division's path: compared byte by byte in either database, so that a range is a subtree."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        super().__init__(*args, **kwargs)

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = dict(super().db_parameters(connection))
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


def analyze() -> None:
    """After much was written at once: PostgreSQL plans by what it last counted, which in a new database is nothing."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


@contextmanager
def at_one_moment() -> Iterator[None]:
    """What is read inside is the database as it stood at one moment; nobody waits for it.

    PostgreSQL: read only, so that a transaction without an id holds no reader of the feed back. SQLite: a plain BEGIN,
    for IMMEDIATE would keep writers out.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
