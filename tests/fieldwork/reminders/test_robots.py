"""Group robots against servers on loopback: every answer leads to its outcome, and to that robot's alone."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fieldwork.reminders.channels.base import Result
from fieldwork.reminders.channels.robots import Robots
from fieldwork.reminders.enums import Failure
from tests.fieldwork.reminders.letters import PLAIN, message
from tests.once import ONCE
from tests.webhook import CUT, Answered, Asked, Reply, Webhook, webhook

pytestmark = ONCE

MINUTE = timedelta(minutes=1)
SENT = (Result.SENT, None)
ENDED = (Result.GONE, Failure.INVALID_ADDRESS)
LOCKED = (Result.REFUSED, Failure.CREDENTIALS)
BAD = (Result.REFUSED, Failure.INVALID_MESSAGE)
MANY = (Result.FAILED, Failure.QUOTA)
AWAY = (Result.FAILED, Failure.UNAVAILABLE)
UNKNOWN = (Result.FAILED, Failure.OTHER)
PAGE = Answered(b"<html>log in to the network</html>")
ANSWERS: list[tuple[str, Reply, tuple[Result, Failure | None]]] = [
    ("wecombot", Answered({"errcode": 0, "errmsg": "ok"}), SENT),
    ("wecombot", Answered({"errcode": 45009}), MANY),
    ("wecombot", Answered({"errcode": 93000}), ENDED),
    ("wecombot", Answered({"errcode": 45002}), BAD),
    ("wecombot", Answered({"errcode": -1}), AWAY),
    ("wecombot", Answered({"errcode": 99}), UNKNOWN),
    ("wecombot", PAGE, UNKNOWN),
    ("wecombot", Answered({}, 502), AWAY),
    ("wecombot", CUT, AWAY),
    ("dingtalk", Answered({"errcode": 0, "errmsg": "ok"}), SENT),
    ("dingtalk", Answered({"errcode": 130101}), MANY),
    ("dingtalk", Answered({"errcode": 410100}), MANY),
    ("dingtalk", Answered({"errcode": 300001}), ENDED),
    ("dingtalk", Answered({"errcode": 400101}), ENDED),
    ("dingtalk", Answered({"errcode": 310000, "errmsg": "sign not match"}), LOCKED),
    ("dingtalk", Answered({"errcode": 430101}), BAD),
    ("dingtalk", PAGE, UNKNOWN),
    ("dingtalk", CUT, AWAY),
    ("feishu", Answered({"code": 0, "msg": "success"}), SENT),
    ("feishu", Answered({"code": 9499, "msg": "Too Many Requests"}), MANY),
    ("feishu", Answered({"code": 9499, "msg": "Bad Request"}), BAD),
    ("feishu", Answered({"code": 11232, "msg": "frequency limited"}, 400), MANY),
    ("feishu", Answered({"code": 19001}), ENDED),
    ("feishu", Answered({"code": 19021}), LOCKED),
    ("feishu", Answered({"code": 19024}), LOCKED),
    ("feishu", Answered({}, 429, {"Retry-After": "60"}), MANY),
    ("feishu", PAGE, UNKNOWN),
    ("json", Answered({}, 204), SENT),
    ("json", Answered({}, 401), LOCKED),
    ("json", Answered({}, 404), ENDED),
    ("json", Answered({}, 410), ENDED),
    ("json", Answered({}, 400), BAD),
    ("json", Answered(b"", 302, {"Location": "https://elsewhere.example/"}), BAD),
    ("json", Answered({}, 429, {"Retry-After": "60"}), MANY),
    ("json", Answered({}, 500), AWAY),
    ("json", CUT, AWAY),
]


class Group:
    """Answers as told, by the robot's key or path."""

    def __init__(self) -> None:
        self.by_key: dict[str, Reply] = {}

    def __call__(self, asked: Asked) -> Reply:
        key = asked.query.get("key") or asked.query.get("access_token") or asked.path.rpartition("/")[2]
        return self.by_key.get(key, Answered({"errcode": 0, "code": 0}))


@pytest.fixture
def group() -> Group:
    return Group()


@pytest.fixture
def server(settings: Any, group: Group) -> Iterator[Webhook]:
    with webhook(group) as started:
        settings.WECOM_URL = settings.DINGTALK_URL = settings.FEISHU_URL = started.url
        settings.ROBOTS = {
            "441802": "wecombot://hushwecombot", "441803": "dingtalk://hushdingtalk", "441821": "feishu://hushfeishu",
            "441823": f"json://{started.host}/hushjson",
        }  # fmt: skip
        yield started


def to(code: str, **changes: Any) -> Any:
    return message("robots", code, **changes)


