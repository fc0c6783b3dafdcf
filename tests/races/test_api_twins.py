"""Twins in flight: equal requests at once, each over a connection of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from fieldwork.directory.models import Organisation
from fieldwork.reminders.models import Device
from tests import factories
from tests.api.client import Phone
from tests.races.at_once import at_once

TWINS = 6

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


def answers_at_once(*sends: Callable[[], Any]) -> list[Any]:
    answers: list[Any] = at_once(sends)
    return answers


@pytest.fixture
def post() -> Callable[..., Any]:
    county = factories.division()
    body = {"name": "测试局", "kind": "government", "division": str(county.pk), "starts_on": "2026-01-01"}
    token = Phone.of(factories.user(office="supervisor", division=county)).token

    def send(**headers: Any) -> Any:
        phone = Phone()
        phone.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return phone.post("organisations", body, **headers)

    return send


def test_key_makes_twins_one(post: Callable[..., Any]) -> None:
    answers = answers_at_once(*[partial(post, HTTP_IDEMPOTENCY_KEY="k1")] * TWINS)
    assert [answer.status_code for answer in answers] == [201] * TWINS
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Organisation.objects.count() == 1


def test_key_is_what_makes_twins_one(post: Callable[..., Any]) -> None:
    """The control: without it there are as many as were sent."""
    answers_at_once(*[post] * TWINS)
    assert Organisation.objects.count() == TWINS


def test_push_address_claimed_at_once_has_one_claimant() -> None:
    phones = [Phone.of(factories.user()) for _ in range(TWINS)]
    body = {"platform": "android", "push": {"kind": "fcm_token", "value": "erfunden"}}
    answers = answers_at_once(*(partial(phone.put, "devices/abc", body) for phone in phones))
    assert [answer.status_code for answer in answers] == [201] * TWINS
    assert Device.objects.filter(push_value="erfunden").count() == 1


def test_device_signed_in_at_once_has_one_token() -> None:
    user = factories.user()
    user.set_password("erfunden-und-lang")
    user.save()
    body = {
        "username": user.username,
        "password": "erfunden-und-lang",
        "device": {"id": "abc", "platform": "android"},
    }
    answers = answers_at_once(*(partial(Phone().post, "auth/login", body) for _ in range(TWINS)))
    assert [answer.status_code for answer in answers] == [200] * TWINS
    phones = [Phone() for _ in answers]
    for phone, answer in zip(phones, answers, strict=True):
        phone.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
    assert sorted(phone.get("me").status_code for phone in phones) == [200] + [401] * (TWINS - 1)
