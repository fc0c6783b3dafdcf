"""A county at noon of a day, and the phone of its office: for resources that a clerk manages."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from fieldwork.directory.models import Division
from tests import factories as make
from tests.api.client import Phone

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def noon() -> Iterator[datetime]:
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture
def county() -> Division:
    return make.division("测试县", make.division("测试市"))


@pytest.fixture
def phone(county: Division) -> Phone:
    return Phone.of(make.user(office="supervisor", division=county))
