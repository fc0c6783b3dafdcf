"""What the database refuses, whoever writes to it."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from fieldwork.reminders.models import Device, Notification
from tests import factories as make

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize(("kind", "value"), [("fcm_token", ""), ("", "erfunden")])
def test_device_has_no_half_of_a_push_address(kind: str, value: str) -> None:
    with pytest.raises(IntegrityError, match="push_address_is_whole"), transaction.atomic():
        Device.objects.create(
            user=make.user(), key="1", platform="android", push_kind=kind, push_value=value, claimed_at=AT
        )


def test_notification_of_a_verdict_names_the_verdict() -> None:
    with pytest.raises(IntegrityError, match="notification_of_a_verdict_names_it"), transaction.atomic():
        Notification.objects.create(user=make.user(), kind="verdict", at=AT)
