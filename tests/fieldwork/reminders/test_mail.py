"""Mail against a real server on loopback: every answer leads to its outcome."""

import email
import email.policy
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from fieldwork.reminders.channels.base import Outcome, Result
from fieldwork.reminders.channels.mail import Mail
from fieldwork.reminders.enums import Failure
from tests.fieldwork.reminders.letters import message
from tests.once import ONCE
from tests.smtp import CUT, DRIP, HANG, MailServer, mail_server

pytestmark = ONCE

RECIPIENT = [
    ("550 5.1.1 no such user", Result.GONE, Failure.INVALID_ADDRESS),
    ("550 Mailbox not found", Result.GONE, Failure.INVALID_ADDRESS),
    ("551 not here", Result.GONE, Failure.INVALID_ADDRESS),
    ("553 not a name", Result.GONE, Failure.INVALID_ADDRESS),
    ("550 5.7.1 not from you", Result.REFUSED, Failure.INVALID_MESSAGE),
    ("552 5.2.2 mailbox full", Result.REFUSED, Failure.INVALID_MESSAGE),
    ("554 5.7.1 relay access denied", Result.REFUSED, Failure.INVALID_MESSAGE),
    ("550 Ip frequency limited", Result.FAILED, Failure.QUOTA),
    ("451 4.7.1 greylisted", Result.FAILED, Failure.UNAVAILABLE),
    ("452 too many", Result.FAILED, Failure.UNAVAILABLE),
]
WORDS = [
    ("554 content refused", Result.REFUSED, Failure.INVALID_MESSAGE),
    ("552 too long", Result.REFUSED, Failure.INVALID_MESSAGE),
    ("451 later", Result.FAILED, Failure.UNAVAILABLE),
]
LOG_IN = [
    ("535 5.7.8 who are you", Result.STOPPED, Failure.CREDENTIALS),
    ("454 4.7.0 later", Result.FAILED, Failure.UNAVAILABLE),
]
SENDER = [
    ("553 not your own address", Result.STOPPED, Failure.CREDENTIALS),
    ("530 log in first", Result.STOPPED, Failure.CREDENTIALS),
    ("451 later", Result.FAILED, Failure.UNAVAILABLE),
]


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with mail_server(settings) as started:
        yield started


def to(address: str, **changes: Any) -> Any:
    return message("mail", address, **changes)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def kinds(outcomes: Any) -> list[tuple[Result, Failure | None]]:
    return [(one.result, one.reason) for one in outcomes]


def silent(outcomes: Any) -> None:
    """No outcome's text names an address or quotes the server."""
    assert not [one.text for one in outcomes if "@" in one.text or "example" in one.text]


def test_cut_in_the_middle_leaves_what_was_sent_sent(server: MailServer) -> None:
    server.on_recipient = {"c@example.cn": CUT}
    batch = [to(f"{name}@example.cn", notification=number) for number, name in enumerate("abcd")]
    outcomes = Mail().send(batch)
    away = (Result.FAILED, Failure.UNAVAILABLE)
    assert kinds(outcomes) == [(Result.SENT, None), (Result.SENT, None), away, away]
    assert [read(raw)["To"] for raw in server.letters] == ["a@example.cn", "b@example.cn"]
    assert server.connections == 1
    silent(outcomes)


@pytest.mark.parametrize("where", ["greeting", "recipient", "words"])
def test_server_that_hangs_is_left_and_what_was_sent_stays_sent(server: MailServer, settings: Any, where: str) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    sent = {"greeting": 0, "recipient": 1, "words": 1}[where]
    if where == "greeting":
        server.greeting = HANG
    elif where == "recipient":
        server.on_recipient = {"b@example.cn": HANG}
    else:
        server.on_words = {"second": HANG}
    batch = [to("a@example.cn"), to("b@example.cn", title="second"), to("c@example.cn", title="third")]
    late = (Result.FAILED, Failure.TIMEOUT)
    assert kinds(Mail().send(batch)) == [(Result.SENT, None)] * sent + [late] * (3 - sent)
    assert len(server.letters) == sent


@pytest.mark.parametrize("where", ["greeting", "recipient"])
def test_server_that_drips_is_left_in_time(server: MailServer, where: str) -> None:
    """Each byte comes soon enough; the answer never does. Nothing of ours stays behind at it."""
    if where == "greeting":
        server.greeting = DRIP
    else:
        server.on_recipient = {"b@example.cn": DRIP}
    began = time.monotonic()
    outcomes = Mail(seconds=0.5).send([to("a@example.cn"), to("b@example.cn"), to("c@example.cn")])
    assert time.monotonic() - began < 2
    sent = 0 if where == "greeting" else 1
    assert kinds(outcomes) == [(Result.SENT, None)] * sent + [(Result.FAILED, Failure.TIMEOUT)] * (3 - sent)


def test_one_that_is_left_sends_nothing_afterwards(server: MailServer) -> None:
    server.on_recipient = {"a@example.cn": DRIP}
    before = set(threading.enumerate())
    Mail(seconds=0.3).send([to("a@example.cn"), to("b@example.cn")])
    for thread in set(threading.enumerate()) - before:
        if thread.daemon and "process_request" not in thread.name:
            thread.join(timeout=5)
            assert not thread.is_alive()
    assert server.letters == []


