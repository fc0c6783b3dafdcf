"""What an event says, as its readers are told it: places no more precisely than outside a review."""

import json
from typing import Any

from fieldwork.core.models import Event
from fieldwork.inspections.rules import roughly_m

_WITHHELD = frozenset({"location", "latitude", "longitude"})
_ROUGHLY = "distance_m"


def facts_of(event: Event) -> dict[str, Any]:
    """`event.data` without positions, and with distances to 100 m; the event itself stays as it was sealed."""
    told: dict[str, Any] = _told(event.data)
    return told


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _fact(key, inner) for key, inner in value.items() if key not in _WITHHELD}
    return [_told(inner) for inner in value] if isinstance(value, list) else value


def _fact(key: str, value: Any) -> Any:
    if key == _ROUGHLY and isinstance(value, int | float):
        return roughly_m(value)
    if key == "content" and isinstance(value, str):  # what a step said, kept as it was written
        return json.dumps(_told(json.loads(value)), ensure_ascii=False)
    return _told(value)
