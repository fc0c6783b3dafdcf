"""`GET tasks?mine=true&page_size=50` of one leader out of a million, beside a bare handler with one query.

    python deploy/bench/tasks_list.py [--scale 0.01] [--seconds 5] [--rounds 3]

Both are served by gunicorn with the same workers and threads on the same PostgreSQL. Either is stopped while the other
has its turn, the order rotates, and a figure is the median over the rounds of the ratio within a round.
The synthetic country has for every leader a signed-in user and this month's obligation with three tasks, and for those
who ask also the months before, so that a page is full. The floor checks no token.
"""

import argparse
import http.client
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import _bench as bench
import _phones as phones
import django

LEADERS = 1_000_000
ASKING = 20
PAGE = 50
PATH = f"/api/v1/tasks?mine=true&page_size={PAGE}"


def serve(app: str, port: int, options: argparse.Namespace, env: dict[str, str]) -> bench.Server:
    command = [
        sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
        "--workers", str(options.workers), "--threads", str(options.threads), "--log-level", "warning",
        "--keep-alive", "60", "--pythonpath", str(Path(__file__).parent),
    ]  # fmt: skip
    return bench.Server(command, port, env)


def asking(path: Callable[[int], str], tokens: dict[int, str]) -> bench.Ask:
    """Asks for the page of one leader after another."""
    leaders = list(tokens)
    headers = {leader: {"Authorization": f"Bearer {token}"} for leader, token in tokens.items()}

    def ask(connection: http.client.HTTPConnection, number: int) -> None:
        leader = leaders[number % len(leaders)]
        connection.request("GET", path(leader), headers=headers[leader])
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200 and body, f"{answer.status} {body[:500]!r}"  # noqa: PLR2004, PT018

    return ask


def paths(name: str) -> Callable[[int], str]:
    return {"ours": lambda _leader: PATH, "floor": lambda leader: f"/?leader={leader}"}[name]


def agree(servers: dict[str, bench.Server], tokens: dict[int, str]) -> int:
    """Both answer the same full page to everybody; the bytes of one of ours."""
    size = 0
    for leader, token in tokens.items():
        answers = {}
        for name, server in servers.items():
            with server.turn():
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                connection.request("GET", paths(name)(leader), headers={"Authorization": f"Bearer {token}"})
                body = connection.getresponse().read()
                connection.close()
            answers[name] = json.loads(body)["results"]
            size = len(body) if name == "ours" else size
        if answers["ours"] != answers["floor"] or len(answers["ours"]) != PAGE:
            sys.exit(f"the two do not answer the same to leader {leader}")
    return size


def measure(servers: dict[str, bench.Server], tokens: dict[int, str], options: argparse.Namespace) -> None:
    rows = []
    for clients in options.clients:
        quantiles: dict[str, dict[str, list[float]]] = {name: {"p50": [], "p95": []} for name in servers}
        for order in bench.rotated(list(servers), options.rounds):
            for name in order:
                ask = asking(paths(name), tokens)
                with servers[name].turn():
                    bench.load(servers[name].port, clients, options.seconds / 2, ask)  # until plans are kept
                    took = bench.load(servers[name].port, clients, options.seconds, ask)
                quantiles[name]["p50"].append(bench.quantile(took, 0.5))
                quantiles[name]["p95"].append(bench.quantile(took, 0.95))
        for share in ("p50", "p95"):
            ours, floor = quantiles["ours"][share], quantiles["floor"][share]
            rows.append((clients, share, _ms(ours), _ms(floor), f"{bench.median_ratio(ours, floor):.2f}"))
    print(bench.table(("clients", "", "ours, ms a round", "floor, ms a round", "median ratio"), rows))


def _ms(durations: Sequence[float]) -> str:
    return " ".join(f"{duration * 1000:.1f}" for duration in durations)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres", help="any database of it")
    parser.add_argument("--database", default="fieldwork_bench_tasks", help="made anew, and dropped")
    parser.add_argument("--keep", action="store_true", help="keep the database, and take it as it was kept")
    parser.add_argument("--scale", type=float, default=1.0, help="of a million leaders")
    parser.add_argument("--seconds", type=float, default=5.0, help="a turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4, help="a worker")
    options = parser.parse_args()
    leaders, now = max(ASKING, int(LEADERS * options.scale)), datetime.now(UTC)
    with (
        bench.database(options.server, options.database, options.keep) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        env = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "fieldwork.settings", "FIELDWORK_DATA_DIR": folder}
        os.environ.update(env)
        django.setup()
        phones.prepare(url, leaders, ASKING, now)
        tokens = phones.sign_in(leaders, ASKING, now)
        servers = {
            "ours": serve("fieldwork.wsgi:application", 8701, options, env),
            "floor": serve("_floor:app", 8702, options, env),
        }
        try:
            size = agree(servers, tokens)
            print(f"{leaders} leaders; {size} bytes a page; {options.workers} workers of {options.threads} threads")
            measure(servers, tokens, options)
        finally:
            for server in servers.values():
                server.end()


if __name__ == "__main__":
    main()
