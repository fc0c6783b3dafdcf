"""A mail server on loopback that refuses as it is told (RFC 5321 and AUTH PLAIN, as much as Django speaks)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CUT = "cut"  # an answer that is none: the connection ends
HANG = "hang"  # none at all, until the client leaves
DRIP = "drip"  # one that never ends, a byte at a time


class _Session(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self.server.connections += 1
        try:
            self._say("220 loopback", self.server.greeting)
            while line := self.rfile.readline():
                if not self._answer(line.decode().strip()):
                    return
        except (ConnectionError, _Cut):
            return

    def _answer(self, line: str) -> bool:
        verb = line[:4].upper()
        if verb == "EHLO":
            self._say("250-loopback\r\n250-8BITMIME\r\n250 AUTH PLAIN" if self.server.knows_auth else "250 loopback")
        elif verb == "AUTH":
            self._say("235 welcome", self.server.on_auth)
        elif verb == "MAIL":
            self._say("250 fine", self.server.on_sender)
        elif verb == "RCPT":
            self._say("250 fine", self.server.on_recipient.get(line.partition("<")[2].partition(">")[0], ""))
        elif verb == "DATA":
            self._say("354 go ahead")
            self._take()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("250 fine")
        return True

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        letter = b"".join(lines)
        answer = next((said for word, said in self.server.on_words.items() if word.encode() in letter), "")
        if not answer:
            self.server.letters.append(letter)
        self._say("250 kept", answer)

    def _say(self, usual: str, instead: str = "") -> None:
        if instead == CUT:
            raise _Cut
        if instead == HANG:
            self.rfile.read()
            raise _Cut
        if instead == DRIP:
            while not self.server.ending.wait(0.02):
                self.wfile.write(b"2")
            raise _Cut
        self.wfile.write(f"{instead or usual}\r\n".encode())


class _Cut(Exception):
    """The session is over."""


class MailServer(socketserver.ThreadingTCPServer):
    """What it says instead of a yes: by recipient, by a word in the letter, to a sender, to a log-in, as a greeting."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.letters: list[bytes] = []
        self.connections = 0
        self.knows_auth = True
        self.greeting = self.on_sender = self.on_auth = ""
        self.on_recipient: dict[str, str] = {}
        self.on_words: dict[str, str] = {}
        self.ending = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def mail_server(settings: Any) -> Iterator[MailServer]:
    """The one to which Django sends."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.DEFAULT_FROM_EMAIL = "安监提醒 <reminders@example.cn>"
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()
