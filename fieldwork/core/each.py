"""Other texts for each of many rows, in one statement.

Django's `bulk_update` composes a CASE with an expression a row and column, which takes longer than PostgreSQL takes to
write them; SQLite and PostgreSQL both join an UPDATE with VALUES.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

ROWS = 500  # of one statement


def update_each(
    model: type[Model],
    texts: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    same: Mapping[str, Any] | None = None,
    where: Mapping[str, Any] | None = None,
) -> int:
    """Set the fields `texts` of rows given as (id, text, ...), and those of `same` to what is given for all.

    Only where the fields of `where` are as given. Answers how many rows were changed.
    """
    changed = 0
    for first in range(0, len(rows), ROWS):
        changed += _update(model, texts, rows[first : first + ROWS], same or {}, where or {})
    return changed


def _update(
    model: type[Model],
    texts: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    same: Mapping[str, Any],
    where: Mapping[str, Any],
) -> int:
    table, key = model._meta.db_table, model._meta.pk.column
    # Both databases call the columns of VALUES column1 and so on.
    settings = [f"{_column(model, name)} = given.column{number}" for number, name in enumerate(texts, 2)]
    settings += [f"{_column(model, name)} = %s" for name in same]
    conditions = [f'"{table}"."{key}" = given.column1', *(f'"{table}".{_column(model, name)} = %s' for name in where)]
    one = f"({', '.join(['%s'] * (len(texts) + 1))})"
    sql = (
        f'UPDATE "{table}" SET {", ".join(settings)} FROM (VALUES {", ".join([one] * len(rows))}) AS given'  # noqa: S608  # names of our own
        f" WHERE {' AND '.join(conditions)}"
    )
    params = [*_saved(model, same), *(value for row in rows for value in row), *_saved(model, where)]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _column(model: type[Model], name: str) -> str:
    return f'"{model._meta.get_field(name).column}"'  # type: ignore[union-attr]  # a field of its own, no relation to it


def _saved(model: type[Model], values: Mapping[str, Any]) -> list[Any]:
    return [
        model._meta.get_field(name).get_db_prep_save(value, connection)  # type: ignore[union-attr]  # as above
        for name, value in values.items()
    ]
