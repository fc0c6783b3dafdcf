"""32 identical check-ins at the same moment, 50 rounds: one row, and the same identity in every answer.

    python deploy/bench/twins.py [--postgresql postgres://…] [--rounds 50] [--twins 32]

The control is the same server without the guard: whoever comes second is not given the row of the first. It must show.
"""

import argparse
import http.client
import json
import random
import secrets
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _bench as bench
import _phone
import _town
from kill_drill import databases, prepare
from servers import free_port

GUARDED, CONTROL = "with the guard", "control without it"
_APPS = {GUARDED: "fieldwork.wsgi", CONTROL: "_unguarded"}
_IDENTITY = ("id", "received_at", "receipt", "state", "counts_for")


def serve(name: str, threads: int, log: Path) -> bench.Server:
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--threads", str(threads), "--log-level", "critical", "--error-logfile", str(log),
        "--pythonpath", "deploy/bench", _APPS[name],
    ]  # fmt: skip
    return bench.Server(command, port, {})


def at_once(port: int, owner: _town.Owner, check_in: _phone.CheckIn, twins: int) -> list[tuple[int, Any]]:
    """Status and identity that each of them was answered with; all are sent from one barrier."""
    kind, data = _phone.multipart(check_in)
    headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": kind}
    ready, answers = threading.Barrier(twins), list[tuple[int, Any]]()

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.connect()
        ready.wait()
        connection.request("PUT", f"/api/v1/check-ins/{check_in.id}", data, headers)
        answer = connection.getresponse()
        said = answer.read()
        ok = answer.status in _phone.STORED
        identity = json.dumps({name: json.loads(said)[name] for name in _IDENTITY}) if ok else None
        answers.append((answer.status, identity))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(twins)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def rounds(port: int, owner: _town.Owner, options: argparse.Namespace) -> tuple[Counter[int], list[str]]:
    """How often each status was answered, and the rounds in which twins were not one."""
    statuses, faults = Counter[int](), []
    dice = random.Random(options.seed)  # noqa: S311  # repeatable on purpose
    for number in range(options.rounds):
        check_in = _phone.made(number, owner.leader, datetime.now(UTC).isoformat(), dice)
        answers = at_once(port, owner, check_in, options.twins)
        told = Counter(status for status, _identity in answers)
        statuses += told
        identities = {identity for _status, identity in answers}
        if told != {201: 1, 200: options.twins - 1} or len(identities) != 1:
            faults.append(f"round {number}: {dict(told)}, {len(identities)} identities")
    return statuses, faults


def stored() -> Sequence[int]:
    """Rows of what must be one a round."""
    from fieldwork.core.models import Event  # noqa: PLC0415
    from fieldwork.duties.models import Performance  # noqa: PLC0415
    from fieldwork.inspections.models import CheckIn  # noqa: PLC0415

    recorded = Event.objects.filter(kind="check_in.recorded")
    return CheckIn.objects.count(), Performance.objects.count(), recorded.count()


def measure(options: argparse.Namespace, owner: _town.Owner, folder: Path) -> list[str]:
    rows, wrong, before = [], [], 0
    for name in (GUARDED, CONTROL):
        server = serve(name, options.twins // 2, folder / "log")
        try:
            with server.turn():
                statuses, faults = rounds(server.port, owner, options)
        finally:
            server.end()
        found = [count - before for count in stored()]
        before += options.rounds
        rows.append([name, options.rounds, dict(sorted(statuses.items())), "/".join(map(str, found)), len(faults)])
        if name == GUARDED:
            wrong += faults + ([] if set(found) == {options.rounds} else [f"rows, performances, events: {found}"])
        elif not faults:
            wrong.append("the control shows nothing: the race never happened")
        options.seed += 1
    sys.stdout.write(bench.table(["server", "rounds", "statuses", "rows/counts/events", "faults"], rows) + "\n")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postgresql", metavar="URL", help="any database of a server; without it SQLite")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--twins", type=int, default=32)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.set_defaults(url=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, databases(options, Path(name)) as url:
        (owner,) = prepare(url, Path(name), phones=1)
        wrong = measure(options, owner, Path(name))
    for fault in wrong:
        sys.stdout.write(f"WRONG: {fault}\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
