"""Idempotency-Key: a POST that comes twice happens once."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from api.models import KeptAnswer
from fieldwork.directory.models import Division, Organisation
from tests import factories
from tests.api.client import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def faults(response: Any) -> dict[str, str]:
    assert response.status_code == 400
    return {error["field"]: error["code"] for error in response.json()["errors"]}


def test_key_makes_a_post_happen_once(county: Division, phone: Phone) -> None:
    body = {"name": "测试局", "kind": "government", "division": str(county.pk), "starts_on": "2026-01-01"}
    first = phone.post("organisations", body, HTTP_IDEMPOTENCY_KEY="k1")
    again = phone.post("organisations/", body, HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again["Idempotency-Replayed"]) == (again.json(), "true")
    assert Organisation.objects.count() == 1
    phone.post("organisations", body, HTTP_IDEMPOTENCY_KEY="k2")
    phone.post("organisations", body)
    assert Organisation.objects.count() == 3


def test_key_of_another_request_is_409(county: Division, phone: Phone) -> None:
    body = {"name": "测试局", "kind": "government", "division": str(county.pk), "starts_on": "2026-01-01"}
    phone.post("organisations", body, HTTP_IDEMPOTENCY_KEY="k1")
    other = phone.post("organisations", {**body, "name": "别局"}, HTTP_IDEMPOTENCY_KEY="k1")
    elsewhere = phone.post("leaders", {"name": "测试员甲"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (other.status_code, elsewhere.status_code) == (409, 409)
    assert other.json()["code"] == "already_exists_differently"


def test_key_of_a_failure_may_be_tried_again(county: Division, phone: Phone) -> None:
    body = {"name": "测试局", "kind": "government", "division": str(county.pk)}
    assert phone.post("organisations", body, HTTP_IDEMPOTENCY_KEY="k1").status_code == 400
    assert not KeptAnswer.objects.exists()
    body["starts_on"] = "2026-01-01"
    assert phone.post("organisations", body, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201


def test_key_is_one_user_s_own_and_kept_for_a_week(county: Division, phone: Phone) -> None:
    other = Phone.of(factories.user(office="supervisor", division=county))
    for sender in (phone, other):
        assert sender.post("leaders", {"name": "测试员甲"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
    with time_machine.travel(datetime(2026, 11, 28, 5, tzinfo=UTC), tick=False):
        assert phone.post("leaders", {"name": "测试员乙"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_key_that_is_unfit_is_refused(phone: Phone, key: str) -> None:
    assert faults(phone.post("leaders", {"name": "甲"}, HTTP_IDEMPOTENCY_KEY=key)) == {"Idempotency-Key": "invalid"}
