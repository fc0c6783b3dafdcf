"""WeCom's messages against a server that speaks its protocol: every answer leads to its outcome."""

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from fieldwork.reminders.channels.base import Outcome, Result
from fieldwork.reminders.channels.posting import IN_FLIGHT, together
from fieldwork.reminders.channels.wecom import WeCom, check_address
from fieldwork.reminders.enums import Failure
from tests.fieldwork.reminders.letters import PLAIN, message
from tests.once import ONCE
from tests.webhook import CUT, DRIP, HANG, Answered, Asked, Reply, Webhook, webhook

pytestmark = ONCE

SECRET = "hush-hush_1"
MINUTE = timedelta(minutes=1)
ANSWERS: list[tuple[Reply, Result, Failure | None]] = [
    (Answered({"errcode": 0, "errmsg": "ok", "msgid": "m1"}), Result.SENT, None),
    (Answered({"errcode": 40003}), Result.GONE, Failure.INVALID_ADDRESS),
    (Answered({"errcode": 60111}), Result.GONE, Failure.INVALID_ADDRESS),
    (Answered({"errcode": 81013}), Result.REFUSED, Failure.INVALID_ADDRESS),
    (Answered({"errcode": 0, "invaliduser": "zhang"}), Result.REFUSED, Failure.INVALID_ADDRESS),
    (Answered({"errcode": 0, "unlicenseduser": "zhang"}), Result.REFUSED, Failure.OTHER),
    (Answered({"errcode": 45002}), Result.REFUSED, Failure.INVALID_MESSAGE),
    (Answered({"errcode": 45009}), Result.FAILED, Failure.QUOTA),
    (Answered({"errcode": 45033}), Result.FAILED, Failure.QUOTA),
    (Answered({"errcode": -1}), Result.FAILED, Failure.UNAVAILABLE),
    (Answered({"errcode": 123456}), Result.FAILED, Failure.OTHER),
    (Answered({"errcode": 48002}), Result.STOPPED, Failure.CREDENTIALS),
    (Answered({"errcode": 60020}), Result.STOPPED, Failure.CREDENTIALS),
    (Answered({"errcode": 301002}), Result.STOPPED, Failure.CREDENTIALS),
    (Answered({"errcode": 42001}), Result.STOPPED, Failure.CREDENTIALS),
    (Answered({}), Result.FAILED, Failure.OTHER),
    (Answered({"errcode": False}), Result.FAILED, Failure.OTHER),
    (Answered([0]), Result.FAILED, Failure.OTHER),
    (Answered(b"<html>log in to the network</html>"), Result.FAILED, Failure.OTHER),
    (Answered(b'{"errcode": 0, "filler": "' + b"x" * 100_000 + b'"}'), Result.FAILED, Failure.OTHER),
    (Answered(b"", 302, {"Location": "https://elsewhere.example/"}), Result.FAILED, Failure.OTHER),
    (Answered({}, 429, {"Retry-After": "17"}), Result.FAILED, Failure.QUOTA),
    (Answered({}, 500), Result.FAILED, Failure.UNAVAILABLE),
    (Answered({"errcode": 0}, 503, {"Retry-After": "9"}), Result.FAILED, Failure.UNAVAILABLE),
    (CUT, Result.FAILED, Failure.UNAVAILABLE),
]


