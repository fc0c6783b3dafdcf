"""The FCM channel: the real firebase-admin against a server that speaks FCM's protocol."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldwork.reminders.channels.base import Address, Message, Outcome, Reach, Result
from fieldwork.reminders.channels.fcm import Fcm
from fieldwork.reminders.enums import Failure, NotificationKind
from tests.fcm import FakeFcm
from tests.fcm_answers import BY_ADDRESS, INTERNAL, Answer, Manner

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


@pytest.fixture
def fake(settings: Any, tmp_path: Path) -> Iterator[FakeFcm]:
    with FakeFcm() as fake:
        settings.FCM_URL = fake.url
        settings.FCM_CREDENTIALS = str(fake.write_account(tmp_path / "account.json"))
        yield fake


@pytest.fixture
def make_fcm(fake: FakeFcm) -> Iterator[Callable[..., Fcm]]:
    made: list[Fcm] = []

    def make(within: float = 5, patience: float = 5) -> Fcm:
        made.append(Fcm(within=within, patience=patience))
        return made[-1]

    yield make
    for fcm in made:
        fcm.close()


@pytest.fixture
def fcm(make_fcm: Callable[..., Fcm]) -> Fcm:
    return make_fcm()


def a_message(address: str = "phone-1", *, kind: str = "fcm_token", tag: str = "lapse:7") -> Message:
    return Message(
        notification=7, user=2, to="测试员甲", kind=NotificationKind.LAPSE, title="履职提醒", body="测试员甲 示例镇",
        brief="您有一项未完成", at=datetime(2026, 11, 30, tzinfo=UTC), tag=tag, link="fieldwork://tasks/9",
        address=Address(kind, address),
    )  # fmt: skip


def test_every_answer_has_its_row() -> None:
    assert TABLE.keys() == BY_ADDRESS.keys()


@pytest.mark.parametrize("name", TABLE)
def test_each_answer_leads_to_its_outcome(make_fcm: Callable[..., Fcm], name: str) -> None:
    result, reason, wait = TABLE[name]
    [outcome] = make_fcm(within=0.4 if reason == Failure.TIMEOUT else 5).send([a_message(f"{name}-1")])
    assert (outcome.result, outcome.reason) == (result, reason), outcome
    assert outcome.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert outcome.text
    assert f"{name}-1" not in outcome.text
    assert "secret" not in outcome.text


@pytest.mark.parametrize("name", NO_TOKEN)
def test_each_answer_of_the_token_endpoint_leads_to_its_outcome(
    make_fcm: Callable[..., Fcm], fake: FakeFcm, name: str
) -> None:
    fake.token_answer, result, reason = NO_TOKEN[name]
    outcomes = make_fcm(within=5, patience=0.3).send([a_message(), a_message()])
    assert [(one.result, one.reason) for one in outcomes] == [(result, reason)] * 2, outcomes
    assert fake.messages == []
    assert fake.token_requests == 1


def test_unreachable_servers_are_unavailable(settings: Any, fake: FakeFcm, fcm: Fcm) -> None:
    with FakeFcm() as gone:
        settings.FCM_URL = gone.url
    [outcome] = fcm.send([a_message()])
    assert (outcome.result, outcome.reason) == (FAILED, Failure.UNAVAILABLE)
    assert gone.url.rpartition(":")[2] not in outcome.text


def test_a_message_carries_what_the_phone_needs(fcm: Fcm, fake: FakeFcm) -> None:
    assert fcm.send([a_message()]) == [Outcome(SENT, provider_id="projects/p/messages/1")]
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


def test_names_stay_here_unless_they_may_leave(settings: Any, fcm: Fcm, fake: FakeFcm) -> None:
    fcm.send([a_message()])
    assert "测试员甲" not in json.dumps(fake.messages, ensure_ascii=False)
    assert "示例镇" not in json.dumps(fake.messages, ensure_ascii=False)
    settings.FCM_NAMES = True
    fcm.close()
    fcm.send([a_message()])
    assert fake.messages[-1]["notification"]["body"] == "测试员甲 示例镇"


@pytest.mark.parametrize(("tag", "kept"), [("x" * 64, True), ("x" * 65, False), ("县" * 22, False), ("a\nb", False)])
def test_a_tag_that_apple_would_not_take_becomes_a_digest(fcm: Fcm, fake: FakeFcm, tag: str, kept: bool) -> None:
    fcm.send([a_message(tag=tag), a_message(tag=tag)])
    android = {one["android"]["notification"]["tag"] for one in fake.messages}
    assert android == {one["apns"]["headers"]["apns-collapse-id"] for one in fake.messages}
    [shown] = android
    assert (shown == tag) is kept
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


def test_no_more_are_in_flight_than_the_setting_says(settings: Any, fcm: Fcm, fake: FakeFcm) -> None:
    settings.FCM_IN_FLIGHT = 4
    fake.latency = 0.02
    assert {one.result for one in fcm.send([a_message(f"phone-{n}") for n in range(40)])} == {SENT}
    assert fake.most_in_flight == 4


def test_a_failed_message_is_asked_for_once(fcm: Fcm, fake: FakeFcm) -> None:
    fcm.send([a_message("internal-1"), a_message("unavailable-1"), a_message("quota-1"), a_message("cut-1")])
    assert sum(fake.answered.values()) == 4


@pytest.mark.parametrize("name", ["slow", "trickle"])
def test_a_server_that_hangs_ends_the_batch_in_time_and_holds_no_thread(
    settings: Any, make_fcm: Callable[..., Fcm], fake: FakeFcm, name: str
) -> None:
    settings.FCM_IN_FLIGHT = 2
    fcm = make_fcm(within=0.5)
    began = time.monotonic()
    outcomes = fcm.send([a_message("phone-1"), *[a_message(f"{name}-{n}") for n in range(5)]])
    assert time.monotonic() - began < 1.5
    assert [one.result for one in outcomes] == [SENT] + [FAILED] * 5
    assert {one.reason for one in outcomes[1:]} == {Failure.TIMEOUT}
    assert [one.result for one in fcm.send([a_message(f"phone-{n}") for n in range(4)])] == [SENT] * 4


def test_an_access_token_serves_many_batches_and_is_renewed_once_when_it_is_refused(fcm: Fcm, fake: FakeFcm) -> None:
    batch = [a_message(f"phone-{n}") for n in range(20)]
    for _ in range(2):
        fcm.send(batch)
    assert fake.token_requests == 1
    fake.revoke()
    assert {one.result for one in fcm.send(batch)} == {SENT}
    assert fake.token_requests == 2


def test_an_access_token_that_ends_soon_is_renewed_before_the_batch(fcm: Fcm, fake: FakeFcm) -> None:
    fake.token_answer = Answer(200, b'{"access_token": "short", "expires_in": 30}')
    fcm.send([a_message()])
    fake.token_answer = None
    assert [one.result for one in fcm.send([a_message()])] == [SENT]


def test_a_stopped_channel_reads_its_account_anew(settings: Any, fcm: Fcm, fake: FakeFcm) -> None:
    path = Path(settings.FCM_CREDENTIALS)
    good = path.read_text()
    fake.write_account(path, private_key="-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----\n")
    [outcome] = fcm.send([a_message()])
    assert (outcome.result, outcome.reason) == (STOPPED, Failure.CREDENTIALS)
    path.write_text(good)
    assert [one.result for one in fcm.send([a_message()])] == [SENT]


def test_an_account_whose_key_google_does_not_know_stops_the_channel(
    settings: Any, fcm: Fcm, fake: FakeFcm, tmp_path: Path
) -> None:
    stranger = subprocess.run(
        [sys.executable, "-c", MAKE_ACCOUNT, str(tmp_path / "other.json"), fake.url], check=True, cwd=settings.BASE_DIR
    )
    assert stranger.returncode == 0
    settings.FCM_CREDENTIALS = str(tmp_path / "other.json")
    [outcome] = fcm.send([a_message()])
    assert (outcome.result, outcome.reason) == (STOPPED, Failure.CREDENTIALS)
    assert "Invalid JWT Signature" in outcome.text


MAKE_ACCOUNT = """
import sys
from pathlib import Path
from tests.fcm import FakeFcm

