"""`PUT check-ins/{uuid}` with one photo, beside a bare handler that only stores it; and what slow uploads do to others.

    python deploy/bench/check_in.py [--seconds 5] [--rounds 3] [--phones 1 8 32] [--kilobytes 300 1500]

Both are served by gunicorn as `deploy/gunicorn.conf.py` has it, on the same PostgreSQL; either is stopped while the
other has its turn, the order rotates, and a figure is the median over the rounds of ours to the floor within a round.
Every check-in has an id and a photo of its own, and comes from one of five thousand leaders. Memory is that of the
largest web worker after all turns: resident, and with what processes share counted by its share (Pss).
The last part asks `GET tasks` alone and while 32 phones upload a photo at 10 kB/s each, through nginx, which takes a
request whole before it passes it on, as `deploy/nginx.conf` has it.
"""

import argparse
import hashlib
import http.client
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import _bench as bench
import _check_in_floor as floor
import _phones as phones
import django
import psycopg

LEADERS = 100_000
ASKING = 5_000  # so many that nobody makes more check-ins than a keen leader would
BOUNDARY = "fieldwork-bench-boundary"
TASKS = "/api/v1/tasks?mine=true&page_size=50"
SLOW_PHONES, SLOW_RATE = 32, 10_000
WARM_S = 12.0
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_OPEN = """
SELECT DISTINCT ON (o.leader_id) o.leader_id, k.id, d.latitude, d.longitude
FROM duties_task k JOIN duties_obligation o ON o.id = k.obligation_id JOIN directory_division d ON d.id = k.division_id
WHERE o.leader_id = ANY(%s) AND o.starts_at <= %s AND o.lapses_at > %s
"""


class Phone:
    """A leader's: makes check-ins at a linked town's seat, each with a photo nobody sent before."""

    def __init__(self, leader: int, token: str, task: int, place: tuple[float, float], noise: bytes) -> None:
        self.leader, self.task, self.place = leader, task, place
        self.headers = {"Authorization": f"Bearer {token}"}
        self._noise = noise

    def photo(self) -> bytes:
        """As many bytes as asked for, that begin as a JPEG does and are new in the middle."""
        mark = uuid.uuid4().bytes
        return b"\xff\xd8\xff\xe0" + mark + self._noise[len(mark) + 4 :]

    def declared(self, photo: bytes) -> bytes:
        now = datetime.now(UTC).isoformat()
        latitude, longitude = self.place
        named = {"sha256": hashlib.sha256(photo).hexdigest(), "bytes": len(photo), "content_type": "image/jpeg"}
        location = {"latitude": latitude, "longitude": longitude, "accuracy_m": 12.0, "fix_age_s": 1.5}
        return json.dumps({
            "lead": str(self.leader), "task": str(self.task), "captured_at": now, "location": location,
            "summary": "现场检查：演示", "found_nothing": True, "photos": [named],
            "device": {"id": "bench", "clock_at_send": now},
        }).encode()  # fmt: skip

    def request(self) -> tuple[str, bytes, dict[str, str]]:
        """Path, multipart body and headers of a new check-in."""
        photo = self.photo()
        parts = [
            b'Content-Disposition: form-data; name="check_in"\r\nContent-Type: application/json\r\n\r\n'
            + self.declared(photo),
            b'Content-Disposition: form-data; name="photo"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
            + photo,
        ]
        line = f"--{BOUNDARY}".encode()
        body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
        headers = self.headers | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return f"/api/v1/check-ins/{uuid.uuid4()}", body, headers


def recording(crowd: Sequence[Phone]) -> bench.Ask:
    def ask(connection: http.client.HTTPConnection, number: int) -> None:
        path, body, headers = crowd[number % len(crowd)].request()
        connection.request("PUT", path, body, headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == http.client.CREATED, f"{answer.status} {said[:800]!r}"

    return ask


def asking(crowd: Sequence[Phone]) -> bench.Ask:
    def ask(connection: http.client.HTTPConnection, number: int) -> None:
        connection.request("GET", TASKS, headers=crowd[number % len(crowd)].headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == http.client.OK, answer.status

    return ask


def measure(servers: dict[str, bench.Server], options: argparse.Namespace, tokens: dict[int, str], url: str) -> None:
    rows = []
    warm_up(servers, crowd_of(url, tokens, 1000))
    for kilobytes, clients in itertools.product(options.kilobytes, options.phones):
        crowd = crowd_of(url, tokens, kilobytes * 1000)
        rates: dict[str, list[float]] = {name: [] for name in servers}
        late: dict[str, list[float]] = {name: [] for name in servers}
        for order in bench.rotated(list(servers), options.rounds):
            for name in order:
                with servers[name].turn():
                    took = bench.load(servers[name].port, clients, options.seconds, recording(crowd))
                rates[name].append(len(took) / options.seconds)
                late[name].append(bench.quantile(took, 0.95) * 1000)
        for what, of in (("a second", rates), ("p95, ms", late)):
            shown = [" ".join(f"{figure:.0f}" for figure in of[name]) for name in ("ours", "floor")]
            rows.append((kilobytes, clients, what, *shown, f"{bench.median_ratio(of['ours'], of['floor']):.2f}"))
            print(*rows[-1], sep="  ", flush=True)
    print(bench.table(("kB", "phones", "check-ins", "ours, a round", "floor, a round", "median ratio"), rows))


def warm_up(servers: dict[str, bench.Server], crowd: Sequence[Phone]) -> None:
    """Until every thread has its connection, and every connection its plans."""
    for server in servers.values():
        with server.turn():
            bench.load(server.port, 64, WARM_S, recording(crowd))


def crowd_of(url: str, tokens: dict[int, str], size: int) -> list[Phone]:
    now = datetime.now(UTC)
    with psycopg.connect(url) as connection:
        found = connection.execute(_OPEN, [list(tokens), now, now]).fetchall()
    noise = os.urandom(size)
    return [Phone(leader, tokens[leader], task, (north, east), noise) for leader, task, north, east in found]


@contextmanager
def slow_uploads(port: int, crowd: Sequence[Phone]) -> Iterator[None]:
    """Phones with one bar of signal: each sends its check-in at 10 kB/s until the context ends."""
    over = threading.Event()

    def upload(phone: Phone) -> None:
        path, body, headers = phone.request()
        with socket.create_connection(("127.0.0.1", port)) as line:
            head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            line.sendall(head.encode() + b"\r\n")
            for start in range(0, len(body), SLOW_RATE // 5):
                line.sendall(body[start : start + SLOW_RATE // 5])
                if over.wait(0.2):
                    return

    threads = [threading.Thread(target=upload, args=[phone]) for phone in crowd[:SLOW_PHONES]]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


@contextmanager
def nginx(port: int, behind: int, folder: Path) -> Iterator[None]:
    """In front of a server, with what deploy/nginx.conf says of bodies."""
    config = folder / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr warn; worker_processes 1; events {{}}"
        f"http {{ access_log off; {temporary} upstream web {{ server 127.0.0.1:{behind}; keepalive 16; }}"
        f"server {{ listen 127.0.0.1:{port}; client_max_body_size 100m; client_body_buffer_size 256k;"
        'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;'
        "proxy_request_buffering on; location / { proxy_pass http://web; } } }"
    )
    running = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(config)])
    try:
        bench.await_port(port)
        yield
    finally:
        running.terminate()
        running.wait()


def beside_slow_uploads(
    server: bench.Server, crowd: Sequence[Phone], options: argparse.Namespace, folder: Path
) -> None:
    late: dict[str, list[float]] = {"alone": [], "beside 32 slow uploads": []}
    port = 8705
    with server.turn(), nginx(port, server.port, folder):
        bench.load(port, 4, 2, asking(crowd))
        for _ in range(options.rounds):
            took = bench.load(port, 4, options.seconds, asking(crowd))
            late["alone"].append(bench.quantile(took, 0.95) * 1000)
            with slow_uploads(port, crowd):
                time.sleep(1)
                took = bench.load(port, 4, options.seconds, asking(crowd))
            late["beside 32 slow uploads"].append(bench.quantile(took, 0.95) * 1000)
    rows = [(name, " ".join(f"{figure:.1f}" for figure in figures)) for name, figures in late.items()]
    rows.append(("median ratio", f"{bench.median_ratio(late['beside 32 slow uploads'], late['alone']):.2f}"))
    print(bench.table(("GET tasks, p95 in ms", "a round"), rows))


def serve(app: str, port: int, options: argparse.Namespace, env: dict[str, str]) -> bench.Server:
    command = [
        sys.executable, "-m", "gunicorn", "--config", str(bench.ROOT / "deploy/gunicorn.conf.py"), app,
        "--bind", f"127.0.0.1:{port}", "--log-level", "warning", "--pythonpath", str(Path(__file__).parent),
    ]  # fmt: skip
    command += ["--workers", str(options.workers)] if options.workers else []
    command += ["--threads", str(options.threads)] if options.threads else []
    return bench.Server(command, port, env)


def memory(server: bench.Server) -> str:
    """Of the largest worker."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
    rolled = [Path(f"/proc/{child}/smaps_rollup").read_text(encoding="ascii") for child in children]
    largest = {name: max(int(each.partition(f"{name}:")[2].split()[0]) for each in rolled) for name in ("Rss", "Pss")}
    return f"the largest of our workers: resident {largest['Rss']} kB, by shares {largest['Pss']} kB"


def main() -> None:
    options = parsed()
    leaders, now = max(ASKING, int(LEADERS * options.scale)), datetime.now(UTC)
    with (
        bench.database(options.server, options.database, options.keep) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        env = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "fieldwork.settings", "FIELDWORK_DATA_DIR": folder}
        env |= {"FIELDWORK_KEYS_DIR": f"{folder}/keys", "MALLOC_ARENA_MAX": "2"}
        os.environ.update(env)
        django.setup()
        phones.prepare(url, leaders, ASKING, now)
        tokens = phones.sign_in(leaders, ASKING, now)
        from fieldwork.core.events import SYSTEM  # noqa: PLC0415  # after django.setup()
        from fieldwork.core.signing import rotate  # noqa: PLC0415

        rotate(by=SYSTEM, at=now)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(floor.TABLE.replace("TABLE", "TABLE IF NOT EXISTS"))
        servers = {
            "ours": serve("fieldwork.wsgi", 8703, options, env),
            "floor": serve("_check_in_floor:app", 8704, options, env),
        }
        try:
            measure(servers, options, tokens, url)
            print(memory(servers["ours"]))
            if NGINX and not options.no_slow:
                beside_slow_uploads(servers["ours"], crowd_of(url, tokens, 300_000), options, Path(folder))
        finally:
            for server in servers.values():
                server.end()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres", help="any database of it")
    parser.add_argument("--database", default="fieldwork_bench_check_in", help="made anew, and dropped")
    parser.add_argument("--keep", action="store_true", help="keep the database, and take it as it was kept")
    parser.add_argument("--scale", type=float, default=1.0, help="of a hundred thousand leaders")
    parser.add_argument("--seconds", type=float, default=5.0, help="a turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--phones", type=int, nargs="*", default=[1, 8, 32])
    parser.add_argument("--kilobytes", type=int, nargs="+", default=[300, 1500])
    parser.add_argument("--workers", type=int, help="instead of what the configuration says")
    parser.add_argument("--threads", type=int, help="likewise, a worker")
    parser.add_argument("--no-slow", action="store_true", help="leave out the slow uploads")
    return parser.parse_args()


if __name__ == "__main__":
    main()
