"""One account tried from many addresses: strangers are slowed, its owner is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.models import User
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
PASSWORD = "erfunden-und-lang"
HOME = "198.51.100.1"
LIMIT = 10


@pytest.fixture(autouse=True)
def _noon(settings: Any) -> object:
    settings.ACCOUNT_ATTEMPTS = LIMIT
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def user() -> User:
    made = factories.user("testa", division=factories.division())
    made.set_password(PASSWORD)
    made.save()
    return made


def login(password: str = PASSWORD, device: str = "new", address: str = "203.0.113.1", username: str = "testa") -> Any:
    body = {"username": username, "password": password, "device": {"id": device, "platform": "android"}}
    return Phone().post("auth/login", body, REMOTE_ADDR=address)


def attack(tries: int = LIMIT, username: str = "testa") -> list[int]:
    return [login("falsch", "evil", f"192.0.2.{number}", username).status_code for number in range(tries)]


def test_account_tried_from_many_addresses_takes_no_more_from_strangers(user: User) -> None:
    assert attack(LIMIT + 2) == [401] * LIMIT + [429] * 2
    refused = login()
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "locked_out", "3601")
    with time_machine.travel(NOON + timedelta(minutes=59), tick=False):
        assert login()["Retry-After"] == "61"
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        assert login().status_code == 200


def test_owner_comes_in_by_a_known_device_or_from_a_known_address(user: User) -> None:
    assert login(device="mine", address=HOME).status_code == 200
    attack()
    assert login(device="mine", address="203.0.113.9").status_code == 200
    assert login(device="newer", address=HOME).status_code == 200
    assert login(device="evil", address="203.0.113.8").status_code == 429


def test_known_device_has_a_limit_of_its_own(user: User) -> None:
    login(device="mine", address=HOME)
    statuses = [login("falsch", "mine", f"203.0.113.{number}").status_code for number in range(LIMIT + 1)]
    assert statuses == [401] * LIMIT + [429]
    assert login(device="another", address="192.0.2.1").status_code == 200


def test_failures_of_one_account_are_not_another_s(user: User) -> None:
    attack(username="somebody")
    assert login().status_code == 200


def test_name_of_nobody_is_answered_alike(user: User) -> None:
    assert attack(LIMIT + 1) == attack(LIMIT + 1, username="nobody")


def test_supervisor_unlocks_an_account_everywhere(user: User, settings: Any) -> None:
    assert user.division
    clerk = factories.user("clerk", office="supervisor", division=user.division)
    attack()
    for _each in range(settings.AXES_FAILURE_LIMIT):
        login("falsch", "mine", HOME)
    assert login().status_code == 429
    assert Phone.of(clerk).post(f"users/{user.pk}/unlock").status_code == 204
    assert login(address="203.0.113.2").status_code == 200
    told = Event.objects.get(kind="user.unlocked")
    assert (told.actor, told.object_id) == (f"user:{clerk.pk}", str(user.pk))


def test_unlock_forgets_a_locked_address_too(user: User, settings: Any) -> None:
    settings.ACCOUNT_ATTEMPTS = 100
    clerk = factories.user("clerk", office="administrator")
    for _each in range(settings.AXES_FAILURE_LIMIT):
        login("falsch")
    assert login().status_code == 429
    Phone.of(clerk).post(f"users/{user.pk}/unlock")
    assert login().status_code == 200


def test_address_that_keeps_failing_is_not_locked_for_longer(user: User, settings: Any) -> None:
    settings.ACCOUNT_ATTEMPTS = 100
    for _each in range(settings.AXES_FAILURE_LIMIT):
        login("falsch")
    with time_machine.travel(NOON + timedelta(minutes=14), tick=False):
        assert login("falsch").status_code == 429
    with time_machine.travel(NOON + timedelta(minutes=16), tick=False):
        assert login().status_code == 200
