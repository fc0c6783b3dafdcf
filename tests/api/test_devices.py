"""My devices, and whose a push address is."""

from datetime import UTC, datetime

import pytest

from fieldwork.core.models import Event
from fieldwork.reminders.models import Device
from tests import factories
from tests.api.client import Phone

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)
PUSH = {"kind": "fcm_token", "value": "erfunden-1"}


@pytest.fixture
def phone() -> Phone:
    return Phone.of(factories.user())


def test_device_is_new_once_and_then_the_same(phone: Phone) -> None:
    body = {"platform": "android", "push": PUSH, "app_version": "1.2.0"}
    first, again = phone.put("devices/abc", body), phone.put("devices/abc", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["push"] == PUSH
    assert phone.get("devices/abc").json() == again.json()


def test_device_is_told_of_when_it_says_something_new(phone: Phone) -> None:
    for body in ({"platform": "android"}, {"platform": "android"}, {"platform": "android", "push": PUSH}):
        phone.put("devices/abc", body)
    assert Event.objects.filter(kind="device.registered").count() == 2


def test_device_that_says_no_more_has_no_push(phone: Phone) -> None:
    phone.put("devices/abc", {"platform": "android", "push": PUSH})
    assert phone.put("devices/abc", {"platform": "android"}).json()["push"] is None


def test_push_address_belongs_to_its_last_claimant(phone: Phone) -> None:
    other = Phone.of(factories.user())
    phone.put("devices/one", {"platform": "android", "push": PUSH})
    phone.put("devices/two", {"platform": "android", "push": PUSH})
    other.put("devices/one", {"platform": "android", "push": PUSH})
    other.put("devices/three", {"platform": "web", "push": {"kind": "fcm_fid", "value": PUSH["value"]}})
    claims = Device.objects.exclude(push_value="").order_by("pk")
    assert [(device.user_id, device.key, device.push_kind) for device in claims] == [
        (int(other.get("me").json()["id"]), "one", "fcm_token"),
        (int(other.get("me").json()["id"]), "three", "fcm_fid"),
    ]


def test_device_of_another_is_not_mine(phone: Phone) -> None:
    other = Phone.of(factories.user())
    other.put("devices/abc", {"platform": "ios"})
    assert phone.get("devices/abc").status_code == 404
    assert phone.delete("devices/abc").status_code == 404
    assert phone.put("devices/abc", {"platform": "android"}).status_code == 201
    assert other.get("devices/abc").json()["platform"] == "ios"


def test_device_that_is_deleted_is_signed_out(phone: Phone) -> None:
    own = phone.get("devices").json()["results"][0]["id"]
    assert phone.delete(f"devices/{own}").status_code == 204
    assert phone.get("me").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "platform"),
        ({"platform": "symbian"}, "platform"),
        ({"platform": "web", "push": {"kind": "pigeon", "value": "x"}}, "push.kind"),
        ({"platform": "web", "push": {"kind": "webpush", "value": ""}}, "push.value"),
        ({"platform": "web", "push": "x"}, "push"),
        ({"platform": "web", "app_version": 5}, "app_version"),
    ],
)
def test_device_with_a_fault_names_it(phone: Phone, body: dict[str, object], field: str) -> None:
    response = phone.put("devices/abc", body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_device_id_is_bounded(phone: Phone) -> None:
    assert phone.put("devices/" + "x" * 100, {"platform": "web"}).status_code == 201
    response = phone.put("devices/" + "x" * 101, {"platform": "web"})
    assert response.status_code == 404


def ended(phone: Phone, key: str = "abc") -> tuple[object, str]:
    said = phone.get(f"devices/{key}").json()
    return said["push_ended_at"], said["push_ended_for"]


def put(phone: Phone, push: object, key: str = "abc") -> Device:
    assert phone.put(f"devices/{key}", {"platform": "android", "push": push}).status_code in (200, 201)
    return Device.objects.get(key=key)


def test_dead_address_is_shown_and_claiming_revives_it(phone: Phone) -> None:
    device = put(phone, PUSH)
    assert ended(phone) == (None, "")
    Device.objects.filter(pk=device.pk).update(push_ended_at=NOON, push_ended_for="unregistered")
    assert ended(phone) == ("2026-11-21T12:00:00+08:00", "unregistered")
    put(phone, {"kind": "fcm_token", "value": "erfunden-2"})
    assert ended(phone) == (None, "")


def test_address_that_another_claims_leaves_no_dead_one_behind(phone: Phone) -> None:
    device = put(phone, PUSH)
    Device.objects.filter(pk=device.pk).update(push_ended_at=NOON, push_ended_for="unregistered", push_switched=True)
    put(phone, PUSH, key="other")
    assert ended(phone) == (None, "")
    assert ended(phone, "other") == (None, "")
    device.refresh_from_db()
    assert (device.push_value, device.push_switched) == ("", False)


def test_dead_address_goes_with_the_sign_in(phone: Phone) -> None:
    device = put(phone, PUSH)
    Device.objects.filter(pk=device.pk).update(push_ended_at=NOON, push_ended_for="unregistered")
    assert phone.post("auth/logout-all").status_code == 204
    device.refresh_from_db()
    assert (device.push_value, device.push_ended_at, device.push_ended_for) == ("", None, "")


def test_switch_of_kind_is_kept_until_another_address_comes(phone: Phone) -> None:
    token, fid = PUSH, {"kind": "fcm_fid", "value": "erfunden-3"}
    said = [token, token, fid, fid, {**fid, "value": "erfunden-4"}, None, token]
    assert [put(phone, push).push_switched for push in said] == [False, False, True, True, False, False, False]
