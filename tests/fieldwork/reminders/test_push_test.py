"""`push_test`: what it says of each channel, and that it counts as told."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.enums import Failure
from fieldwork.reminders.models import Contact, Delivery, Device, Notification
from tests import factories

pytestmark = pytest.mark.django_db


class Pigeons:
    """To devices; the first of a batch gets through."""

    code = "fcm"
    batch = 20
    reach = Reach.DEVICES

    def fault(self) -> str:
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        gone = Outcome(Result.GONE, "no such pigeon", Failure.UNREGISTERED)
        return [Outcome(Result.SENT, provider_id="ring-7"), *[gone] * (len(messages) - 1)]


def test_every_way_is_tried_and_said(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setitem(REGISTRY, "fcm", Pigeons())
    settings.CHANNELS = ["inbox", "fcm"]
    user = factories.user(username="trial", language="en")
    for number in range(2):
        Device.objects.create(
            user=user, key=str(number), platform="android", push_kind="fcm_token", push_value=f"secret-token-{number}",
            claimed_at=datetime.now(UTC),
        )  # fmt: skip
    Contact.objects.create(user=user, channel="mail", value="nobody@example.cn")
    said = StringIO()
    call_command("push_test", "trial", stdout=said)
    assert [line.split()[0] for line in said.getvalue().splitlines()] == ["inbox", "fcm", "fcm"]
    assert "ring-7" in said.getvalue()
    assert "secret-token-0" not in said.getvalue()
    assert sorted(Delivery.objects.values_list("channel", "state")) == [
        ("fcm", "failed"),
        ("fcm", "sent"),
        ("inbox", "sent"),
    ]
    assert Device.objects.exclude(push_ended_at=None).count() == 1
    assert Notification.objects.get().title == "This is a trial."


def test_unknown_account_is_said() -> None:
    with pytest.raises(CommandError, match="no active account"):
        call_command("push_test", "nobody")
