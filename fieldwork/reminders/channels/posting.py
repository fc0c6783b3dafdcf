"""Asking services over HTTP: a batch at once, bounded in number and in time, whatever they answer.

apprise reads the addresses of these services, but does not send: of what they answer it keeps yes or no, takes the
refusals of two group robots for a yes (they stand in the body of a 200), and pauses between requests.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from fieldwork.reminders.channels.base import Message, Outcome, Result
from fieldwork.reminders.enums import Failure

if TYPE_CHECKING:
    import ssl

    import httpx

SECONDS = 7.0  # of the eight that a channel has, for all of a batch
IN_FLIGHT = 10
CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
LONGEST_ANSWER = 64 << 10  # bytes; theirs have some hundred
_TOO_MANY, _TIMED_OUT, _SERVERS_FAULT = 429, 408, 500
_PLUGINS = {
    "wechat": ("wechat", "NotifyWeChat"),
    "wecombot": ("wecombot", "NotifyWeComBot"),
    "dingtalk": ("dingtalk", "NotifyDingTalk"),
    "feishu": ("feishu", "NotifyFeishu"),
    "json": ("custom_json", "NotifyJSON"),
    "jsons": ("custom_json", "NotifyJSON"),
}
TIMEOUT = Outcome(Result.FAILED, "There was no answer in time.", Failure.TIMEOUT)
UNREACHED = Outcome(Result.FAILED, "It could not be reached, or broke off.", Failure.UNAVAILABLE)
Kinds = dict[int, tuple[Result, Failure]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said: the HTTP status, its JSON object (empty for anything else), how long to leave it alone."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: timedelta | None = None

    @property
    def trouble(self) -> Outcome | None:
        """What the status alone says of trouble that passes."""
        if self.status == _TOO_MANY:
            return Outcome(Result.FAILED, "It answered 429.", Failure.QUOTA, retry_after=self.retry_after)
        if self.status == _TIMED_OUT or self.status >= _SERVERS_FAULT:
            text = f"It answered {self.status}."
            return Outcome(Result.FAILED, text, Failure.UNAVAILABLE, retry_after=self.retry_after)
        return None


Job = Callable[["httpx.AsyncClient"], Awaitable[Outcome]]


@lru_cache(maxsize=1000)
def read_address(url: str) -> Any:
    """apprise's reading of an address; ValueError, which repeats nothing of it, for one that is not usable."""
    module, name = _PLUGINS[url.partition("://")[0].lower()]
    plugin = getattr(import_module(f"apprise.plugins.{module}"), name)
    refused = import_module("apprise.exception").AppriseException
    try:
        parts = plugin.parse_url(url)
        made = plugin(**parts) if parts else None
    except refused:
        made = None
    if made is None:
        raise ValueError("not as that service writes it")
    if not made.verify_certificate:
        raise ValueError("verify=no would show the key to whoever is in between; name your CA in SSL_CERT_FILE")
    return made


def together(jobs: Sequence[Job], *, seconds: float = SECONDS) -> list[Outcome]:
    """Do all, some at once, and answer in their order; what has not ended in time is a timeout."""
    # Closed rather than run to its end: a look-up of a name that hangs in its thread would hold back the worker.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_all(jobs, seconds))
    finally:
        loop.close()


async def _all(jobs: Sequence[Job], seconds: float) -> list[Outcome]:
    import httpx  # noqa: PLC0415  # slow to import, and needed by few processes

    gate = asyncio.Semaphore(IN_FLIGHT)
    patience = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=None)

    async def in_turn(job: Job) -> Outcome:
        async with gate:
            return await job(client)

    # No redirects: they would carry the key, or the message, to somewhere else.
    async with httpx.AsyncClient(verify=_certificates(), timeout=patience, follow_redirects=False) as client:
        tasks = [asyncio.ensure_future(in_turn(job)) for job in jobs]
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return [TIMEOUT if task in late else task.result() for task in tasks]


@lru_cache(maxsize=1)
def _certificates() -> "ssl.SSLContext":
    import httpx  # noqa: PLC0415

    return httpx.create_ssl_context()  # a tenth of a second, most of what a small batch takes


async def ask(client: "httpx.AsyncClient", method: str, url: str, **what: Any) -> Answer | Outcome:
    """Ask once; an `Outcome` says that there was no answer. `what` goes to httpx."""
    import httpx  # noqa: PLC0415

    try:
        async with client.stream(method, url, **what) as response:
            said = await _beginning(response)
    except httpx.TimeoutException:
        return TIMEOUT
    except (httpx.HTTPError, httpx.InvalidURL):
        return UNREACHED
    return Answer(response.status_code, _json(said), _seconds(response.headers.get("Retry-After", "")))


async def _beginning(response: "httpx.Response") -> bytes:
    said = b""
    async for part in response.aiter_bytes():
        said += part
        if len(said) > LONGEST_ANSWER:
            return b""
    return said


def _json(said: bytes) -> dict[str, Any]:
    try:
        read = json.loads(said)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _seconds(raw: str) -> timedelta | None:
    return timedelta(seconds=int(raw)) if re.fullmatch(r"[0-9]{1,6}", raw) else None


def judge(answer: Answer, code: object, kinds: Kinds, *, pause: timedelta) -> Outcome:
    """What a service's own code stands for: 0 is sent, and a code that is missing or unknown is tried again.

    `pause` is for a quota whose answer names no time.
    """
    if answer.trouble:
        return answer.trouble
    if not isinstance(code, int) or isinstance(code, bool):  # a page of a proxy's in between, for instance
        return Outcome(Result.FAILED, f"It answered {answer.status} without a code.", Failure.OTHER)
    if code == 0:
        return Outcome(Result.SENT)
    result, reason = kinds.get(code, (Result.FAILED, Failure.OTHER))
    wait = pause if reason == Failure.QUOTA else None
    return Outcome(result, f"It answered with code {code}.", reason, retry_after=wait)


def in_words(one: Message, *, names: bool, limit: int) -> str:
    """Title and text in at most `limit` bytes of UTF-8; people and places are named only where `names` says so."""
    words = "\n".join(part for part in (one.title, one.body if names else one.brief) if part)
    whole = words.encode()
    if len(whole) <= limit:
        return words
    return whole[: limit - len("…".encode())].decode(errors="ignore") + "…"
