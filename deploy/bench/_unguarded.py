"""The whole application without what makes twins one: the control of `twins.py`."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from fieldwork.wsgi import application

__all__ = ["application"]


def create_at_all_costs(_model: type[Any], _pk: UUID, create: Callable[[], Any]) -> tuple[Any, bool]:
    """What `create_once` does, but for the twin in flight."""
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        return create(), True


def disarm() -> None:
    logging.disable()  # hundreds of failures are what it is for
    from fieldwork.inspections import actions  # noqa: PLC0415

    actions.create_once = create_at_all_costs  # type: ignore[assignment]


disarm()