@pytest.mark.parametrize(("answer", "result", "reason"), RECIPIENT)
def test_refused_recipient_is_one_message_alone(
    server: MailServer, answer: str, result: Result, reason: Failure
) -> None:
    server.on_recipient = {"b@example.cn": answer}
    outcomes = Mail().send([to("a@example.cn"), to("b@example.cn"), to("c@example.cn")])
    assert kinds(outcomes) == [(Result.SENT, None), (result, reason), (Result.SENT, None)]
    assert answer[:3] in outcomes[1].text
    silent(outcomes)


@pytest.mark.parametrize(("answer", "result", "reason"), WORDS)
def test_refused_words_are_one_message_alone(server: MailServer, answer: str, result: Result, reason: Failure) -> None:
    server.on_words = {"second": answer}
    outcomes = Mail().send([to("a@example.cn"), to("b@example.cn", title="second"), to("c@example.cn")])
    assert kinds(outcomes) == [(Result.SENT, None), (result, reason), (Result.SENT, None)]


@pytest.mark.parametrize(("answer", "result", "reason"), LOG_IN)
def test_refused_log_in_holds_for_all(
    server: MailServer, settings: Any, answer: str, result: Result, reason: Failure
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "reminders", "hush-hush"
    server.on_auth = answer
    outcomes = Mail().send([to("a@example.cn"), to("b@example.cn")])
    assert kinds(outcomes) == [(result, reason)] * 2
    assert server.letters == []
    assert "hush" not in outcomes[0].text


@pytest.mark.parametrize(("answer", "result", "reason"), SENDER)
def test_refused_sender(server: MailServer, answer: str, result: Result, reason: Failure) -> None:
    server.on_sender = answer
    outcomes = Mail().send([to("a@example.cn"), to("b@example.cn")])
    assert kinds(outcomes) == [(result, reason)] * 2
    assert server.letters == []


def test_server_that_knows_no_log_in_stops_the_channel(server: MailServer, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "reminders", "hush-hush"
    server.knows_auth = False
    assert kinds(Mail().send([to("a@example.cn")])) == [(Result.STOPPED, Failure.CREDENTIALS)]


def test_server_that_is_not_there(server: MailServer, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    assert kinds(Mail().send([to("a@example.cn")] * 2)) == [(Result.FAILED, Failure.UNAVAILABLE)] * 2


def test_server_that_greets_with_a_no(server: MailServer) -> None:
    server.greeting = "554 no service"
    assert kinds(Mail().send([to("a@example.cn")])) == [(Result.FAILED, Failure.UNAVAILABLE)]


@pytest.mark.parametrize("address", ["", "nobody", "a@example.cn, b@example.cn", "a@example.cn\nBcc: b@example.cn"])
def test_what_is_no_address_of_one_person_is_never_asked_for(server: MailServer, address: str) -> None:
    outcomes = Mail().send([to(address), to("a@example.cn")])
    assert kinds(outcomes) == [(Result.GONE, Failure.INVALID_ADDRESS), (Result.SENT, None)]
    assert [read(raw)["To"] for raw in server.letters] == ["a@example.cn"]


def test_letter_says_title_and_brief_in_the_readers_language_and_names_nobody(server: MailServer) -> None:
    [outcome] = Mail().send([to("a@example.cn")])
    letter = read(server.letters[0])
    assert letter["Subject"] == "还有 3 天"
    assert letter.get_content().strip() == "本月还有一项未完成"
    assert (letter.get_content_type(), letter.get_content_charset()) == ("text/plain", "utf-8")
    assert letter["From"] == "安监提醒 <reminders@example.cn>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert outcome == Outcome(Result.SENT, provider_id=letter["Message-ID"])


def test_names_are_in_it_where_configured(server: MailServer, settings: Any) -> None:
    settings.MAIL_NAMES = True
    Mail().send([to("a@example.cn")])
    assert "测试镇" in read(server.letters[0]).get_content()


def test_title_cannot_add_a_header(server: MailServer) -> None:
    assert kinds(Mail().send([to("a@example.cn", title="first\r\nBcc: b@example.cn\n\nbody")])) == [(Result.SENT, None)]
    letter = read(server.letters[0])
    assert letter["Bcc"] is None
    assert letter["Subject"] == "first Bcc: b@example.cn body"


def test_repeat_is_the_same_letter_and_the_next_of_its_subject_the_same_thread(server: MailServer) -> None:
    Mail().send([to("a@example.cn"), to("a@example.cn"), to("a@example.cn", notification=2)])
    Mail().send([to("a@example.cn", notification=3, tag="obligation:2")])
    first, repeat, later, other = [read(raw) for raw in server.letters]
    assert first["Message-ID"] == repeat["Message-ID"] != later["Message-ID"]
    assert first["References"] == later["References"] == later["In-Reply-To"] != other["References"]


def test_two_installations_never_take_each_others_letters_for_repeats(server: MailServer, settings: Any) -> None:
    [ours] = Mail().send([to("a@example.cn")])
    settings.SECRET_KEY = "another installation's"
    [theirs] = Mail().send([to("a@example.cn")])
    assert ours.provider_id != theirs.provider_id


@pytest.mark.parametrize(
    ("sender", "off"),
    [("fieldwork@localhost", True), ("", True), ("a@example.cn", False), ("甲 <a@example.cn>", False)],
)
def test_mail_is_off_until_it_has_a_sender(settings: Any, sender: str, off: bool) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    assert ("FIELDWORK_EMAIL_FROM" in Mail().fault()) == off
