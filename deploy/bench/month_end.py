"""The month-end drill: the lapse is told through FCM while workers are killed (SIGKILL), and a share of it fails.

    python deploy/bench/month_end.py [--postgresql postgres://…] [--queue redis://127.0.0.1:6379/11]
    python deploy/bench/month_end.py --postgresql postgres://… --throughput

Last month is over and a third of the leaders owe it. Three `manage.py worker` plan, claim and send; every few seconds
one of them is killed with its group and another started, while FCM's fake (tests/fcm.py) answers a share at random
with 429, 500, 503, a cut connection or nothing; some leaders meet the duty meanwhile. Once every message has been tried
and the workers had `--patience`, they are told to end, and a worker whose clock runs ahead, which is this program,
does what waits for later.

At the end whoever still owes it and has a phone was accepted at least once, and again at most as often as kills times a
batch, which is what a worker may have had accepted and not yet recorded; always with the same tag, so that a phone
shows one; nobody was told who had met the duty before the batch was written; every row has ended, and says of each
person what the fake says. Prints its counts; any breach is named and
ends it with 1. `--throughput` measures without kills, beside firebase-admin's `send_each` (see `_month_rate.py`).
"""

import argparse
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import _bench as bench
import _fcm
import django
import yaml
from kill_drill import LOG_SHOWN, databases

sys.path.insert(0, str(bench.ROOT))
ENDS_WITHIN_S = 10.0
LONGEST_S = 1800.0
ROUNDS_AHEAD = 200


class Workers:
    """Several of them, each a process group of its own."""

    def __init__(self, number: int, log: Path) -> None:
        self._log = log
        self._running = [self._started() for _ in range(number)]
        self._turn = 0

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            command = [sys.executable, "manage.py", "worker"]
            return subprocess.Popen(command, cwd=bench.ROOT, start_new_session=True, stderr=log)

    def kill_one(self) -> None:
        """The one that has run longest, and start another."""
        at = self._turn % len(self._running)
        self._turn += 1
        os.killpg(self._running[at].pid, signal.SIGKILL)
        self._running[at].wait()
        self._running[at] = self._started()

    def stop(self) -> float:
        """Tell all to end; answers the seconds until they had."""
        began = time.monotonic()
        for one in self._running:
            os.killpg(one.pid, signal.SIGTERM)
        for one in self._running:
            one.wait()
        return time.monotonic() - began


class Latecomers:
    """Leaders whose inspection, made in time, arrives in the middle: `met_at` are the instants after each commit."""

    def __init__(self, leaders: Sequence[int], pause_s: float) -> None:
        self.met_at: dict[int, float] = {}
        self._leaders, self._pause_s = leaders, pause_s
        self._enough = threading.Event()
        self._failures: list[BaseException] = []
        self._thread = threading.Thread(target=self._work)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._enough.set()
            self._thread.join()
        if self._failures:
            raise self._failures[0]

    def _work(self) -> None:
        from django.db import connection  # noqa: PLC0415  # after the setup

        try:
            for leader in self._leaders:
                self._meet(leader)
                if self._enough.wait(self._pause_s):
                    return
        except BaseException as failure:  # noqa: BLE001  # told at the end
            self._failures.append(failure)
        finally:
            connection.close()

    def _meet(self, leader: int) -> None:
        import _month as month  # noqa: PLC0415
        from django.db import transaction  # noqa: PLC0415
        from django.utils import timezone  # noqa: PLC0415

        from fieldwork.core.events import SYSTEM  # noqa: PLC0415
        from fieldwork.directory.models import Leader  # noqa: PLC0415
        from fieldwork.duties.actions import record_performance  # noqa: PLC0415
        from fieldwork.duties.enums import Activity  # noqa: PLC0415

        now = timezone.now()
        with transaction.atomic():
            record_performance(
                activity=Activity.INSPECTION, at=month.in_the_month(month.last_month(now)),
                source=("bench", f"late-{leader}"), leader=Leader.objects.get(pk=leader), by=SYSTEM, now=now,
            )  # fmt: skip
        self.met_at[leader] = time.time()


def drill(workers: Workers, fake: _fcm.Fake, options: argparse.Namespace, dice: random.Random) -> int:
    """Kill one every `every` seconds, once messages are accepted, until all have been tried and the patience is over;
    answers how often."""
    deadline = time.monotonic() + LONGEST_S
    while not fake.answered().get("200") and time.monotonic() < deadline:
        time.sleep(0.01)
    kills, until = 0, None
    while time.monotonic() < deadline and (until is None or time.monotonic() < until):
        time.sleep(options.every * (0.5 + dice.random()))  # in the middle of whatever is going on then
        if kills < options.kills:
            workers.kill_one()
            kills += 1
        if until is None and all_tried():
            until = time.monotonic() + options.patience
    return kills


def all_tried() -> bool:
    from fieldwork.reminders.models import Delivery, Moment, Notification  # noqa: PLC0415  # after the setup

    planned = Moment.objects.exists() and not Moment.objects.filter(kind="lapse", planned_at=None).exists()
    begun = not Notification.objects.filter(deliveries=None).exists()
    return planned and begun and not Delivery.objects.filter(state="planned", attempts=0).exists()


