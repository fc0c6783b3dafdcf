"""The FCM channel: the real firebase-admin against a server that speaks FCM's protocol."""

import json
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldwork.reminders.channels.base import Outcome, Result
from fieldwork.reminders.channels.fcm import Fcm
from fieldwork.reminders.enums import Failure
from tests.fcm import FakeFcm
from tests.fcm_answers import BY_ADDRESS, INTERNAL, Answer, Manner
from tests.fieldwork.reminders.pushing import a_message
from tests.once import ONCE

pytestmark = ONCE

FAILED, GONE, REFUSED, SENT, STOPPED = Result.FAILED, Result.GONE, Result.REFUSED, Result.SENT, Result.STOPPED

# What each answer leads to: how it went, why, and how long to wait.
TABLE: dict[str, tuple[Result, Failure, int | None]] = {
    "unregistered": (GONE, Failure.UNREGISTERED, None),
    "mismatch": (GONE, Failure.SENDER_MISMATCH, None),
    "bad_token": (GONE, Failure.INVALID_ADDRESS, None),
    "bad_fid": (GONE, Failure.INVALID_ADDRESS, None),
    "bad_by_text": (GONE, Failure.INVALID_ADDRESS, None),
    "bad_message": (REFUSED, Failure.INVALID_MESSAGE, None),
    "too_long": (REFUSED, Failure.INVALID_MESSAGE, None),
    "quota": (FAILED, Failure.QUOTA, 30),
    "quota_until": (FAILED, Failure.QUOTA, 90),
    "quota_oddly": (FAILED, Failure.QUOTA, None),
    "internal": (FAILED, Failure.UNAVAILABLE, None),
    "unavailable": (FAILED, Failure.UNAVAILABLE, 120),
    "apns": (FAILED, Failure.CREDENTIALS, None),
    "unauthorized": (STOPPED, Failure.CREDENTIALS, None),
    "forbidden": (STOPPED, Failure.CREDENTIALS, None),
    "nowhere": (FAILED, Failure.UNAVAILABLE, None),
    "gateway": (FAILED, Failure.UNAVAILABLE, None),
    "bad_page": (FAILED, Failure.UNAVAILABLE, None),
    "bad_oddly": (REFUSED, Failure.INVALID_MESSAGE, None),
    "odd_error": (FAILED, Failure.UNAVAILABLE, None),
    "odd_details": (FAILED, Failure.UNAVAILABLE, None),
    "no_name": (FAILED, Failure.UNAVAILABLE, None),
    "no_json": (FAILED, Failure.UNAVAILABLE, None),
    "moved": (FAILED, Failure.UNAVAILABLE, None),
    "slow": (FAILED, Failure.TIMEOUT, None),
    "trickle": (FAILED, Failure.TIMEOUT, None),
    "cut": (FAILED, Failure.UNAVAILABLE, None),
    "halved": (FAILED, Failure.UNAVAILABLE, None),
}

# The same for the token endpoint.
NO_TOKEN: dict[str, tuple[Answer, Result, Failure]] = {
    "invalid_grant": (Answer(400, b'{"error": "invalid_grant"}'), STOPPED, Failure.CREDENTIALS),
    "disabled": (Answer(401, b'{"error": "disabled_client"}'), STOPPED, Failure.CREDENTIALS),
    "internal": (INTERNAL, FAILED, Failure.UNAVAILABLE),
    "busy": (Answer(429, b"{}"), FAILED, Failure.UNAVAILABLE),
    "says it is busy": (Answer(400, b'{"error": "temporarily_unavailable"}'), FAILED, Failure.UNAVAILABLE),
    "another page": (Answer(200, b"<html>Welcome</html>"), FAILED, Failure.UNAVAILABLE),
    "a list": (Answer(200, b"[]"), FAILED, Failure.UNAVAILABLE),
    "slow": (Answer(manner=Manner.NEVER), FAILED, Failure.TIMEOUT),
    "trickle": (Answer(manner=Manner.TRICKLED), FAILED, Failure.TIMEOUT),
    "cut": (Answer(manner=Manner.CUT), FAILED, Failure.UNAVAILABLE),
}


def test_every_answer_has_its_row() -> None:
    assert TABLE.keys() == BY_ADDRESS.keys()


@pytest.mark.parametrize("name", TABLE)
def test_each_answer_leads_to_its_outcome(fake: FakeFcm, kept: Callable[..., Fcm], name: str) -> None:
    result, reason, wait = TABLE[name]
    fcm = kept(within=0.5) if name == "trickle" else kept(patience=0.5) if name == "slow" else kept()
    fake.forget()
    [outcome] = fcm.send([a_message(f"{name}-1")])
    assert {one["token"] for one in fake.messages} == {f"{name}-1"}
    assert (outcome.result, outcome.reason) == (result, reason), outcome
    assert outcome.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert outcome.text
    assert f"{name}-1" not in outcome.text
    assert "secret" not in outcome.text


