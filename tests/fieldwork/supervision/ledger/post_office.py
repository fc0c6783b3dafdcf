"""A mail server on loopback that keeps what it is given (RFC 5321, as much of it as Django speaks)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Session(socketserver.StreamRequestHandler):
    """One client: takes every address, unless the office is closed."""

    server: "PostOffice"

    def handle(self) -> None:
        self._say(b"220 loopback")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(b"354 go ahead")
                self._take()
            elif verb == b"QUIT":
                self._say(b"221 bye")
                return
            elif verb == b"MAIL" and self.server.closed:
                self._say(b"451 try again later")
            else:
                self._say(b"250 fine")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        self.server.mails.append(b"".join(lines))
        self._say(b"250 kept")

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


class PostOffice(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails: list[bytes] = []
        self.closed = False


@contextmanager
def post_office(settings: Any) -> Iterator[PostOffice]:
    """Open, and the one to which Django sends."""
    with PostOffice() as office:
        thread = threading.Thread(target=office.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.server_address[1]
        try:
            yield office
        finally:
            office.shutdown()
            thread.join()