class Fake:
    """Gives tokens, knows them again, and answers messages by person."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.good: set[str] = set()
        self.on_token: Reply | None = None
        self.by_person: dict[str, Reply] = {}
        self.messages: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/cgi-bin/gettoken":
            return self.on_token or self.give(asked)
        assert asked.path == "/cgi-bin/message/send"
        if asked.query["access_token"] not in self.good:
            return Answered({"errcode": 42001, "errmsg": "access_token expired"})
        self.messages.append(asked)
        return self.by_person.get(asked.body["touser"], Answered({"errcode": 0, "msgid": f"m{len(self.messages)}"}))

    def give(self, asked: Asked) -> Reply:
        if asked.query != {"corpid": "corp", "corpsecret": SECRET}:
            return Answered({"errcode": 40001, "errmsg": "invalid credential"})
        self.tokens.append(f"token{len(self.tokens)}")
        self.good = {self.tokens[-1]}
        return Answered({"errcode": 0, "access_token": self.tokens[-1], "expires_in": 7200})


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def server(settings: Any, fake: Fake) -> Iterator[Webhook]:
    with webhook(fake) as started:
        settings.WECOM, settings.WECOM_URL = f"wechat://corp:{SECRET}@1000002", started.url
        yield started


def to(person: str, **changes: Any) -> Any:
    return message("wecom", person, **changes)


def kinds(outcomes: Any) -> list[tuple[Result, Failure | None]]:
    return [(one.result, one.reason) for one in outcomes]


@pytest.mark.parametrize(("answer", "result", "reason"), ANSWERS)
def test_answer_leads_to_its_outcome(
    server: Webhook, fake: Fake, answer: Reply, result: Result, reason: Failure | None
) -> None:
    fake.by_person = {"zhang": answer}
    [outcome] = WeCom().send([to("zhang")])
    assert (outcome.result, outcome.reason) == (result, reason)
    assert not [word for word in (SECRET, "token0", "zhang", server.host) if word in outcome.text]


def test_one_that_fails_leaves_the_others_alone(server: Webhook, fake: Fake) -> None:
    fake.by_person = {"b": CUT, "d": Answered({"errcode": 81013})}
    people = [to(name) for name in "abcde"]
    assert [one.result for one in WeCom().send(people)] == [
        Result.SENT, Result.FAILED, Result.SENT, Result.REFUSED, Result.SENT,
    ]  # fmt: skip
    assert len(fake.tokens) == 1


@pytest.mark.parametrize("everybody", ["@all", "all", "a|b", "a,b", "a b", "", "#1", "+1", "张三", "a\nb"])
def test_address_that_would_tell_others_is_never_asked_for(server: Webhook, fake: Fake, everybody: str) -> None:
    outcomes = WeCom().send([to(everybody), to("zhang")])
    assert kinds(outcomes) == [(Result.GONE, Failure.INVALID_ADDRESS), (Result.SENT, None)]
    assert [asked.body["touser"] for asked in fake.messages] == ["zhang"]


@pytest.mark.parametrize(
    ("answer", "result", "reason"),
    [
        (Answered({"errcode": 40001}), Result.STOPPED, Failure.CREDENTIALS),
        (Answered({"errcode": 40013}), Result.STOPPED, Failure.CREDENTIALS),
        (Answered({"errcode": 60020}), Result.STOPPED, Failure.CREDENTIALS),
        (Answered({"errcode": 45009}), Result.FAILED, Failure.QUOTA),
        (Answered({"errcode": 0}), Result.FAILED, Failure.OTHER),
        (Answered({}, 502), Result.FAILED, Failure.UNAVAILABLE),
        (CUT, Result.FAILED, Failure.UNAVAILABLE),
    ],
)
def test_what_hinders_the_token_holds_for_all_and_is_asked_once(
    server: Webhook, fake: Fake, answer: Reply, result: Result, reason: Failure
) -> None:
    fake.on_token = answer
    assert kinds(WeCom().send([to(f"p{number}") for number in range(30)])) == [(result, reason)] * 30
    assert len(server.asked) == 1


def test_quota_ends_the_asking(server: Webhook, fake: Fake) -> None:
    fake.by_person = {f"p{number}": Answered({"errcode": 45009}) for number in range(100)}
    outcomes = WeCom().send([to(f"p{number}") for number in range(100)])
    assert {(one.reason, one.retry_after) for one in outcomes} == {(Failure.QUOTA, MINUTE)}
    assert len(fake.messages) <= 2 * IN_FLIGHT


def test_retry_after_is_what_the_other_side_says(server: Webhook, fake: Fake) -> None:
    fake.by_person = {
        "a": Answered({}, 503, {"Retry-After": "17"}),
        "b": Answered({}, 503, {"Retry-After": "Fri, 27 Nov 2026 08:00:00 GMT"}),
    }
    a, b = WeCom().send([to("a"), to("b")])
    assert (a.retry_after, b.retry_after) == (timedelta(seconds=17), None)


def test_token_is_kept_for_the_next_batch(server: Webhook, fake: Fake) -> None:
    channel = WeCom()
    channel.send([to("a"), to("b")])
    channel.send([to("c")])
    assert len(fake.tokens) == 1


def test_token_that_is_over_before_its_time_is_fetched_anew_once(server: Webhook, fake: Fake) -> None:
    channel = WeCom()
    channel.send([to("a")])
    fake.good = set()
    assert {one.result for one in channel.send([to(f"p{number}") for number in range(20)])} == {Result.SENT}
    assert len(fake.tokens) == 2


class Late(Fake):
    """Says of the old token that it is over only when the new one is in use."""

    def __init__(self) -> None:
        super().__init__()
        self.renewed = threading.Event()

    def __call__(self, asked: Asked) -> Reply:
        if asked.body and asked.body["touser"] == "late" and asked.query["access_token"] == "token0":
            assert self.renewed.wait(timeout=5)
        if asked.query.get("access_token") == "token1":
            self.renewed.set()
        return super().__call__(asked)


def test_new_token_is_not_thrown_away_for_what_was_said_of_the_old_one(settings: Any) -> None:
    with webhook(fake := Late()) as server:
        settings.WECOM, settings.WECOM_URL = f"wechat://corp:{SECRET}@1000002", server.url
        channel = WeCom()
        channel.send([to("a")])
        fake.good = set()
        assert {one.result for one in channel.send([to("late"), to("b")])} == {Result.SENT}
    assert len(fake.tokens) == 2


def test_token_belongs_to_the_application_for_which_it_was_fetched(server: Webhook, fake: Fake, settings: Any) -> None:
    channel = WeCom()
    channel.send([to("a")])
    settings.WECOM = "wechat://corp:another@1000002"
    assert kinds(channel.send([to("a")])) == [(Result.STOPPED, Failure.CREDENTIALS)]


def test_message_goes_to_one_person_and_names_nobody(server: Webhook, fake: Fake) -> None:
    [outcome] = WeCom().send([to("zhang@corp.cn")])
    assert outcome == Outcome(Result.SENT, provider_id="m1")
    [asked] = fake.messages
    assert asked.body == {
        "touser": "zhang@corp.cn", "agentid": 1000002, "msgtype": "text",
        "text": {"content": "还有 3 天\n本月还有一项未完成"},
        "enable_duplicate_check": 1, "duplicate_check_interval": 600,
    }  # fmt: skip


def test_names_are_in_it_where_configured(server: Webhook, fake: Fake, settings: Any) -> None:
    settings.WECOM_NAMES = True
    WeCom().send([to("zhang")])
    assert "测试镇" in fake.messages[0].body["text"]["content"]


def test_long_text_is_cut_at_a_whole_character(server: Webhook, fake: Fake) -> None:
    WeCom().send([to("zhang", brief="镇" * 1000)])
    content = fake.messages[0].body["text"]["content"]
    assert 2040 < len(content.encode()) <= 2048
    assert content.endswith("镇…")


@pytest.mark.parametrize("how", [HANG, DRIP])
def test_service_that_does_not_answer_is_left_in_time(server: Webhook, fake: Fake, how: str) -> None:
    """A drip comes soon enough a byte at a time; only the limit for the whole batch ends it."""
    fake.by_person = {"b": how}
    channel = WeCom(seconds=0.5)
    began = time.monotonic()
    assert kinds(channel.send([to("a"), to("b"), to("c")])) == [
        (Result.SENT, None), (Result.FAILED, Failure.TIMEOUT), (Result.SENT, None),
    ]  # fmt: skip
    assert time.monotonic() - began < 2


def test_no_more_than_some_are_under_way_at_once_and_the_order_stays() -> None:
    now = most = 0

    async def one(number: int, _client: Any) -> Outcome:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return Outcome(Result.SENT, provider_id=str(number))

    done = together([partial(one, number) for number in range(50)])
    assert [outcome.provider_id for outcome in done] == [str(number) for number in range(50)]
    assert most == IN_FLIGHT


def test_logs_hold_no_secret(server: Webhook, fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs whole addresses, which have the secret and the token in them, and apprise names what it refuses."""
    with caplog.at_level(logging.DEBUG):
        WeCom().send([to("zhang")])
        with pytest.raises(ValueError, match="not as that service"):
            check_address("wechat://corp:hush-hush_2@not-a-number")
    assert not [line for line in caplog.messages if "hush" in line or "token0" in line or "not-a-number" in line]


@pytest.mark.parametrize("end", ["/@all", "/someone", "/%231", "?verify=no"])
def test_address_with_recipients_or_without_certificates_is_refused(end: str) -> None:
    with pytest.raises(ValueError, match=r"recipients|CA") as refused:
        check_address(f"wechat://corp:{SECRET}@1000002{end}")
    assert SECRET not in str(refused.value)


def test_without_its_setting_it_is_off(settings: Any) -> None:
    settings.WECOM = ""
    assert WeCom().fault() == "FIELDWORK_WECOM is not set."


def test_message_without_an_address_is_gone(server: Webhook) -> None:
    assert kinds(WeCom().send([PLAIN])) == [(Result.GONE, Failure.INVALID_ADDRESS)]
