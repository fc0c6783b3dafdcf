"""Mail, through the server that the installation's other mail goes through."""

import smtplib
import socket
import threading
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac

from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.enums import Failure

_STEP_SECONDS = 5  # for each of the server's answers
_PERMANENT = 500
_NOBODY = {550, 551, 553, 556}
_LATE = Outcome(Result.FAILED, "The mail server did not answer in time.", Failure.TIMEOUT)
_AWAY = Outcome(Result.FAILED, "The mail server could not be reached, or broke off.", Failure.UNAVAILABLE)


class Mail:
    """One connection a batch.

    `seconds` is what a batch may take, look-ups of names and slow servers included.
    """

    code = "mail"
    batch = 20
    reach = Reach.CONTACT

    def __init__(self, seconds: float = 7.0) -> None:
        self.seconds = seconds

    def fault(self) -> str:
        """Whatever server takes our mail, its sender has an address that this machine alone does not know."""
        return "FIELDWORK_EMAIL_FROM is not set." if _domain() in {"", "localhost"} else ""

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        # A thread of its own that may outlive us: no limit of the standard library's holds for a look-up, or for a
        # server that sends a byte now and then.
        run = _Run(messages)
        threading.Thread(target=run.go, daemon=True).start()
        run.ended.wait(self.seconds)
        return run.leave()


class _Run:
    """One batch on its way: what was answered so far stands, whenever it is left."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.messages = messages
        self.outcomes: list[Outcome] = []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.left = False
        self.server: Any = get_connection(timeout=min(settings.EMAIL_TIMEOUT or _STEP_SECONDS, _STEP_SECONDS))

    def leave(self) -> list[Outcome]:
        """An outcome for each message; what is still under way counts as not answered."""
        with self.lock:
            self.left = True
        sock = getattr(getattr(self.server, "connection", None), "sock", None)
        if sock is not None and not self.ended.is_set():
            _shut(sock)
        return self.outcomes + [_LATE] * (len(self.messages) - len(self.outcomes))

    def go(self) -> None:
        try:
            self._send_all()
        finally:
            self.ended.set()
        _close(self.server)

    def _send_all(self) -> None:
        try:
            self.server.open()
        except (smtplib.SMTPException, OSError) as error:
            self._fill(_shut_out(error))
            return
        for one in self.messages:
            if self.left:
                return
            outcome = _attempt(self.server, one)
            if not self._keep(outcome):
                return
            if outcome in {_LATE, _AWAY} or outcome.result == Result.STOPPED:
                self._fill(outcome)

    def _keep(self, outcome: Outcome) -> bool:
        with self.lock:
            if not self.left and len(self.outcomes) < len(self.messages):
                self.outcomes.append(outcome)
            return not self.left and len(self.outcomes) < len(self.messages)

    def _fill(self, outcome: Outcome) -> None:
        """The rest goes as this one went: the connection is gone, or nobody is let in."""
        while self._keep(outcome):
            pass


def _attempt(server: Any, one: Message) -> Outcome:
    to = one.address.value if one.address else ""
    try:
        validate_email(to)
    except ValidationError:
        return Outcome(Result.GONE, "That is not an address of one person.", Failure.INVALID_ADDRESS)
    letter = compose(one, to, server)
    try:
        server.send_messages([letter])
    except smtplib.SMTPRecipientsRefused as error:
        ((code, said),) = error.recipients.values()
        return _refused_recipient(code, said)
    except smtplib.SMTPSenderRefused as error:
        return _of_channel(error.smtp_code)
    except smtplib.SMTPResponseException as error:
        return _refused_words(error.smtp_code)
    except (smtplib.SMTPException, OSError) as error:
        return _LATE if _timed_out(error) else _AWAY
    return Outcome(Result.SENT, provider_id=letter.extra_headers["Message-ID"])


def compose(one: Message, to: str, server: Any = None) -> EmailMessage:
    """The letter. A repeat has the same Message-ID, by which most servers drop it; one subject makes one thread."""
    thread = _id("thread", one.user, one.tag)
    return EmailMessage(
        " ".join(one.title.split()),  # a title has one line: headers end at the second
        one.body if settings.MAIL_NAMES else one.brief,
        to=[to],
        connection=server,
        headers={
            "Message-ID": _id("letter", one.notification, one.tag),
            "References": thread,
            "In-Reply-To": thread,
            "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's absence answers it
        },
    )


def _id(*what: object) -> str:
    """Of this installation alone: two that share a sender must not take each other's letters for repeats."""
    return f"<{salted_hmac('fieldwork.reminders.mail', repr(what)).hexdigest()}@{_domain() or 'localhost'}>"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()


def _shut_out(error: OSError) -> Outcome:
    """Why there is no connection on which to send."""
    match error:
        case smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return _AWAY
        case smtplib.SMTPResponseException():
            return _of_channel(error.smtp_code)
        case smtplib.SMTPNotSupportedError():
            return Outcome(Result.STOPPED, "The mail server knows no STARTTLS, or no log-in.", Failure.CREDENTIALS)
    return _LATE if _timed_out(error) else _AWAY


def _of_channel(code: int) -> Outcome:
    """The server refused the installation: its log-in, or its sender."""
    if code < _PERMANENT:
        return Outcome(Result.FAILED, f"The mail server answered {code}.", Failure.UNAVAILABLE)
    return Outcome(Result.STOPPED, f"The mail server refused the log-in or the sender: {code}.", Failure.CREDENTIALS)


def _refused_recipient(code: int, said: bytes) -> Outcome:
    """Some say 550 for a mailbox that is not there, for a policy (5.7.x), and, as Tencent, for too many at once."""
    text = f"The mail server answered {code} for this recipient."
    if code < _PERMANENT:
        return Outcome(Result.FAILED, text, Failure.UNAVAILABLE)
    if b"frequency" in said.lower():
        return Outcome(Result.FAILED, text, Failure.QUOTA)
    if code in _NOBODY and not said.startswith((b"5.7.", b"5.2.")):
        return Outcome(Result.GONE, text, Failure.INVALID_ADDRESS)
    return Outcome(Result.REFUSED, text, Failure.INVALID_MESSAGE)


def _refused_words(code: int) -> Outcome:
    text = f"The mail server answered {code} to the message."
    if code < _PERMANENT:
        return Outcome(Result.FAILED, text, Failure.UNAVAILABLE)
    return Outcome(Result.REFUSED, text, Failure.INVALID_MESSAGE)


def _timed_out(error: BaseException) -> bool:
    """smtplib tells of a time-out as of a connection that was closed."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _close(server: Any) -> None:
    try:
        server.close()
    except (smtplib.SMTPException, OSError):
        return  # all was answered before


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed
