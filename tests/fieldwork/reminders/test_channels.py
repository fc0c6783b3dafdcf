"""The ways to people, and the check of their names."""

import logging
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings

from fieldwork.reminders.channels import REGISTRY, check_channels, configured
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
    assert all(code in str(fault.hint) for code in REGISTRY)
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


def test_start_without_them_does_not_wait_for_what_only_they_need() -> None:
    load = "import django, sys; django.setup(); print([name for name in ('apprise', 'httpx') if name in sys.modules])"
    started = subprocess.run(
        [sys.executable, "-c", load], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert started.stdout.strip() == "[]"


def test_check_warns_of_a_channel_that_is_off_and_lets_the_start_go_on(settings: Any) -> None:
    settings.CHANNELS = ["inbox", "wecom", "mail", "robots"]
    settings.WECOM, settings.ROBOTS, settings.DEFAULT_FROM_EMAIL = "", {}, "fieldwork@localhost"
    found = check_channels()
    assert [one.msg for one in found] == [
        "Channel 'wecom' is off: FIELDWORK_WECOM is not set.",
        "Channel 'mail' is off: FIELDWORK_EMAIL_FROM is not set.",
        "Channel 'robots' is off: FIELDWORK_ROBOTS is not set.",
    ]
    assert {(one.id, one.is_serious()) for one in found} == {("reminders.W001", False)}


def test_check_is_silent_of_channels_that_can_send(settings: Any) -> None:
    settings.CHANNELS = ["inbox", "wecom", "mail", "robots"]
    settings.WECOM, settings.DEFAULT_FROM_EMAIL = "wechat://corp:hush@1000002", "a@example.cn"
    settings.ROBOTS = {"441802": "dingtalk://hush", "441803": "jsons://office.example.cn/in"}
    assert check_channels() == []


@pytest.mark.parametrize(
    ("wecom", "robots", "names"),
    [
        ("wechat://corp:hush@not-a-number", {}, "FIELDWORK_WECOM"),
        ("wechat://corp@1000002", {}, "FIELDWORK_WECOM"),
        ("wechat://corp:hush@1000002/@all", {}, "FIELDWORK_WECOM"),
        ("", {"441802": "wecombot://good", "441803": "dingtalk://hush_hush"}, "441803"),
        ("", {"441802": "wecombot://hush!"}, "441802"),
        ("", {"441802": "feishu://"}, "441802"),
        ("", {"441802": "jsons://hush.example/?verify=no"}, "441802"),
    ],
)
def test_check_stops_on_an_address_that_cannot_be_read_and_repeats_nothing_of_it(
    settings: Any, wecom: str, robots: dict[str, str], names: str
) -> None:
    settings.CHANNELS = ["inbox", *(["wecom"] if wecom else ["robots"])]
    settings.WECOM, settings.ROBOTS = wecom, robots
    [fault] = check_channels()
    assert fault.is_serious()
    assert names in fault.msg
    assert "hush" not in f"{fault.msg} {fault.hint}"
