"""Rows by the names under which clerks look for them."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


class Ambiguous(LookupError):
    """Several rows bear this name."""


def ident(row: Model | None) -> int:
    """What tells rows apart, also such as are not stored yet; 0 for none."""
    if row is None:
        return 0
    return row.pk if row.pk is not None else -id(row)


class Shelf(Generic[M]):
    """By name, by id, and by the clerk's own label (新1)."""

    def __init__(self) -> None:
        self.by_id: dict[int, M] = {}
        self.by_label: dict[str, M] = {}
        self._by_name: dict[Hashable, list[M]] = {}

    def put(self, row: M, *names: Hashable) -> None:
        if row.pk is not None:
            self.by_id[row.pk] = row
        for name in names:
            self._by_name.setdefault(name, []).append(row)

    def named(self, name: Hashable) -> list[M]:
        return self._by_name.get(name, [])


def only(rows: Iterable[M]) -> M | None:
    """The one; None of none, Ambiguous of several."""
    found = list(rows)
    if len(found) > 1:
        raise Ambiguous
    return found[0] if found else None
