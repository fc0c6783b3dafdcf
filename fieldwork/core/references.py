"""Ids as a phone sent them, and what they stand for."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError, Text

_ID = re.compile("[1-9][0-9]{0,17}")
Among = Callable[[], QuerySet[Any]]  # called only where there is an id to look up


class Finder:
    """Looks ids up among what the sender may name, and keeps account of those that stand for nothing there."""

    def __init__(self) -> None:
        self._unknown: list[FieldError] = []

    def find(self, field: str, key: str | None, by_id: Callable[[int], Any]) -> Any:
        """What `by_id` finds; None without an id, or for one that is unknown."""
        if key is None:
            return None
        row = by_id(int(key)) if _ID.fullmatch(key) else None
        if row is None:
            self.unknown(field)
        return row

    def find_all(self, field: str, keys: Sequence[str], among: Among) -> list[Any]:
        """The rows of the ids that are known, in the order sent, each once."""
        numbers = [int(key) for key in keys if _ID.fullmatch(key)]
        rows = among().in_bulk(numbers) if numbers else {}
        found = {}
        for place, key in enumerate(keys):
            number = int(key) if _ID.fullmatch(key) else None
            if number in rows:
                found[number] = rows[number]
            else:
                self.unknown(f"{field}.{place}")
        return list(found.values())

    def unknown(self, field: str, detail: Text = "") -> None:
        self._unknown.append(FieldError(field, Code.UNKNOWN_REFERENCE, detail or _("There is no such id.")))

    def require_all(self) -> None:
        """`unknown_reference`, naming every field whose id stands for nothing."""
        if self._unknown:
            raise DomainError(Code.UNKNOWN_REFERENCE, errors=tuple(self._unknown))
