"""What is not kept for ever goes once a day; what proves performance stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.auth.actions import DeviceGiven, begin_session
from api.models import DeviceToken
from fieldwork.core.models import Blob, Event
from fieldwork.directory.activation import issue_codes
from fieldwork.directory.models import ActivationCode, User
from fieldwork.inspections.models import Picture
from fieldwork.reminders.models import Delivery, Device, Notification
from fieldwork.supervision.forgetting import forget
from tests import factories as make

NOW = datetime(2030, 11, 21, 4, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def notification(user: User, at: datetime) -> Notification:
    told = Notification.objects.create(user=user, kind="reminder", at=at, delivered_at=at, title="测试", body="某某镇")
    Delivery.objects.create(
        notification=told, channel="mail", state="sent", not_before=at, ended_at=at, sent_to="a…@example.cn",
        provider_id="x1",
    )  # fmt: skip
    return told


def test_words_and_addresses_go_and_that_it_was_told_stays() -> None:
    user = make.user()
    ages = [NOW - 3 * 365 * DAY - DAY, NOW - 181 * DAY, NOW - 179 * DAY]
    made = [notification(user, at) for at in ages]
    forget(NOW)
    rows = [Notification.objects.get(pk=one.pk) for one in made]
    assert [(row.title, row.body) for row in rows] == [("", ""), ("测试", "某某镇"), ("测试", "某某镇")]
    assert [row.delivered_at for row in rows] == ages
    sent = Delivery.objects.order_by("pk").values_list("state", "sent_to", "provider_id")
    assert list(sent) == [("sent", "", ""), ("sent", "", ""), ("sent", "a…@example.cn", "x1")]


def test_phone_goes_that_nobody_uses_and_stays_while_somebody_is_signed_in() -> None:
    user, long_ago = make.user(), NOW - 401 * DAY
    for key, at in (("idle", long_ago), ("recent", NOW - 399 * DAY)):
        Device.objects.create(user=user, key=key, platform="web", claimed_at=at)
    begin_session(user=user, device=DeviceGiven(key="used", name="", platform="web"), at=NOW)
    Device.objects.filter(key="used").update(claimed_at=long_ago)
    DeviceToken.objects.update(expiry=NOW + DAY)
    forget(NOW)
    assert set(Device.objects.values_list("key", flat=True)) == {"used", "recent"}
    DeviceToken.objects.update(expiry=NOW - DAY)
    forget(NOW + DAY)
    assert set(Device.objects.values_list("key", flat=True)) == {"recent"}


def test_metadata_of_a_photo_goes_with_its_bytes() -> None:
    for digest, removed_at in (("a" * 64, NOW - DAY), ("b" * 64, None)):
        blob = Blob.objects.create(
            sha256=digest, bytes=1, content_type="image/jpeg", stored_at=NOW - 9 * DAY, removed_at=removed_at
        )
        Picture.objects.create(blob=blob, latitude=24.0, longitude=113.0, camera="测试", width=4000, band_0=1)
    forget(NOW)
    gone, kept = Picture.objects.order_by("pk")
    assert (gone.latitude, gone.longitude, gone.camera, gone.width, gone.band_0) == (None, None, "", 4000, 1)
    assert (kept.latitude, kept.longitude, kept.camera) == (24.0, 113.0, "测试")
    assert Event.objects.get(kind="retention.applied").data["gone"]["metadata"] == 1


def test_codes_go_a_year_after_they_expired() -> None:
    user = make.user()
    issue_codes(users=[user], by=user, at=NOW - (365 + 15) * DAY)
    issue_codes(users=[make.user()], by=user, at=NOW - 365 * DAY)
    forget(NOW)
    assert ActivationCode.objects.count() == 1


def test_one_event_says_how_much_went_and_a_day_passes_before_the_next_look() -> None:
    user = make.user()
    notification(user, NOW - 4 * 365 * DAY)
    assert forget(NOW) == {"devices": 0, "activation_codes": 0, "addresses": 1, "words": 1, "metadata": 0}
    notification(user, NOW - 4 * 365 * DAY - DAY)
    assert forget(NOW + timedelta(hours=23)) == {}
    assert sum(forget(NOW + DAY + DAY / 24).values()) == 2
    told = Event.objects.filter(kind="retention.applied").order_by("pk")
    assert [event.data["gone"]["words"] for event in told] == [1, 1]


def test_nothing_goes_where_settings_say_so(settings: Any) -> None:
    settings.DEVICE_DAYS = settings.DELIVERY_DAYS = settings.NOTIFICATION_YEARS = 0
    user = make.user()
    notification(user, NOW - 10 * 365 * DAY)
    Device.objects.create(user=user, key="x", platform="web", claimed_at=NOW - 4000 * DAY)
    assert not any(forget(NOW).values())
    assert not Event.objects.filter(kind="retention.applied").exists()
    assert Device.objects.count() == 1
