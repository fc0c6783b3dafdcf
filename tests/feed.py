"""Events that mean nothing, and waiting until what is committed may be read from the feed."""

import time
from datetime import UTC, datetime

import pytest

from fieldwork.core import events
from fieldwork.core.models import Event

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PATIENCE_S = 240.0


def append(name: str) -> None:
    events.append("test.happened", by=events.SYSTEM, at=NOW, about=("test", name))


def wait_for_the_feed() -> None:
    """On PostgreSQL a writer anywhere on the server, such as a test beside this one, holds back what may be read."""
    until = time.monotonic() + PATIENCE_S
    while events.after(events.Mark()).count() < Event.objects.count():
        if time.monotonic() > until:
            pytest.fail("some transaction on this server has been open for minutes")
