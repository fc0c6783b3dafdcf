"""A phone of the county's chief on the afternoon of 21 November 2026."""

from typing import Any

import pytest
import time_machine

from tests.api.client import Phone
from tests.place import Place

AFTERNOON = "2026-11-21T14:00:00+08:00"


@pytest.fixture(autouse=True)
def afternoon() -> Any:
    with time_machine.travel(AFTERNOON, tick=False):
        yield


@pytest.fixture
def phone(place: Place) -> Phone:
    return Phone.of(place.user)
