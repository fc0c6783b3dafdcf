"""When two declarations of a phone are the same, and that each becomes one row.

Content is the declared request after defaults: instants by value, files as a set by digest, without what belongs to
the sending. So a request repeated later, from another clock, as JSON or as multipart, is the same content.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from fieldwork.core.events import canonical
from fieldwork.core.models import Declaration

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

D = TypeVar("D", bound=Declaration)
AHEAD = timedelta(days=1)  # that something declared may lie after the clock of whoever sends it
_OF_SENDING = frozenset({"id", "device_id", "clock_at_send"})


def content_of(declared: "DataclassInstance", *, sets: Iterable[str], files: str) -> str:
    """Canonical JSON of what was declared; `sets` names the lists whose order and repetitions mean nothing, `files`
    the one of files. Texts are compared character by character, in whatever normal form they come."""
    content = {name: value for name, value in asdict(declared).items() if name not in _OF_SENDING}
    for name in sets:
        content[name] = sorted(set(content[name]))
    content[files] = sorted(content[files], key=lambda file: str(file["sha256"]))
    return canonical(by_value(content))


def digest_of(content: str) -> str:
    """SHA-256 in hex: two declarations are the same content if and only if these are."""
    return hashlib.sha256(content.encode()).hexdigest()


def sending_of(sent: Any) -> dict[str, str | None]:
    """What belongs to the sending alone, of a declaration or its row, as the event of recording says it."""
    clock = sent.clock_at_send
    return {"device_id": sent.device_id, "clock_at_send": clock.astimezone(UTC).isoformat() if clock else None}


def create_once(model: type[D], pk: UUID, create: Callable[[], D]) -> tuple[D, bool]:
    """What `create` makes in a transaction, or the row of a twin in flight; and whether it is ours.

    The database makes the later of two wait for the earlier, and then refuses it.
    """
    try:
        with transaction.atomic():
            return create(), True
    except IntegrityError:
        twin = model._default_manager.filter(pk=pk).first()
        if twin is None:
            raise
        return twin, False


def by_value(value: Any) -> Any:
    """Instants in UTC, days and ids as text, rows by their ids, tuples as lists, no negative zero: one writing for one
    value."""
    match value:
        case dict():
            return {key: by_value(each) for key, each in value.items()}
        case list() | tuple():
            return [by_value(each) for each in value]
        case Model():
            return str(value.pk)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return by_value(asdict(value))
        case _:
            return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case float():
            return value + 0.0
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value