@pytest.mark.parametrize("name", NO_TOKEN)
def test_each_answer_of_the_token_endpoint_leads_to_its_outcome(
    kept: Callable[..., Fcm], fake: FakeFcm, name: str
) -> None:
    answer, result, reason = NO_TOKEN[name]
    fcm = kept(patience=0.5 if reason == Failure.TIMEOUT else 5)
    fake.forget()
    fake.revoke()
    fake.token_answer = answer
    began = time.monotonic()
    outcomes = fcm.send([a_message(), a_message()])
    assert time.monotonic() - began < 3
    assert [(one.result, one.reason) for one in outcomes] == [(result, reason)] * 2, outcomes
    assert fake.messages == []
    assert fake.token_requests == 1


def test_unreachable_servers_are_unavailable(settings: Any, fake: FakeFcm, fresh: Fcm) -> None:
    with FakeFcm() as gone:
        settings.FCM_URL = gone.url
    [outcome] = fresh.send([a_message()])
    assert (outcome.result, outcome.reason) == (FAILED, Failure.UNAVAILABLE)
    assert gone.url.rpartition(":")[2] not in outcome.text


@pytest.fixture
def certified(tmp_path: Path) -> Path:
    """A certificate of this machine's own with its key."""
    path = tmp_path / "loopback.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path, "-out", f"{path}.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


def test_over_tls_certificates_are_checked_and_hanging_calls_end(
    settings: Any, monkeypatch: pytest.MonkeyPatch, fresh: Fcm, certified: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certified)
    settings.FCM_IN_FLIGHT = 1
    with FakeFcm(tls=tls) as fake:
        settings.FCM_URL = fake.url
        settings.FCM_CREDENTIALS = str(fake.write_account(certified.with_name("account.json")))
        [stranger] = fresh.send([a_message()])
        assert (stranger.result, stranger.reason, fake.token_requests) == (FAILED, Failure.UNAVAILABLE, 0)
        fresh.close()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certified))
        assert [one.result for one in fresh.send([a_message()])] == [SENT]
        fresh.within = 0.5
        for name in ("trickle", "slow"):
            assert [one.reason for one in fresh.send([a_message(f"{name}-1")])] == [Failure.TIMEOUT]
        assert [one.result for one in fresh.send([a_message()])] == [SENT]


def test_a_message_carries_what_the_phone_needs(fcm: Fcm, fake: FakeFcm) -> None:
    [outcome] = fcm.send([a_message()])
    assert outcome == Outcome(SENT, provider_id=outcome.provider_id)
    assert outcome.provider_id.startswith("projects/p/messages/")
    assert fake.messages == [
        {
            "token": "phone-1",
            "notification": {"title": "履职提醒", "body": "您有一项未完成"},
            "data": {"notification": "7", "kind": "lapse", "link": "fieldwork://tasks/9"},
            "android": {"priority": "high", "notification": {"tag": "lapse:7"}},
            "apns": {"headers": {"apns-priority": "10", "apns-collapse-id": "lapse:7"}},
        }
    ]


def test_installation_ids_go_as_such(fcm: Fcm, fake: FakeFcm) -> None:
    fcm.send([a_message("phone-2", kind="fcm_fid")])
    assert [(one.get("fid"), one.get("token")) for one in fake.messages] == [("phone-2", None)]


def test_names_stay_here_unless_they_may_leave(settings: Any, fresh: Fcm, fake: FakeFcm) -> None:
    fresh.send([a_message()])
    assert "测试员甲" not in json.dumps(fake.messages, ensure_ascii=False)
    assert "示例镇" not in json.dumps(fake.messages, ensure_ascii=False)
    settings.FCM_NAMES = True
    fresh.close()
    fresh.send([a_message()])
    assert fake.messages[-1]["notification"]["body"] == "测试员甲 示例镇"


@pytest.mark.parametrize(
    ("tag", "as_it_is"), [("x" * 64, True), ("x" * 65, False), ("县" * 22, False), ("a\nb", False)]
)
def test_a_tag_that_apple_would_not_take_becomes_a_digest(fcm: Fcm, fake: FakeFcm, tag: str, as_it_is: bool) -> None:
    fcm.send([a_message(tag=tag), a_message(tag=tag)])
    android = {one["android"]["notification"]["tag"] for one in fake.messages}
    assert android == {one["apns"]["headers"]["apns-collapse-id"] for one in fake.messages}
    [shown] = android
    assert (shown == tag) is as_it_is
    assert len(shown.encode()) <= 64


def test_outcomes_stand_in_the_order_of_their_messages_whatever_else_is_in_the_batch(fcm: Fcm, fake: FakeFcm) -> None:
    batch = [
        a_message("phone-1"),
        a_message("", tag="empty"),
        a_message("phone-2", kind="webpush"),
        replace(a_message(), address=None),
        a_message("unregistered-1"),
        a_message("odd_details-1"),
        a_message("phone-4"),
    ]
    assert [(one.result, one.reason) for one in fcm.send(batch)] == [
        (SENT, None),
        (REFUSED, Failure.INVALID_MESSAGE),
        (REFUSED, Failure.INVALID_MESSAGE),
        (REFUSED, Failure.INVALID_MESSAGE),
        (GONE, Failure.UNREGISTERED),
        (FAILED, Failure.UNAVAILABLE),
        (SENT, None),
    ]
    assert set(fake.accepted) == {"phone-1", "phone-4"}
