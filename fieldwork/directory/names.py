"""What may be a name: something that a reader can see, and that does not turn around what stands beside it."""

import unicodedata
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, FieldError

_NAMES = frozenset({"name", "title"})
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and symbols to Unicode, nothing to a reader
_UNSEEN = ("C", "M", "Z")  # general categories: controls and formats, marks on what they follow, separators


def faults_of_names(row: Model) -> list[FieldError]:
    """What is wrong with the names of a row; an empty one is left to its column."""
    columns = [field.name for field in row._meta.concrete_fields if field.name in _NAMES]
    return [fault for column in columns for fault in _faults(column, getattr(row, column))]


def _faults(column: str, name: Any) -> list[FieldError]:
    if not name:
        return []
    if _TURNING.intersection(name):
        return [FieldError(column, Code.INVALID, _("A name holds no characters that change the direction of writing."))]
    if all(character in _BLANK or unicodedata.category(character).startswith(_UNSEEN) for character in name):
        return [FieldError(column, Code.INVALID, _("A name needs at least one visible character."))]
    return []
