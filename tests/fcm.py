"""A server on loopback that speaks FCM's HTTP v1 API and the OAuth token endpoint before it.

    with FakeFcm() as fake:                                   # in a thread of this process
        fake.write_account(path)                              # a service account whose tokens it gives
    python -m tests.fcm --port 8790 --account account.json    # a process of its own, for drills and benches

How a message is answered follows from how its address begins (`fcm_answers`), and from a share that fails at random.
`GET /received` tells what was accepted. Durations are seconds unless a name says otherwise.
"""

import argparse
import asyncio
import json
import re
import ssl
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Self
from urllib.parse import parse_qs

from tests import fcm_answers as answers
from tests.fcm_account import account, fault_of
from tests.fcm_answers import Answer, Manner

_SEND = re.compile(r"/v1/projects/([^/]+)/messages:send")
_DRIP = 0.05
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
BEARER = re.compile(rb"\r\nauthorization: *bearer +([^\r]*)", re.IGNORECASE)


class FakeFcm:
    """The server and what it has seen. `messages` are kept as they came when `keep` is said.

    `fail` is the share of messages that are not accepted although nothing is wrong with them; `token_answer` is given
    instead of an access token, if set.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        latency_ms: float = 0,
        fail: float = 0,
        seed: int = 0,
        keep: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = port
        self._tls = tls
        self.token_answer: Answer | None = None
        self.token_requests = 0
        self.expires_in = 3599
        self.keep = keep
        self.messages: list[dict[str, Any]] = []
        self.headers: list[bytes] = []
        self.accepted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.last_tag: dict[str, str] = {}
        self.last_at: dict[str, float] = {}
        self.given: defaultdict[str, list[str]] = defaultdict(list)
        self.answered: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.latency = latency_ms / 1000
        self._fail, self._random = fail, Random(seed)
        self._valid: set[bytes] = set()
        self._numbers = self._key_number = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self.run, daemon=True)
        self._connections: set[asyncio.Transport] = set()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def run(self) -> None:
        """Serves until the loop is stopped."""
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port, backlog=1024, ssl=self._tls)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            for transport in list(self._connections):
                transport.abort()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def revoke(self) -> None:
        """The access tokens given so far are good no longer."""
        self._valid.clear()

    def hang_up(self) -> None:
        """Every connection ends, as after a while without a request."""

        async def abort_all() -> None:
            for transport in list(self._connections):
                transport.abort()

        asyncio.run_coroutine_threadsafe(abort_all(), self._loop).result(10)

    def forget(self) -> None:
        """All it has seen, and how it was told to answer; access tokens stay good."""
        self.accepted.clear()
        self.given.clear()
        self.answered.clear()
        for seen in (self.messages, self.headers, self.last_tag, self.last_at):
            seen.clear()
        self.token_answer, self.token_requests, self.most_in_flight = None, 0, 0

    def write_account(self, path: Path, **other: str) -> Path:
        """A service account's file as Google gives it, but for the address of the token endpoint; `other` replaces."""
        path.write_text(json.dumps({**account(f"{self.url}/token"), **other}))
        return path

    # What is answered

    def answer(self, method: str, path: str, head: bytes, body: bytes) -> Answer:
        if method == "POST" and path == "/token":
            return self._token(body)
        if method == "POST" and (sending := _SEND.fullmatch(path)):
            return self._send(sending[1], head, body)
        if (method, path) == ("GET", "/received"):
            return Answer(200, json.dumps(self.received()).encode())
        if (method, path) == ("GET", "/answered"):
            return Answer(200, json.dumps(self.answered).encode())
        if (method, path) == ("POST", "/forget"):
            self.forget()
            return Answer(200, b"{}")
        return answers.refusal(404, "NOT_FOUND", "There is nothing here.")

    def received(self) -> dict[str, Any]:
        """By address: how many times each tag was accepted, its last tag and instant (POSIX), and what was given as the
        messages' names; and how all were answered."""
        return {
            "accepted": self.accepted,
            "last_tag": self.last_tag,
            "last_at": self.last_at,
            "given": self.given,
            "answered": self.answered,
            "most_in_flight": self.most_in_flight,
            "token_requests": self.token_requests,
        }

    def _token(self, body: bytes) -> Answer:
        self.token_requests += 1
        if self.token_answer:
            return self.token_answer
        form = parse_qs(body.decode())
        if form.get("grant_type") != ["urn:ietf:params:oauth:grant-type:jwt-bearer"] or "assertion" not in form:
            return Answer(400, b'{"error": "unsupported_grant_type"}')
        if fault := fault_of(form["assertion"][0]):
            return Answer(400, json.dumps({"error": "invalid_grant", "error_description": fault}).encode())
        self._key_number += 1
        token = f"ya29.secret-{self._key_number}"
        self._valid.add(token.encode())
        return Answer(
            200, json.dumps({"access_token": token, "expires_in": self.expires_in, "token_type": "Bearer"}).encode()
        )

    def _send(self, project: str, head: bytes, body: bytes) -> Answer:
        answer = self._judged(project, head, body)
        self.answered[str(answer.status) if answer.manner is Manner.WHOLE else answer.manner.name.lower()] += 1
        return answer

    def _judged(self, project: str, head: bytes, body: bytes) -> Answer:
        bearer = BEARER.search(head)
        if not bearer or bearer[1] not in self._valid:
            return answers.UNAUTHENTICATED
        try:
            message = json.loads(body)["message"]
            [target] = {name: message[name] for name in ("token", "fid", "topic", "condition") if name in message}
        except (ValueError, KeyError, TypeError):
            return answers.refusal(400, "INVALID_ARGUMENT", "Exactly one of token, fid, topic, condition is needed.")
        if self.keep:
            self.messages.append(message)
            self.headers.append(head)
        address = str(message[target])
        if given := answers.answer_to(address):
            return given
        if self._fail and self._random.random() < self._fail:
            return self._random.choice(answers.AT_RANDOM)
        return self._accept(project, address, message)

    def _accept(self, project: str, address: str, message: dict[str, Any]) -> Answer:
        tag = str(message.get("android", {}).get("notification", {}).get("tag", ""))
        self.accepted[address][tag] += 1
        self.last_tag[address] = tag
        self.last_at[address] = time.time()
        self._numbers += 1
        name = f"projects/{project}/messages/{self._numbers}"
        self.given[address].append(name)
        return Answer(200, json.dumps({"name": name}).encode())


