"""Exports are counted by person, whatever they are of: a loop leaves the web processes to others."""

from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.models import User
from fieldwork.supervision.allowance import AT_ONCE
from tests import factories as make
from tests.api.client import Phone
from tests.place import Place

EXPORTS = [
    "periods/2026-11/ledger.csv", "periods/2026-11/ledger.xlsx", "periods/2026-11/bulletin.pdf", "workbook.xlsx",
    "workbook.csv", "audit.csv", "me/export", "leaders/{leader}/export",
]  # fmt: skip
LIGHT = "workbook.csv?sheet=领导"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel("2026-11-21T14:00:00+08:00", tick=False) as now:
        yield now


@pytest.fixture
def office(place: Place) -> User:
    return make.user(office="administrator", division=place.county)


def taken() -> int:
    return Event.objects.exclude(kind="session.begun").count()


def ask(user: User, path: str) -> Any:
    answer: Any = Phone.of(user).get(path)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


@pytest.mark.parametrize("path", EXPORTS)
def test_every_export_takes_from_one_allowance(place: Place, office: User, settings: Any, path: str) -> None:
    settings.EXPORTS_PER_HOUR = 1
    address = path.format(leader=place.leader.pk)
    assert ask(office, address).status_code in (200, 503), "503 where nothing can set type"
    refused = ask(office, LIGHT)
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "throttled", "3601")
    told = taken()
    assert ask(office, address).status_code == 429
    assert taken() == told, "what is refused is not on record as taken"
    assert ask(make.user(office="administrator", division=place.county), address).status_code in (200, 503)
    assert Phone.of(office).get("periods/2026-11").status_code == 200, "only exports wait"


def test_allowance_is_given_anew_an_hour_after_its_first(office: User, settings: Any, clock: Any) -> None:
    settings.EXPORTS_PER_HOUR = 2
    assert ask(office, LIGHT).status_code == 200
    clock.move_to("2026-11-21T14:59:00+08:00")
    assert [ask(office, LIGHT).status_code for _again in range(2)] == [200, 429]
    clock.move_to("2026-11-21T15:00:00+08:00")
    assert ask(office, LIGHT).status_code == 200


def test_few_are_taken_at_once(office: User, clock: Any) -> None:
    assert [ask(office, LIGHT).status_code for _each in range(AT_ONCE)] == [200] * AT_ONCE
    refused = ask(office, LIGHT)
    assert (refused.status_code, refused["Retry-After"]) == (429, "61")
    clock.move_to("2026-11-21T14:01:00+08:00")
    assert ask(office, LIGHT).status_code == 200


def test_whoever_is_not_signed_in_is_told_so_first(place: Place) -> None:
    assert Phone().get(LIGHT).status_code == 401
