"""gunicorn beside granian, both before the whole application on PostgreSQL: `GET me` and `GET tasks?mine=true`.

Each server has the same number of processes and threads and is stopped while the other one has its turn; the order is
rotated; a figure is the median over the rounds of granian's requests a second to gunicorn's. granian must be importable
(`pip install --target FOLDER granian`, then PYTHONPATH=FOLDER): it is no dependency.
"""

import argparse
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import _bench as bench

PATHS = ("/api/v1/me", "/api/v1/tasks?mine=true&page_size=50")
PASSWORD = secrets.token_urlsafe(12)


def commands(workers: int, threads: int, ports: dict[str, int]) -> dict[str, list[str]]:
    python = [sys.executable, "-m"]
    gunicorn = ["gunicorn", "--config", "deploy/gunicorn.conf.py", "--log-level", "warning"]
    granian = ["granian", "--interface", "wsgi", "--no-ws", "--port", str(ports["granian"]), "--no-log"]
    return {
        "gunicorn": [
            *python, *gunicorn, "--bind", f"127.0.0.1:{ports['gunicorn']}", "--workers", str(workers),
            "--threads", str(threads),
        ],
        "granian": [
            *python, *granian, "--workers", str(workers), "--blocking-threads", str(threads),
            "fieldwork.wsgi:application",
        ],
    }  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sign_in(port: int, clients: int) -> list[str]:
    """A token for each client."""
    tokens = []
    for number in range(clients):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        device = {"id": f"bench-{number}", "name": "bench", "platform": "web"}
        body = json.dumps({"username": "demo-leader", "password": PASSWORD, "device": device})
        connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
        tokens.append(json.loads(connection.getresponse().read())["token"])
    return tokens


def asking(path: str, tokens: list[str]) -> bench.Ask:
    def ask(connection: http.client.HTTPConnection, number: int) -> None:
        token = tokens[number % len(tokens)]
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            raise AssertionError(answer.status)

    return ask


@contextmanager
def application(server: str) -> Iterator[dict[str, str]]:
    """The environment of an invented city in a database of its own."""
    with bench.database(server, "fieldwork_bench_servers") as url, tempfile.TemporaryDirectory() as folder:
        own = {"DATABASE_URL": url, "FIELDWORK_DATA_DIR": folder, "FIELDWORK_DEMO_PASSWORD": PASSWORD}
        own["FIELDWORK_LOG_LEVEL"] = "WARNING"
        seed = [sys.executable, "manage.py", "demo", "--no-serve", "--leaders", "60", "--months", "1"]
        subprocess.run(seed, env=os.environ | own, cwd=bench.ROOT, check=True, stdout=subprocess.DEVNULL)
        yield own


def measure(servers: dict[str, bench.Server], options: argparse.Namespace) -> list[list[str]]:
    with servers["gunicorn"].turn():
        tokens = sign_in(servers["gunicorn"].port, options.clients)
    rows = []
    for path in PATHS:
        rates: dict[str, list[float]] = {name: [] for name in servers}
        late: dict[str, list[float]] = {name: [] for name in servers}
        for order in bench.rotated(list(servers), options.rounds):
            for name in order:
                with servers[name].turn():
                    bench.load(servers[name].port, options.clients, 1.0, asking(path, tokens))  # warm
                    took = bench.load(servers[name].port, options.clients, options.seconds, asking(path, tokens))
                rates[name].append(len(took) / options.seconds)
                late[name].append(bench.quantile(took, 0.95))
        ratio = bench.median_ratio(rates["granian"], rates["gunicorn"])
        for name in servers:
            shown = " ".join(f"{rate:.0f}" for rate in rates[name])
            slowest = " ".join(f"{duration * 1000:.0f}" for duration in late[name])
            rows.append([path, name, shown, slowest, f"{ratio:.2f}" if name == "granian" else "1"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres", help="any database of it")
    parser.add_argument("--seconds", type=float, default=5.0, help="a turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8, help="a worker")
    options = parser.parse_args()
    ports = {"gunicorn": free_port(), "granian": free_port()}
    with application(options.server) as own, ExitStack() as running:
        servers = {}
        for name, command in commands(options.workers, options.threads, ports).items():
            servers[name] = bench.Server(command, ports[name], own)
            running.callback(servers[name].end)
        rows = measure(servers, options)
    sys.stdout.write(bench.table(["path", "server", "requests/s", "p95 ms", "ratio"], rows) + "\n")


if __name__ == "__main__":
    main()
