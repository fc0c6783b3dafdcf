"""When a division goes on under a new row, all that hangs at the old one follows it, in place.

It is the place that got a new row, not its bodies, sites and accounts; nobody's link to it ended, and what was there
before it was renamed belongs to it still. What it was called on a day its own rows tell, of one authority and of the
codes that it has had.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Substr

from fieldwork.core.database import StampField, stamp
from fieldwork.directory.models import (
    Boundary,
    BoundaryCell,
    Division,
    Leader,
    Linkage,
    Organisation,
    ProblemTownMark,
    Site,
    User,
)
from fieldwork.directory.paths import child_path, within

_BATCH = 2000  # pairs a statement
_NOUNS: dict[str, type[models.Model]] = {
    "leader": Leader, "organisation": Organisation, "site": Site, "user": User,
    "linkage": Linkage, "problem_mark": ProblemTownMark, "boundary": Boundary,
}  # fmt: skip


def follow(successors: Mapping[int, int]) -> dict[str, int]:
    """Bring what the directory has at divisions that ended to their successors; both are ids.

    Runs in the caller's transaction, which also appends the event. Answers how many rows moved, by noun.
    """
    replace(BoundaryCell, "boundary", successors)  # a boundary's key is its division's
    return {noun: replace(model, "division", successors) for noun, model in _NOUNS.items()}


def carry_merged(successors: Mapping[int, Division]) -> None:
    """What was merged before keeps its rows, and so all that it ever was: they go along under the new row of what held
    them, in place, and what took it in is named by its new row."""
    held = Division.objects.filter(merged_into__isnull=False, parent__in=successors).order_by("path")
    for row in held:
        parent = successors[row.parent_id or 0]
        hang(row, parent)
    replace(Division, "merged_into", {old: new.pk for old, new in successors.items()})


def hang(division: Division, parent: Division) -> None:
    """Move a division, with all that is or was below it, under another, in place."""
    was, division.path = division.path, child_path(parent.path, division.number)
    subtree: models.QuerySet[Division] = Division.objects.filter(within(was))
    subtree.update(path=Concat(Value(division.path), Substr("path", len(was) + 1)))
    Division.objects.filter(pk=division.pk).update(parent=parent)
    division.parent = parent


def replace(model: type[models.Model], field: str, values: Mapping[Any, Any]) -> int:
    """Put new values for old ones in a column, wherever they stand; answers in how many rows.

    No new value may be an old one too. One statement for thousands of values, as a CASE over them could not be. Rows
    that are stamped get the stamp of the transaction.
    """
    quote = connection.ops.quote_name
    columns = {each.name: quote(str(each.column)) for each in model._meta.concrete_fields}
    table, column = quote(model._meta.db_table), columns[field]
    stamped = [columns[each.name] for each in model._meta.concrete_fields if isinstance(each, StampField)]
    stamps = "".join(f", {name} = {stamp()}" for name in stamped)
    replaced = 0
    with connection.cursor() as cursor:
        for pairs in _batches(values):
            rows = ", ".join(["(%s, %s)"] * len(pairs))
            cursor.execute(  # names are the models', values are parameters
                f"UPDATE {table} SET {column} = moved.column2{stamps}"  # noqa: S608
                f" FROM (VALUES {rows}) AS moved WHERE {table}.{column} = moved.column1",
                [each for pair in pairs for each in pair],
            )
            replaced += cursor.rowcount
    return replaced


def latest(division: Division) -> Division:
    """The row under which a division goes on after all its successions; itself if it stands, is no more, or was merged
    into another, for which it stood beside that one before."""
    while division.ends_on is not None and division.merged_into_id is None:
        same = Q(code=division.code) | Q(former_code=division.code)
        successor = Division.objects.filter(
            same, authority=division.authority, starts_on=division.ends_on + timedelta(days=1)
        ).first()
        if successor is None:
            break
        division = successor
    return division


def codes_of(division: Division) -> set[str]:
    """The codes that the division has had, its own among them."""
    codes, found = set[str](), {division.code}
    while found - codes:
        codes |= found
        found = set(
            Division.objects.filter(authority=division.authority, code__in=codes)
            .exclude(former_code="")
            .values_list("former_code", flat=True)
        )
    return codes


def _batches(values: Mapping[Any, Any]) -> Iterator[list[tuple[Any, Any]]]:
    pairs = iter(values.items())
    while batch := list(islice(pairs, _BATCH)):
        yield batch
