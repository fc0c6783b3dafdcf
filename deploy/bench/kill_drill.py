"""The drill: phones check in with photos while server and worker are killed (SIGKILL) at random moments and restarted.

    python deploy/bench/kill_drill.py [--postgresql postgres://…] [--check-ins 2000] [--kills 24]

Some phones send a check-in in one call, some photo by photo, some in pieces that break off. At the end nothing that was
acknowledged is missing, neither rows nor bytes (each file is read and hashed), nothing is there twice, every check-in
counts once, and `verify_ledger` finds nothing altered. It prints its counts; any loss is named and ends it with 1.
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
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import _bench as bench
import _phone
import _town
import django
from servers import free_port

sys.path.insert(0, str(bench.ROOT))
STARTED_WITHIN_S = 60
PATIENCE_S = 3600
LOG_SHOWN = 5000  # characters


class Installation:
    """gunicorn as deploy/ has it and a worker, each in a process group that is killed as a whole."""

    def __init__(self, workers: int, threads: int, log: Path) -> None:
        self.port = free_port()
        self.log = log
        web = ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{self.port}"]
        web += ["--workers", str(workers), "--threads", str(threads), "--log-level", "critical"]
        self._commands = [web, ["manage.py", "worker"]]
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._running = [
                subprocess.Popen([sys.executable, *command], cwd=bench.ROOT, start_new_session=True, stderr=log)
                for command in self._commands
            ]

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        for process in self._running:
            os.killpg(process.pid, how)
        for process in self._running:
            process.wait(STARTED_WITHIN_S)
        self._running = []


class Crowd:
    """The phones at work, and what they have been told."""

    def __init__(self, port: int, owners: Sequence[_town.Owner], check_ins: int, dice: random.Random) -> None:
        self.failures: list[BaseException] = []
        self.phones = []
        self._threads = []
        for number, owner in enumerate(owners):
            own = random.Random(dice.random())  # noqa: S311  # repeatable on purpose
            phone = _phone.Phone(port, owner, own, PATIENCE_S)
            turns = range(number, check_ins, len(owners))
            self.phones.append(phone)
            self._threads.append(threading.Thread(target=self._work, args=(phone, owner, turns, own)))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            for thread in self._threads:
                thread.join()

    @property
    def acknowledged(self) -> int:
        return sum(len(phone.acknowledged.check_ins) for phone in self.phones)

    def wait_for(self, count: int) -> None:
        """Until that many check-ins are acknowledged, or somebody was told what nobody must be told."""
        while self.acknowledged < count and not self.failures:
            time.sleep(0.005)

    def _work(self, phone: _phone.Phone, owner: _town.Owner, turns: range, dice: random.Random) -> None:
        try:
            for turn in turns:
                phone.send(_phone.made(turn, owner.leader, datetime.now(UTC).isoformat(), dice))
        except BaseException as failure:  # noqa: BLE001  # told at the end
            self.failures.append(failure)


def drill(installation: Installation, crowd: Crowd, moments: Sequence[int], dice: random.Random) -> int:
    """Kill everything whenever that many check-ins are acknowledged, and a little later; answers how often."""
    kills = 0
    with crowd.at_work():
        for moment in moments:
            crowd.wait_for(moment)
            if crowd.failures:
                break
            time.sleep(dice.random() * 0.2)  # in the middle of whatever is going on then
            installation.kill()
            installation.start()
            kills += 1
    return kills


@contextmanager
def databases(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    if options.url:
        yield options.url
    elif options.postgresql:
        with bench.database(options.postgresql, f"fieldwork_bench_{Path(sys.argv[0]).stem}") as url:
            yield url
    else:
        yield f"sqlite:///{folder / 'fieldwork.sqlite3'}"


def prepare(url: str, folder: Path, phones: int) -> list[_town.Owner]:
    """Point this process and its children there; migrate, and build the town."""
    os.environ |= {
        "DATABASE_URL": url, "FIELDWORK_DATA_DIR": str(folder), "FIELDWORK_SECRET_KEY": secrets.token_urlsafe(48),
        "FIELDWORK_TICK_SECONDS": "1", "FIELDWORK_LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "fieldwork.settings",
    }  # fmt: skip
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    owners = _town.build(phones, datetime.now(UTC))
    connection.close()
    return owners


def run(options: argparse.Namespace, folder: Path, url: str) -> list[str]:
    """The whole drill; answers every fault that was found."""
    dice = random.Random(options.seed)  # noqa: S311
    installation = Installation(options.workers, options.threads, folder / "log")
    crowd = Crowd(installation.port, prepare(url, folder, options.phones), options.check_ins, dice)
    moments = sorted(dice.sample(range(max(options.check_ins - options.phones, 1)), options.kills))
    began = time.monotonic()
    installation.start()
    try:
        kills = drill(installation, crowd, moments, dice)
    finally:
        installation.stop()
    import _audit as audit  # noqa: PLC0415  # of the domain, which needs settings

    told = [phone.acknowledged for phone in crowd.phones]
    faults = [f"a phone was told: {failure!r}" for failure in crowd.failures]
    faults += [] if kills == options.kills else [f"only {kills} of {options.kills} kills"]
    counts, missing = audit.audit(told, options.check_ins)
    counts |= {
        "kills": kills, "requests": sum(each.tries for each in told), "resumed": sum(each.resumed for each in told),
        "seconds": round(time.monotonic() - began),
    }  # fmt: skip
    sys.stdout.write(bench.table(["what", "count"], list(counts.items())) + "\n")
    return faults + missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", metavar="URL", help="any database of a server; without it SQLite")
    parser.add_argument("--url", help="an empty database that stays, in place of a fresh one")
    parser.add_argument("--check-ins", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--phones", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8, help="a worker")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="of what is random in the phones")
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    with tempfile.TemporaryDirectory() as name, databases(options, Path(name)) as url:
        faults = run(options, Path(name), url)
        if faults:
            sys.stdout.write((Path(name) / "log").read_text(errors="replace")[-LOG_SHOWN:])
    for fault in faults:
        sys.stdout.write(f"LOST: {fault}\n")
    sys.stdout.write("something was lost\n" if faults else "nothing was lost\n")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
