"""WeCom (企业微信, 政务微信): messages of the administration's own application to its people."""

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings

from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.channels.posting import SECONDS, Answer, Kinds, ask, in_words, judge, read_address, together
from fieldwork.reminders.enums import Failure

if TYPE_CHECKING:
    import httpx

_LONGEST = 2048  # bytes of a text message
# Its own guard against doubles: the same words to the same person within so many seconds are shown once. Longer than a
# lease, so that a worker's end between its yes and our record is not seen; short, since two subjects may share words.
_SAME_WORDS_SECONDS = 600
# One person's id, and neither a list of them ("a|b") nor everybody ("@all").
_PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.\-]{0,63}")
_PAUSE = timedelta(minutes=1)
_TOKEN_OVER = {40014, 42001}
_EARLY = 300  # seconds before its end at which a token is fetched anew

_BAD = (Result.REFUSED, Failure.INVALID_MESSAGE)
# Secret, corporation or application not right, our machine's address not allowed, a right withdrawn.
_SHUT_OUT = (Result.STOPPED, Failure.CREDENTIALS)
# No such person, or one whom the application may not see: an application whose range was narrowed by mistake would
# cost every address, were it taken for gone.
_UNSEEN = (Result.REFUSED, Failure.INVALID_ADDRESS)
_KINDS: Kinds = {
    -1: (Result.FAILED, Failure.UNAVAILABLE),
    45009: (Result.FAILED, Failure.QUOTA), 45033: (Result.FAILED, Failure.QUOTA),
    40003: (Result.GONE, Failure.INVALID_ADDRESS), 60111: (Result.GONE, Failure.INVALID_ADDRESS),
    81013: _UNSEEN, 82001: _UNSEEN,
    40008: _BAD, 44004: _BAD, 45002: _BAD,
    40001: _SHUT_OUT, 40013: _SHUT_OUT, 40014: _SHUT_OUT, 40056: _SHUT_OUT, 40091: _SHUT_OUT, 41001: _SHUT_OUT,
    41002: _SHUT_OUT, 41004: _SHUT_OUT, 42001: _SHUT_OUT, 48001: _SHUT_OUT, 48002: _SHUT_OUT, 60011: _SHUT_OUT,
    60020: _SHUT_OUT, 301002: _SHUT_OUT,
}  # fmt: skip


class WeCom:
    """Keeps the token it was given: asking for one is itself limited. `seconds` is what a batch may take."""

    code = "wecom"
    batch = 100
    reach = Reach.CONTACT

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._token = _Token()

    def fault(self) -> str:
        return unusable() if settings.WECOM else "FIELDWORK_WECOM is not set."

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self._token = self._token.of((settings.WECOM_URL, settings.WECOM))
        batch = _Batch(self._token)
        return together([partial(batch.send, one) for one in messages], seconds=self.seconds)


def unusable() -> str:
    """What is wrong with the setting, without its secret; empty if nothing is."""
    try:
        check_address(settings.WECOM)
    except ValueError as error:
        return f"FIELDWORK_WECOM is not usable: {error}."
    return ""


def check_address(url: str) -> None:
    """ValueError unless it names the application alone: one with recipients would tell them of everything."""
    plugin = read_address(url)
    if plugin.users or plugin.departments or plugin.tag_ids or plugin.invalid_targets:
        raise ValueError("it names recipients")


class _Token:
    """The word by which WeCom knows the application, good for about two hours."""

    def __init__(self, whose: tuple[str, str] = ("", "")) -> None:
        self.whose = whose
        self.value, self.until = "", 0.0

    def of(self, whose: tuple[str, str]) -> "_Token":
        return self if whose == self.whose else _Token(whose)

    async def get(self, client: "httpx.AsyncClient", app: Any) -> Outcome | None:
        """Fetch one if there is none; what hinders it."""
        if self.value and time.monotonic() < self.until:
            return None
        who = {"corpid": app.corpid, "corpsecret": app.corpsecret}
        answer = await ask(client, "GET", f"{settings.WECOM_URL}/cgi-bin/gettoken", params=who)
        if isinstance(answer, Outcome):
            return answer
        judged = judge(answer, answer.body.get("errcode"), _KINDS, pause=_PAUSE)
        token, seconds = answer.body.get("access_token"), answer.body.get("expires_in")
        if judged.result != Result.SENT:
            return judged
        if not isinstance(token, str) or not token:
            return Outcome(Result.FAILED, "It gave no token.", Failure.OTHER)
        lasting = seconds if isinstance(seconds, int) else 7200
        self.value, self.until = token, time.monotonic() + max(60, lasting - _EARLY)
        return None


class _Batch:
    """Messages under one token; what hinders all of them is asked once."""

    def __init__(self, token: _Token) -> None:
        self.token = token
        self.app = read_address(settings.WECOM)
        self.hindered: Outcome | None = None
        self.fetching = asyncio.Lock()

    async def send(self, one: Message, client: "httpx.AsyncClient") -> Outcome:
        person = one.address.value if one.address else ""
        if not _PERSON.fullmatch(person) or person == "all":
            return Outcome(Result.GONE, "That is not the id of one person.", Failure.INVALID_ADDRESS)
        outcome = await self._once(one, person, client)
        if outcome is None:  # the token was over before its time: once more with a new one
            outcome = await self._once(one, person, client)
        return outcome or self._hinder(Outcome(Result.STOPPED, "It refuses its own token.", Failure.CREDENTIALS))

    async def _once(self, one: Message, person: str, client: "httpx.AsyncClient") -> Outcome | None:
        async with self.fetching:
            self.hindered = self.hindered or await self.token.get(client, self.app)
        if self.hindered:
            return self.hindered
        token = self.token.value
        answer = await ask(
            client, "POST", f"{settings.WECOM_URL}/cgi-bin/message/send", params={"access_token": token},
            json={
                "touser": person, "agentid": int(self.app.agentid), "msgtype": "text",
                "text": {"content": in_words(one, names=settings.WECOM_NAMES, limit=_LONGEST)},
                "enable_duplicate_check": 1, "duplicate_check_interval": _SAME_WORDS_SECONDS,
            },
        )  # fmt: skip
        if isinstance(answer, Outcome):
            return answer
        if answer.body.get("errcode") in _TOKEN_OVER:
            if self.token.value == token:  # not one that another message has fetched meanwhile
                self.token.value = ""
            return None
        return self._hinder(_judge(answer))

    def _hinder(self, outcome: Outcome) -> Outcome:
        """Keep what holds for the whole application, so that the rest of the batch does not ask again."""
        if outcome.result == Result.STOPPED or outcome.reason == Failure.QUOTA:
            self.hindered = outcome
        return outcome


def _judge(answer: Answer) -> Outcome:
    judged = judge(answer, answer.body.get("errcode"), _KINDS, pause=_PAUSE)
    if judged.result != Result.SENT:
        return judged
    # A yes that left somebody out: a batch has one person a message, so that nobody was told.
    if answer.body.get("unlicenseduser"):
        return Outcome(Result.REFUSED, "WeCom has no licence for this person.", Failure.OTHER)
    if answer.body.get("invaliduser"):
        return Outcome(Result.REFUSED, "WeCom does not show this person to us.", Failure.INVALID_ADDRESS)
    return Outcome(Result.SENT, provider_id=str(answer.body.get("msgid", ""))[:100])