@pytest.mark.parametrize(("scheme", "answer", "outcome"), ANSWERS)
def test_answer_leads_to_its_outcome_and_to_that_robots_alone(
    server: Webhook, group: Group, settings: Any, scheme: str, answer: Reply, outcome: tuple[Result, Failure | None]
) -> None:
    group.by_key = {f"hush{scheme}": answer}
    batch = [to(code) for code in settings.ROBOTS]
    expected = [outcome if url.startswith(scheme) else SENT for url in settings.ROBOTS.values()]
    outcomes = Robots().send(batch)
    assert [(one.result, one.reason) for one in outcomes] == expected
    assert {one.retry_after for one in outcomes if one.reason == Failure.QUOTA} <= {MINUTE}
    assert not [one for one in outcomes if one.reason == Failure.QUOTA and one.retry_after is None]
    assert not [one.text for one in outcomes if "hush" in one.text or "4418" in one.text or server.host in one.text]


def test_each_robot_is_told_in_its_own_way_and_names_nobody(server: Webhook, settings: Any) -> None:
    words = "还有 3 天\n本月还有一项未完成"
    Robots().send([to(code) for code in settings.ROBOTS])
    told = {asked.path: (asked.query, asked.body) for asked in server.asked}
    assert told == {
        "/cgi-bin/webhook/send": ({"key": "hushwecombot"}, {"msgtype": "text", "text": {"content": words}}),
        "/robot/send": (
            {"access_token": "hushdingtalk"},
            {"msgtype": "text", "text": {"content": words}, "at": {"atMobiles": []}},
        ),
        "/open-apis/bot/v2/hook/hushfeishu": ({}, {"msg_type": "text", "content": {"text": words}}),
        "/hushjson": (
            {},
            {
                "version": "1.0",
                "title": "还有 3 天",
                "message": "本月还有一项未完成",
                "type": "info",
                "tag": "obligation:1",
            },
        ),
    }


def test_names_are_in_it_where_configured(server: Webhook, settings: Any) -> None:
    settings.ROBOTS_NAMES = True
    Robots().send([to(code) for code in settings.ROBOTS])
    assert ["测试镇" in str(asked.body) for asked in server.asked] == [True] * 4


def test_dingtalk_is_signed_so_that_dingtalk_would_take_it(server: Webhook, settings: Any) -> None:
    settings.ROBOTS = {"441803": "dingtalk://SEChush@hushdingtalk"}
    Robots().send([to("441803")] * 20)
    for asked in server.asked:
        words = f"{asked.query['timestamp']}\nSEChush".encode()
        made = base64.b64encode(hmac.new(b"SEChush", words, hashlib.sha256).digest()).decode()
        assert asked.query["sign"] == made


def test_long_text_is_cut_where_the_robot_takes_no_more(server: Webhook) -> None:
    Robots().send([to("441802", brief="镇" * 1000)])
    assert 2040 < len(server.asked[0].body["text"]["content"].encode()) <= 2048


def test_webhook_of_ones_own_has_its_fields_headers_and_password(server: Webhook, settings: Any) -> None:
    settings.ROBOTS = {"441823": f"json://user:pass@{server.host}/in?+X-Office=441823&:message=text&:kind=digest&-v=2"}
    Robots().send([to("441823")])
    [asked] = server.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/in", {"v": "2"})
    assert asked.headers["X-Office"] == "441823"
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(b"user:pass").decode()
    assert (asked.body["text"], asked.body["kind"], "message" in asked.body) == ("本月还有一项未完成", "digest", False)


def test_division_without_a_robot_any_more(server: Webhook) -> None:
    outcomes = Robots().send([to("445200"), PLAIN, to("441802")])
    gone = (Result.GONE, Failure.NO_ADDRESS)
    assert [(one.result, one.reason) for one in outcomes] == [gone, gone, SENT]


def test_robot_that_is_not_there(settings: Any) -> None:
    settings.ROBOTS = {"441802": "wecombot://key"}
    settings.WECOM_URL = "http://127.0.0.1:1"
    assert [(one.result, one.reason) for one in Robots().send([to("441802")])] == [AWAY]


def test_logs_hold_no_key(server: Webhook, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Robots().send([to(code) for code in settings.ROBOTS])
    assert not [line for line in caplog.messages if "hush" in line]


def test_planning_knows_who_has_a_robot(settings: Any) -> None:
    settings.ROBOTS = {"441802": "wecombot://key"}
    assert Robots().groups() == {"441802"}
    assert Robots().fault() == ""
    settings.ROBOTS = {}
    assert Robots().fault() == "FIELDWORK_ROBOTS is not set."
