"""Messages a second of whole processes: the ledger with claims and records, its bare channel, and `send_each`.

Every way is one or two processes that wait for their turn; the turns of a round are in rotated order, and a ratio is
the median over the rounds. All of them, the fake and the database share the machine's cores: where there are two, a
second process gains what the fake and the database leave, so `send_each` is doubled as well. The floor is `send_each`
in one process, in batches of 500, which keeps no record at all; the ledger's share is the time of a message that the
bare channel (`Fcm().send`) does not need. By the clock the ledger also waits for the database, the longer the busier
the machine is with other things; the processor's time is the process's own alone.

    python deploy/bench/_month_rate.py ledger|channel|send_each    # one such process: a line a turn, by standard input
"""

import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import _bench as bench
import _fcm
import django

WAYS = {"send_each": 1, "channel": 1, "ledger": 1, "send_each, two": 2, "ledger, two": 2}
BATCH_OF_SEND_EACH = 500
WARM = 300


class Process:
    """One that sends when it is told how many."""

    def __init__(self, what: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, what], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=bench.ROOT
        )
        self.wait()

    def tell(self, number: int) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()

    def wait(self) -> tuple[int, float]:
        """How many it sent, and the seconds of processor that took."""
        assert self._process.stdout
        sent, used = self._process.stdout.readline().split()
        return int(sent), float(used)

    def end(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def measure(leaders: int, messages: int, rounds: int, fake: _fcm.Fake) -> None:
    """Plan a month's lapse, and print the table."""
    import _month as month  # noqa: PLC0415  # of the domain, which needs settings
    from django.utils import timezone  # noqa: PLC0415

    from fieldwork.core.database import analyze  # noqa: PLC0415
    from fieldwork.reminders.actions import tick  # noqa: PLC0415
    from fieldwork.reminders.models import Delivery  # noqa: PLC0415

    month.build(leaders, timezone.now())
    tick(timezone.now())
    analyze()  # as autovacuum does within a minute
    rows = list(Delivery.objects.filter(channel="fcm").order_by("pk").values_list("pk", flat=True)[:messages])
    Delivery.objects.filter(channel="fcm").exclude(pk__in=rows).update(state="sent", ended_at=timezone.now())
    print(f"{len(rows)} messages a turn, of {leaders} leaders; load {os.getloadavg()}")
    pools = {name: [Process(name.partition(",")[0]) for _ in range(number)] for name, number in WAYS.items()}
    try:
        for name in WAYS:
            turn(pools[name], rows[:WARM])
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
        for order in bench.rotated(list(WAYS), rounds):
            for name in order:
                found[name].append(turn(pools[name], rows))
    finally:
        for process in (one for pool in pools.values() for one in pool):
            process.end()
    report(found)
    print(f"load at the end {os.getloadavg()}; answered {fake.answered()}")


def turn(pool: Sequence[Process], rows: Sequence[int]) -> tuple[float, float]:
    """Messages a second by the clock, and by the processes' own processor time."""
    _wait_again(rows)
    began = time.perf_counter()
    for process in pool:
        process.tell(len(rows) // len(pool))
    done = [process.wait() for process in pool]
    took = time.perf_counter() - began
    sent = sum(number for number, _used in done)
    return sent / took, sent / sum(used for _number, used in done)


def _wait_again(rows: Sequence[int]) -> None:
    """These deliveries wait to be sent for the first time, and no others."""
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from fieldwork.reminders.models import Delivery  # noqa: PLC0415

    Delivery.objects.filter(channel="fcm", state="planned").update(state="sent", ended_at=timezone.now())
    Delivery.objects.filter(pk__in=rows).update(
        state="planned", attempts=0, ended_at=None, claimed_until=None, provider_id="", sent_to=""
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE reminders_delivery")


def report(found: dict[str, list[tuple[float, float]]]) -> None:
    by_clock = {name: [clock for clock, _used in rates] for name, rates in found.items()}
    by_processor = {name: [used for _clock, used in rates] for name, rates in found.items()}
    rows = [
        (
            name, " ".join(f"{one:.0f}" for one in by_clock[name]), f"{statistics.median(by_clock[name]):.0f}",
            f"{statistics.median(by_processor[name]):.0f}",
            f"{bench.median_ratio(by_clock[name], by_clock['send_each']):.2f}",
            f"{bench.median_ratio(by_processor[name], by_processor['send_each']):.2f}",
        )
        for name in found
    ]  # fmt: skip
    head = ("way", "messages a second, each round", "median", "a second of processor", "to send_each", "by processor")
    print(bench.table(head, rows))
    for how, rates in (("clock", by_clock), ("processor", by_processor)):
        share = 1 - bench.median_ratio(rates["ledger"], rates["channel"])
        print(f"the ledger is {100 * share:.0f} % of a message's time, by the {how}")
    for name in ("ledger", "send_each"):
        print(f"two of {name} to one: {bench.median_ratio(by_clock[f'{name}, two'], by_clock[name]):.2f}")


def _ledger() -> Callable[[int], int]:
    from django.utils import timezone  # noqa: PLC0415

    from fieldwork.reminders.channels import REGISTRY  # noqa: PLC0415
    from fieldwork.reminders.deliver import deliver  # noqa: PLC0415

    return lambda _number: deliver(timezone.now(), [REGISTRY["fcm"]]).sent


def _channel() -> Callable[[int], int]:
    import push  # noqa: PLC0415

    from fieldwork.reminders.channels.fcm import Fcm  # noqa: PLC0415

    return _in_batches(push.ours(), Fcm.batch)


def _send_each() -> Callable[[int], int]:
    import push  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    return _in_batches(push.send_each(settings.FCM_URL), BATCH_OF_SEND_EACH)


def _in_batches(way: Callable[..., None], batch: int) -> Callable[[int], int]:
    from datetime import UTC, datetime  # noqa: PLC0415

    import push  # noqa: PLC0415

    def send(number: int) -> int:
        for first in range(0, number, batch):
            way([push.message(each, datetime.now(UTC)) for each in range(first, min(first + batch, number))])
        return number

    return send


def main() -> None:
    django.setup()
    logging.disable(logging.WARNING)  # send_each's own, of connections that it throws away
    send = {"ledger": _ledger, "channel": _channel, "send_each": _send_each}[sys.argv[1]]()
    print("0 0", flush=True)
    for line in sys.stdin:
        used = time.process_time()
        print(send(int(line)), time.process_time() - used, flush=True)


if __name__ == "__main__":
    main()
