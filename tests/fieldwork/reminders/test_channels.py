"""The ways to people, and the check of their names."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from fieldwork.reminders.channels import check_channels, configured
from fieldwork.reminders.channels.base import Message, Outcome, Result
from fieldwork.reminders.channels.console import Console
from fieldwork.reminders.enums import NotificationKind


def test_check_accepts_channels_that_exist(settings: Any) -> None:
    settings.CHANNELS = ["inbox", "console"]
    assert check_channels() == []
    assert [channel.code for channel in configured()] == ["inbox", "console"]


def test_check_names_an_unknown_channel_and_says_which_there_are(settings: Any) -> None:
    settings.CHANNELS = ["inbox", "pigeon"]
    (fault,) = check_channels()
    assert "pigeon" in fault.msg
    assert "console, inbox" in str(fault.hint)
    assert fault.is_serious()


def test_check_asks_for_the_inbox(settings: Any) -> None:
    settings.CHANNELS = ["console"]
    assert ["inbox" in fault.msg for fault in check_channels()] == [True]


def test_console_logs_one_line_a_message(caplog: pytest.LogCaptureFixture) -> None:
    message = Message(
        notification=1, user=2, to="测试员甲", kind=NotificationKind.REMINDER,
        title="3 days left.", body="first\nsecond", brief="", at=datetime(2026, 11, 27, tzinfo=UTC), tag="", link="",
    )  # fmt: skip
    with caplog.at_level(logging.INFO):
        assert Console().send([message]) == [Outcome(Result.SENT)]
    assert caplog.messages == ["reminder → 测试员甲: 3 days left. first / second"]