class _Connection(asyncio.Protocol):
    """Reads requests, and answers each before the next, as HTTP/1.1 keeps a connection."""

    def __init__(self, fake: FakeFcm) -> None:
        self._fake = fake
        self._read = b""

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._fake._connections.add(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._fake._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(match[1]) if (match := LENGTH.search(head)) else 0
        if len(rest) < length:
            return
        self._read = rest[length:]
        method, path, _version = head[: head.index(b"\r\n")].decode().split(" ")
        fake = self._fake
        fake.in_flight += 1
        fake.most_in_flight = max(fake.most_in_flight, fake.in_flight)
        answer = fake.answer(method, path, head, rest[:length])
        if fake.latency and _SEND.fullmatch(path):
            fake._loop.call_later(fake.latency, self._give, answer)
        else:
            self._give(answer)

    def _give(self, answer: Answer) -> None:
        self._fake.in_flight -= 1
        match answer.manner:
            case Manner.WHOLE:
                self._transport.write(answer.encoded())
            case Manner.CUT:
                self._transport.abort()
            case Manner.HALVED:
                self._transport.write(answer.encoded()[:-8])
                self._transport.close()
            case Manner.TRICKLED:
                self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")

    def _drip(self, said: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(said)
            self._fake._loop.call_later(_DRIP, self._drip, b".")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any; the address is printed")
    parser.add_argument("--account", type=Path, help="where to write a service account's file")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--fail", type=float, default=0, help="the share that fails at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with (
        FakeFcm(
            port=options.port, latency_ms=options.latency_ms, fail=options.fail, seed=options.seed, keep=False
        ) as fake,
        suppress(KeyboardInterrupt),
    ):
        if options.account:
            fake.write_account(options.account)
        print(fake.url, flush=True)  # noqa: T201  # whoever started it reads the port
        fake._thread.join()


if __name__ == "__main__":
    main()
