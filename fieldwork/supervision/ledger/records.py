"""What an event's body says, in a ledger where any row may have been tampered with."""

import json
from datetime import UTC
from typing import Any

from fieldwork.core.events import canonical
from fieldwork.core.models import Event

RECORD = {"about", "at", "by", "data", "kind", "scope"}


def record_in(event: Event) -> dict[str, Any] | None:
    """The body's record; None unless the body is the canonical JSON of one."""
    try:
        said: Any = json.loads(event.body)
        if said.keys() == RECORD and isinstance(said["data"], dict) and canonical(said) == event.body:
            kind, key = said["about"]
            return {**said, "object_kind": kind, "object_id": key}
    except (ValueError, TypeError, AttributeError):
        pass
    return None


def data_in(event: Event) -> dict[str, Any]:
    """Its data; empty if its body is no record, which is found where events are checked."""
    record = record_in(event)
    return record["data"] if record else {}


def columns_that_differ(event: Event) -> list[str]:
    """Columns of an event that do not say what its body says, or its body, if that is no record."""
    said = record_in(event)
    if said is None:
        return ["body"]
    pairs = {
        "at": (event.at.astimezone(UTC).isoformat(), said["at"]),
        "kind": (event.kind, said["kind"]),
        "actor": (event.actor, said["by"]),
        "object_kind": (event.object_kind, said["object_kind"]),
        "object_id": (event.object_id, said["object_id"]),
        "division_path": (event.division_path, said["scope"]),
    }
    return [name for name, (here, told) in pairs.items() if here != told]
