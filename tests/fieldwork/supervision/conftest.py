"""The moment at which the clerk works."""

from typing import Any

import pytest
import time_machine

from tests.fieldwork.supervision.clerk import NOON


@pytest.fixture
def noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield
