"""Signing in and out, and what a token is worth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings

from api.auth.actions import DeviceGiven, sign_in
from api.models import DeviceToken
from fieldwork.core.errors import DomainError
from fieldwork.core.models import Event
from fieldwork.directory.accounts import change_user, sign_out
from fieldwork.directory.models import User
from fieldwork.reminders.models import Device
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
PASSWORD = "erfunden-und-lang"
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    made = factories.user("testa", name="测试员甲")
    made.set_password(PASSWORD)
    made.save()
    return made


def login(password: str = PASSWORD, username: str = "testa", device: str = "one", **extra: Any) -> Any:
    body = {
        "username": username,
        "password": password,
        "device": {"id": device, "name": "测试机", "platform": "android"},
    }
    return Phone().post("auth/login", body, **extra)


def phone(token: str) -> Phone:
    made = Phone()
    made.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return made


def test_login_gives_a_token_for_ninety_days(user: User) -> None:
    with time_machine.travel(NOON, tick=False):
        response = login()
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert response.json()["expires_at"] == "2027-02-19T12:00:00+08:00"
    assert response.json()["user"] == {"id": str(user.pk), "name": "测试员甲"}
    with time_machine.travel(NOON, tick=False):
        assert phone(response.json()["token"]).get("me").status_code == 200


def test_login_keeps_no_token_in_clear(user: User) -> None:
    token = login().json()["token"]
    stored = DeviceToken.objects.get()
    assert token not in (stored.digest, stored.token_key)
    assert len(stored.token_key) < len(token) / 2


def test_login_again_on_a_device_replaces_its_token(user: User) -> None:
    first, second = login().json()["token"], login().json()["token"]
    other = login(device="two").json()["token"]
    assert phone(first).get("me").status_code == 401
    assert phone(second).get("me").status_code == phone(other).get("me").status_code == 200
    assert Device.objects.count() == 2


@pytest.mark.parametrize(("username", "password"), [("testa", "falsch"), ("nobody", PASSWORD), ("TESTA", PASSWORD)])
def test_login_with_wrong_credentials_says_no_more_than_that(user: User, username: str, password: str) -> None:
    response = login(password, username)
    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
    assert not Device.objects.exists()


def test_login_of_an_inactive_user_is_refused(user: User) -> None:
    token = login().json()["token"]
    User.objects.update(is_active=False)
    assert login().json()["code"] == "invalid_credentials"
    assert phone(token).get("me").json()["code"] == "not_authenticated"


@pytest.mark.parametrize("meanwhile", ["another password", "signed out everywhere", "deactivated"])
def test_login_that_was_overtaken_while_the_password_was_checked_is_none(user: User, meanwhile: str) -> None:
    read_before = User.objects.get(pk=user.pk)
    if meanwhile == "another password":
        user.set_password("noch-eins-und-lang")
        user.save()
    elif meanwhile == "deactivated":
        change_user(user, by=user, at=NOON, active=False)
    else:
        sign_out(user, by=user, at=NOON)
    with pytest.raises(DomainError) as refused:
        sign_in(user=read_before, device=DeviceGiven("one", "", "android"), at=NOON)
    assert refused.value.code == "invalid_credentials"
    assert not DeviceToken.objects.exists()


def test_login_is_locked_by_account_and_address_for_a_while(user: User) -> None:
    with time_machine.travel(NOON, tick=False):
        statuses = [login("falsch").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
        assert statuses == [401] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
        locked = login()
        assert (locked.status_code, locked.json()["code"]) == (429, "locked_out")
        assert locked["Retry-After"] == "900"
        assert "15分钟" in locked.json()["detail"]
        assert login(REMOTE_ADDR="192.0.2.7").status_code == 200
        assert login(username="another", password="falsch").status_code == 401
    with time_machine.travel(NOON + timedelta(minutes=16), tick=False):
        assert login().status_code == 200


def test_login_forgets_failures_after_a_success(user: User) -> None:
    for _ in range(2):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            login("falsch")
        assert login().status_code == 200


def test_login_believes_no_address_that_the_sender_wrote(user: User) -> None:
    for number in range(settings.AXES_FAILURE_LIMIT):
        login("falsch", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert login().status_code == 429


def test_login_takes_the_address_that_our_proxy_saw(user: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    for number in range(settings.AXES_FAILURE_LIMIT):
        login("falsch", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, 198.51.100.1")
    assert login(HTTP_X_FORWARDED_FOR="192.0.2.99, 198.51.100.1").status_code == 429
    assert login(HTTP_X_FORWARDED_FOR="198.51.100.2").status_code == 200


def test_login_names_every_faulty_field(user: User) -> None:
    response = Phone().post("auth/login", {"username": 5, "device": {"id": "", "platform": "symbian"}})
    assert response.status_code == 400
    assert {error["field"] for error in response.json()["errors"]} == {
        "username", "password", "device.id", "device.platform",
    }  # fmt: skip


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Bearer x y", "Basic eDp5", "Token x", "Bearer ä", ""]
)
def test_token_that_is_none_is_401(header: str) -> None:
    response = Phone().get("me", HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_token_expires_after_ninety_days_without_use(user: User) -> None:
    with time_machine.travel(NOON, tick=False):
        token = login().json()["token"]
    with time_machine.travel(NOON + timedelta(days=90), tick=False):
        response = phone(token).get("me")
    assert (response.status_code, response.json()["code"]) == (401, "token_expired")


def test_token_is_prolonged_by_use(user: User) -> None:
    with time_machine.travel(NOON, tick=False):
        token = login().json()["token"]
    for days in (80, 160, 240):
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            assert phone(token).get("me").status_code == 200


def test_token_is_prolonged_once_a_day_not_at_every_request(user: User) -> None:
    with time_machine.travel(NOON, tick=False):
        made = phone(login().json()["token"])
        expiry = DeviceToken.objects.get().expiry
    with time_machine.travel(NOON + timedelta(hours=23), tick=False):
        made.get("me")
        assert DeviceToken.objects.get().expiry == expiry
    with time_machine.travel(NOON + timedelta(hours=25), tick=False):
        made.get("me")
        assert DeviceToken.objects.get().expiry == expiry + timedelta(hours=25)


def test_logout_ends_this_device_alone(user: User) -> None:
    one, two = Phone.of(user), Phone.of(user)
    assert one.post("auth/logout").status_code == 204
    assert (one.get("me").status_code, two.get("me").status_code) == (401, 200)


def test_logout_all_ends_every_device_of_mine(user: User) -> None:
    one, two, other = Phone.of(user), Phone.of(user), Phone.of(factories.user())
    assert one.post("auth/logout-all").status_code == 204
    assert (one.get("me").status_code, two.get("me").status_code, other.get("me").status_code) == (
        401,
        401,
        200,
    )


def test_logout_stops_pushes(user: User) -> None:
    one = Phone.of(user)
    Device.objects.update(push_kind="fcm_token", push_value="erfunden")
    one.post("auth/logout")
    assert Device.objects.get().push_value == ""


def test_password_changes_and_signs_the_other_devices_out(user: User) -> None:
    one, two = Phone.of(user), Phone.of(user)
    response = one.post("auth/password", {"current_password": PASSWORD, "new_password": "anders-und-lang"})
    assert response.status_code == 204
    assert (one.get("me").status_code, two.get("me").status_code) == (200, 401)
    assert login().status_code == 401
    assert login("anders-und-lang").status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("falsch", "anders-und-lang", "current_password"),
        (PASSWORD, "kurz", "new_password"),
        (PASSWORD, "12345678901234", "new_password"),
        (PASSWORD, "qwertyuiop", "new_password"),
    ],
)
def test_password_refuses_what_is_wrong_or_weak(user: User, current: str, new: str, field: str) -> None:
    response = Phone.of(user).post("auth/password", {"current_password": current, "new_password": new})
    assert response.status_code == 400
    assert {error["field"] for error in response.json()["errors"]} == {field}
    assert login().status_code == 200


def test_sessions_are_told_in_events(user: User) -> None:
    token = login().json()["token"]
    phone(token).post("auth/password", {"current_password": PASSWORD, "new_password": "anders-und-lang"})
    phone(token).post("auth/logout")
    kinds = list(Event.objects.order_by("pk").values_list("kind", "actor"))
    assert kinds == [(kind, f"user:{user.pk}") for kind in ("session.begun", "password.changed", "session.ended")]
    assert not Event.objects.filter(body__contains=PASSWORD).exists()
    assert not Event.objects.filter(body__contains=token[:20]).exists()
