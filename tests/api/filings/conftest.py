"""Phones of the leader and of the town's unit on the afternoon of 21 November 2026."""

from typing import Any

import pytest
import time_machine

from tests.api.client import Phone
from tests.desk import Desk

AFTERNOON = "2026-11-21T14:00:00+08:00"


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel(AFTERNOON, tick=False):
        yield


@pytest.fixture
def phone(desk: Desk) -> Phone:
    return Phone.of(desk.place.user)


@pytest.fixture
def unit(desk: Desk) -> Phone:
    return Phone.of(desk.unit)