FakeFcm(port=int(sys.argv[2].rpartition(":")[2])).write_account(Path(sys.argv[1]))
"""


def test_fault_says_what_is_wrong_with_the_account(settings: Any, fake: FakeFcm, tmp_path: Path) -> None:
    path = Path(settings.FCM_CREDENTIALS)
    assert Fcm().fault() == ""
    faults = []
    for text in ("{", "[]", '{"type": "authorized_user"}'):
        path.write_text(text)
        faults.append(Fcm().fault())
    fake.write_account(path, project_id="", token_uri="")
    faults.append(Fcm().fault())
    assert all(str(path) in fault for fault in faults)
    assert "project_id, token_uri" in faults[-1]
    settings.FCM_CREDENTIALS = str(tmp_path / "missing.json")
    assert "missing.json" in Fcm().fault()
    settings.FCM_CREDENTIALS = ""
    assert "FIELDWORK_FCM_CREDENTIALS" in Fcm().fault()
    [outcome] = Fcm().send([a_message()])
    assert (outcome.result, outcome.reason, outcome.text) == (STOPPED, Failure.CREDENTIALS, Fcm().fault())
    assert fake.token_requests == 0


def test_a_child_process_has_a_line_of_its_own(fcm: Fcm, fake: FakeFcm) -> None:
    fcm.send([a_message("phone-1")])
    child = os.fork()
    if not child:
        sent = [one.result for one in fcm.send([a_message("phone-2")])]
        os._exit(0 if sent == [SENT] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert [one.result for one in fcm.send([a_message("phone-3")])] == [SENT]
    assert fake.token_requests == 2


def test_two_batches_at_once_share_what_may_be_in_flight(settings: Any, fcm: Fcm, fake: FakeFcm) -> None:
    settings.FCM_IN_FLIGHT = 3
    fake.latency = 0.01
    results: list[Result] = []
    threads = [
        threading.Thread(target=lambda: results.extend(one.result for one in fcm.send([a_message()] * 10)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [SENT] * 20
    assert fake.most_in_flight <= 3


def test_only_who_sends_imports_firebase(settings: Any) -> None:
    look = "import django, sys; django.setup(); print(sum(name.startswith('firebase_admin') for name in sys.modules))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "fieldwork.settings", "FIELDWORK_CHANNELS": "inbox,fcm"}
    ran = subprocess.run(
        [sys.executable, "-c", look], check=True, capture_output=True, text=True, env=environment, cwd=settings.BASE_DIR
    )
    assert ran.stdout.strip() == "0"


def test_it_reaches_devices_in_batches_that_one_round_of_in_flight_takes_in_time() -> None:
    assert (Fcm.code, Fcm.reach) == ("fcm", Reach.DEVICES)
