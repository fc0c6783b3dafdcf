"""Pushes through FCM: ours beside firebase-admin's own `send_each`, messages a second of one process.

Both send the same messages to the same server on loopback, a process of its own that speaks FCM's protocol
(tests/fcm.py) and answers after `--latency-ms`. Each way has its turn within each round, in rotated order; a ratio is
the median over the rounds of ours to `send_each`'s. `send_each` is as it comes, with as many connections to this server
as it keeps to Google's, and 5 s of patience. The floor is the same bytes over plain sockets, 16 at a time: what the
server can do.

Goal: a ratio of at least 1.
"""

import argparse
import json
import logging
import os
import socket
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldwork.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import _bench as bench
import _fcm
import django

django.setup()

import firebase_admin  # noqa: E402
from django.conf import settings  # noqa: E402
from firebase_admin import credentials, messaging  # noqa: E402

from fieldwork.reminders.channels.base import Address, Message, Result  # noqa: E402
from fieldwork.reminders.channels.fcm import Fcm  # noqa: E402
from fieldwork.reminders.channels.fcm_line import written  # noqa: E402
from fieldwork.reminders.enums import NotificationKind  # noqa: E402

SOCKETS = 16
PATIENCE = 5
LONG = 600  # a slow machine is no failure here

Way = Callable[[Sequence[Message]], None]


def message(number: int, at: datetime) -> Message:
    return Message(
        notification=number, user=number, to="", kind=NotificationKind.LAPSE, title="履职提醒", body="", at=at,
        brief="您有一项本月现场检查未在期限内完成，请尽快处理。", tag=f"lapse:{number}",
        link=f"fieldwork://obligations/{number}", address=Address("fcm_token", f"{number:0142d}"),
    )  # fmt: skip


def ours() -> Way:
    channel = Fcm(within=LONG)

    def send(messages: Sequence[Message]) -> None:
        outcomes = channel.send(messages)
        if wrong := [outcome for outcome in outcomes if outcome.result is not Result.SENT]:
            sys.exit(f"not sent: {wrong[0]}")

    return send


def send_each(url: str) -> Way:
    app = firebase_admin.initialize_app(
        credentials.Certificate(settings.FCM_CREDENTIALS), {"httpTimeout": PATIENCE}, name="send_each"
    )
    service = messaging._get_messaging_service(app)
    service._fcm_url = f"{url}/v1/projects/{app.project_id}/messages:send"
    service._client.session.mount(url, service._client.session.get_adapter("https://fcm.googleapis.com"))

    def send(messages: Sequence[Message]) -> None:
        answer = messaging.send_each([written(one, names=False) for one in messages], app=app)
        if answer.failure_count:
            sys.exit(f"not sent: {next(one.exception for one in answer.responses if one.exception)}")

    return send


def floor(url: str) -> Way:
    at = urlsplit(url)
    token = credentials.Certificate(settings.FCM_CREDENTIALS).get_access_token().access_token
    sockets = [socket.create_connection((at.hostname, at.port)) for _ in range(SOCKETS)]
    for one in sockets:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(one: Message) -> bytes:
        body = json.dumps({"message": json.loads(str(written(one, names=False)))}).encode()
        return (
            f"POST /v1/projects/p/messages:send HTTP/1.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    ready = request(message(1, datetime.now(UTC)))

    def send(messages: Sequence[Message]) -> None:
        for start in range(0, len(messages), SOCKETS):
            used = sockets[: len(messages[start : start + SOCKETS])]
            for one in used:
                one.sendall(ready)
            for one in used:
                if not one.recv(4096).startswith(b"HTTP/1.1 200"):
                    sys.exit("the floor is not answered")

    return send


def rate(way: Way, batch: int, total: int) -> tuple[float, float]:
    """Messages a second, by the clock and by the processor's time."""
    at = datetime.now(UTC)
    batches = [[message(first + number, at) for number in range(batch)] for first in range(0, total, batch)]
    began, used = time.perf_counter(), time.process_time()
    for one in batches:
        way(one)
    sent = batch * len(batches)
    return sent / (time.perf_counter() - began), sent / (time.process_time() - used)


def measure(ways: dict[str, Way], options: argparse.Namespace) -> None:
    rows = []
    for batch in options.batch:
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for way in ways.values():
            rate(way, batch, batch)  # access tokens, connections, threads
        for order in bench.rotated(list(ways), options.rounds):
            for name in order:
                rates[name].append(rate(ways[name], batch, options.messages))
        by_clock = {name: [clock for clock, _ in found] for name, found in rates.items()}
        for name, found in rates.items():
            ratio = bench.median_ratio(by_clock[name], by_clock["send_each"])
            processor = statistics.median(processor for _, processor in found)
            rows.append(
                (batch, name, " ".join(f"{one:.0f}" for one in by_clock[name]), f"{processor:.0f}", f"{ratio:.2f}")
            )
    head = ("batch", "way", "messages a second, each round", "a second of processor", "to send_each")
    print(bench.table(head, rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, nargs="+", default=[500, 50])
    parser.add_argument("--messages", type=int, default=2000, help="a turn")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # send_each's own, of connections that it throws away
    with _fcm.server(latency_ms=options.latency_ms) as fake:
        settings.FCM_URL, settings.FCM_CREDENTIALS, settings.FCM_NAMES = fake.url, str(fake.account), False
        print(f"{settings.FCM_IN_FLIGHT} in flight; answers after {options.latency_ms:g} ms; load {os.getloadavg()}")
        ways = {"send_each": send_each(fake.url), "ours": ours()}
        measure(ways if options.latency_ms else {**ways, "floor": floor(fake.url)}, options)
        print(f"load at the end {os.getloadavg()}; answered {fake.received()['answered']}")


if __name__ == "__main__":
    main()
