"""A service over HTTP on loopback that keeps what it is asked and answers as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

CUT = "cut"  # the connection ends without an answer
HANG = "hang"  # none comes, until the server ends
DRIP = "drip"  # one that never ends, a byte at a time


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Answered(NamedTuple):
    """`body` is JSON, unless it is bytes."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = {}


Reply = Answered | str


class _Session(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Webhook"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        asked = Asked(
            self.command, url.path, dict(parse_qsl(url.query)), dict(self.headers), json.loads(raw) if raw else None
        )
        self.server.asked.append(asked)
        reply = self.server.reply(asked)
        if isinstance(reply, Answered):
            self._say(reply)
        else:
            self._say_nothing(reply)

    def _say(self, reply: Answered) -> None:
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _say_nothing(self, how: str) -> None:
        self.close_connection = True
        if how == HANG:
            self.server.ending.wait()
        if how == DRIP:
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not self.server.ending.wait(0.02):
                    self.wfile.write(b" ")
            except ConnectionError:
                return

    def log_message(self, *_words: Any) -> None:
        return


class Webhook(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a client that finds it full waits for a second

    def __init__(self, reply: Callable[[Asked], Reply]) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.asked: list[Asked] = []
        self.reply = reply
        self.ending = threading.Event()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


@contextmanager
def webhook(reply: Callable[[Asked], Reply] = lambda _asked: Answered({})) -> Iterator[Webhook]:
    with Webhook(reply) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()