def run_ahead() -> float:
    """Do what waits as a worker whose clock is ahead; answers how many minutes it had to be."""
    from django.db.models import Min  # noqa: PLC0415
    from django.db.models.functions import Coalesce, Greatest  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from fieldwork.reminders.actions import tick  # noqa: PLC0415
    from fieldwork.reminders.channels import REGISTRY  # noqa: PLC0415
    from fieldwork.reminders.deliver import deliver  # noqa: PLC0415
    from fieldwork.reminders.enums import WAITING  # noqa: PLC0415
    from fieldwork.reminders.models import Delivery  # noqa: PLC0415

    ahead = 0.0
    for _ in range(ROUNDS_AHEAD):
        waiting = Delivery.objects.filter(state__in=WAITING)
        first = waiting.aggregate(at=Min(Greatest("not_before", Coalesce("claimed_until", "not_before"))))["at"]
        if first is None:
            break
        now = max(first, timezone.now()) + timedelta(minutes=1)
        ahead = max(ahead, (now - timezone.now()).total_seconds() / 60)
        tick(now)
        deliver(now, [REGISTRY["fcm"]])
    return ahead


def prepare(url: str, folder: Path, fake: _fcm.Fake, queue: str) -> None:
    """Point this process and its children there, and migrate. The lapse is told from midnight on, and at any hour."""
    table = yaml.safe_load((bench.ROOT / "fieldwork/policies/reminders.yaml").read_text(encoding="utf-8"))
    table["lapse"]["at"] = table["quiet"]["from"] = table["quiet"]["until"] = "00:00"
    (folder / "reminders.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")
    os.environ |= {
        "DATABASE_URL": url, "FIELDWORK_DATA_DIR": str(folder), "FIELDWORK_SECRET_KEY": secrets.token_urlsafe(48),
        "FIELDWORK_TICK_SECONDS": "5", "FIELDWORK_LOG_LEVEL": "ERROR", "FIELDWORK_CHANNELS": "inbox,fcm",
        "FIELDWORK_FCM_URL": fake.url, "FIELDWORK_FCM_CREDENTIALS": str(fake.account), "FIELDWORK_QUEUE": queue,
        "FIELDWORK_REMINDERS": str(folder / "reminders.yaml"), "DJANGO_SETTINGS_MODULE": "fieldwork.settings",
    }  # fmt: skip
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)


def run(options: argparse.Namespace, folder: Path, fake: _fcm.Fake) -> list[str]:
    """The whole drill; answers every breach that was found."""
    import _month as month  # noqa: PLC0415  # of the domain, which needs settings
    import _month_audit as month_audit  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from fieldwork.reminders.channels.fcm import Fcm  # noqa: PLC0415

    dice = random.Random(options.seed)  # noqa: S311
    began = time.monotonic()
    people = month.build(options.leaders, timezone.now())
    built = time.monotonic()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    owing = [one.leader for one in people if not one.met]
    late = Latecomers(dice.sample(owing, max(len(owing) // 50, 1)), options.every / 5)
    workers = Workers(options.workers, folder / "log")
    try:
        with late.at_work():
            kills = drill(workers, fake, options, dice)
    finally:
        ended = workers.stop()
    killed = time.monotonic()
    ahead = run_ahead()
    took = (built - began, killed - built, time.monotonic() - killed)
    counts, breaches = month_audit.audit(people, late.met_at, fake.received(), kills, Fcm.batch)
    counts |= {
        "seconds to build, with kills, ahead": ", ".join(f"{seconds:.0f}" for seconds in took),
        "minutes the clock ran ahead": round(ahead), "seconds until all had ended": f"{ended:.1f}",
        "load": " ".join(f"{one:.1f}" for one in os.getloadavg()),
    }  # fmt: skip
    sys.stdout.write(bench.table(["what", "count"], list(counts.items())) + "\n")
    slow = [f"the workers took {ended:.1f} s to end"] if ended > ENDS_WITHIN_S else []
    return breaches + slow + ([] if kills else ["nobody was killed"])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", metavar="URL", help="any database of a server; without it SQLite")
    parser.add_argument("--url", help="an empty database that stays, in place of a fresh one")
    parser.add_argument("--queue", default="database", help="database, or redis://host:port/number")
    parser.add_argument("--leaders", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two kills, about")
    parser.add_argument("--kills", type=int, default=10_000, help="at most")
    parser.add_argument("--patience", type=float, default=150.0, help="seconds the workers have after the first tries")
    parser.add_argument("--fail", type=float, default=0.05, help="the share that fails at random")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="of what is random here")
    parser.add_argument("--throughput", action="store_true", help="measure without kills")
    parser.add_argument("--messages", type=int, default=5000, help="a turn, when measuring")
    parser.add_argument("--rounds", type=int, default=5, help="when measuring")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    sys.stdout.write(f"seed {options.seed}, queue {options.queue}\n")
    fail = 0 if options.throughput else options.fail
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        url = held.enter_context(databases(options, folder))
        fake = held.enter_context(_fcm.server(latency_ms=options.latency_ms, fail=fail, seed=options.seed))
        prepare(url, folder, fake, options.queue)
        if options.throughput:
            import _month_rate as month_rate  # noqa: PLC0415  # of the domain, which needs settings

            month_rate.measure(options.leaders, options.messages, options.rounds, fake)
            return
        breaches = run(options, folder, fake)
        if breaches and (folder / "log").exists():
            sys.stdout.write((folder / "log").read_text(errors="replace")[-LOG_SHOWN:])
    for breach in breaches:
        sys.stdout.write(f"BREACH: {breach}\n")
    sys.stdout.write("a promise was broken\n" if breaches else "everybody was told, and nobody twice on the screen\n")
    sys.exit(bool(breaches))


if __name__ == "__main__":
    main()
