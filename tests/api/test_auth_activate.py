"""Activation: the first password and a new one, by a code from a supervisor."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fieldwork.core.models import Event
from fieldwork.directory.activation import issue_codes
from fieldwork.directory.models import User
from fieldwork.reminders.models import Device
from tests import factories
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
PASSWORD = "erfunden-und-lang"
DEVICE = {"id": "one", "name": "测试机", "platform": "android"}


@pytest.fixture
def user() -> User:
    return factories.user("testa", name="测试员甲")


def code_for(user: User) -> str:
    clerk = User.objects.filter(username="clerk").first() or factories.user("clerk", office="administrator")
    [issued] = issue_codes(users=[user], by=clerk, at=NOON)
    return issued.code


def activate(code: str, password: str = PASSWORD, **extra: Any) -> Any:
    return Phone().post("auth/activate", {"code": code, "password": password, "device": DEVICE}, **extra)


def login(password: str = PASSWORD, **extra: Any) -> Any:
    return Phone().post("auth/login", {"username": "testa", "password": password, "device": DEVICE}, **extra)


def test_activation_answers_like_a_sign_in(user: User) -> None:
    code = code_for(user)
    response = activate(code)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert response.json()["user"] == {"id": str(user.pk), "name": "测试员甲"}
    phone = Phone()
    phone.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['token']}")
    assert phone.get("me").status_code == 200
    assert login().status_code == 200
    assert User.objects.get(pk=user.pk).last_login == NOON
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))[1:3]
    assert kinds == ["user.activated", "session.begun"]
    assert not Event.objects.filter(body__contains=PASSWORD).exists()


def test_activation_again_is_the_way_back_and_signs_all_else_out(user: User) -> None:
    other = Phone.of(user)
    Device.objects.update(push_kind="fcm_token", push_value="erfunden")
    activate(code_for(user))
    assert other.get("me").status_code == 401
    assert not Device.objects.exclude(push_value="").exists()
    assert activate(code_for(user), "anders-und-lang").status_code == 200
    assert (login().status_code, login("anders-und-lang").status_code) == (401, 200)


def test_activation_says_no_more_than_that_the_code_is_wrong(user: User) -> None:
    used, expired, gone = code_for(user), code_for(factories.user()), factories.user("gone")
    activate(used)
    of_gone = code_for(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with time_machine.travel(NOON + timedelta(days=15), tick=False):
        answers = [activate(expired)]
    answers += [activate(code) for code in (used, of_gone, "AAAA-AAAA-AAAA", "。", code_for(user)[:-1])]
    assert {(answer.status_code, answer.json()["code"], answer.json()["detail"]) for answer in answers} == {
        (401, "invalid_credentials", answers[0].json()["detail"])
    }


def test_activation_names_what_is_wrong_with_the_password(user: User) -> None:
    code = code_for(user)
    for weak, fault in (("kurz", "password_too_short"), ("1234567890123", "password_entirely_numeric")):
        response = activate(code, weak)
        assert response.status_code == 400
        assert (("password", fault)) in {(error["field"], error["code"]) for error in response.json()["errors"]}
    assert not Device.objects.exists()
    assert activate(code).status_code == 200


def test_activation_tells_an_address_that_guesses_to_pause(user: User, settings: Any) -> None:
    settings.ACTIVATION_ATTEMPTS = 5
    answers = [activate("AAAA-AAAA-AAAA") for _each in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert (answers[-1].json()["code"], answers[-1]["Retry-After"]) == ("locked_out", "3601")
    assert activate("AAAA-AAAA-AAAA", REMOTE_ADDR="192.0.2.7").status_code == 401
    with time_machine.travel(NOON + timedelta(hours=1, seconds=1), tick=False):
        assert activate("AAAA-AAAA-AAAA").status_code == 401


def test_activation_by_a_right_code_is_kept_out_by_nobody_behind_the_same_address(user: User, settings: Any) -> None:
    settings.ACTIVATION_ATTEMPTS = 2
    code = code_for(user)
    assert [activate("AAAA-AAAA-AAAA").status_code for _each in range(3)] == [401, 401, 429]
    assert activate(code, "kurz").status_code == 400
    assert activate(code).status_code == 200
    assert activate(code).status_code == 429


def test_wrong_sign_in_data_have_a_title_that_fits_both_doors(user: User) -> None:
    by_code, by_password = activate("AAAA-AAAA-AAAA").json(), login("falsch").json()
    assert (by_code["code"], by_code["title"]) == (by_password["code"], by_password["title"])
    assert by_code["detail"] != by_password["detail"]
    assert by_code["title"] not in (by_code["detail"], by_password["detail"])


def test_activation_works_while_the_account_is_locked(user: User, settings: Any) -> None:
    settings.ACCOUNT_ATTEMPTS = 3
    for number in range(4):
        login("falsch", REMOTE_ADDR=f"192.0.2.{number}")
    assert login(REMOTE_ADDR="192.0.2.9").status_code == 429
    assert activate(code_for(user), REMOTE_ADDR="192.0.2.9").status_code == 200
    assert login(REMOTE_ADDR="192.0.2.9").status_code == 200
