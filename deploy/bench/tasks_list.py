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
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import _bench as bench
import django
import psycopg

sys.path.insert(0, str(bench.ROOT))
LEADERS = 1_000_000
ASKING = 20
MONTHS = 18
PAGE = 50
PATH = f"/api/v1/tasks?mine=true&page_size={PAGE}"

_OBLIGATIONS = """
INSERT INTO duties_obligation (subject_key, subject_kind, leader_id, duty, activity, period, starts_on, ends_on, due_on,
    starts_at, due_at, lapses_at, minimum, counted, outcome)
SELECT 'leader:' || n, 'leader', n, 'inspection', 'inspection', %(period)s, %(starts_on)s, %(ends_on)s, %(ends_on)s,
    %(starts_at)s, %(ends_at)s, %(ends_at)s, 1, 0, 'pending'
FROM generate_series(1, %(leaders)s, %(step)s) n
"""
_BASES = """
INSERT INTO duties_basis (obligation_id, rule_id, tenure_id, division_id, state, reason, since)
SELECT o.id, 1, t.id, t.post_id, 'standing', '', o.starts_at
FROM duties_obligation o JOIN directory_tenure t ON t.leader_id = o.leader_id
"""
_TASKS = """
INSERT INTO duties_task (obligation_id, target_key, target_kind, division_id, state, reason, since, linked_until,
    done_at)
SELECT o.id, 'town:' || town, 'town', town, 'standing', '', o.starts_at, o.ends_on,
    CASE WHEN k = 0 AND o.leader_id %% 2 = 1 THEN o.starts_at + interval '36 hours' END
FROM (SELECT o.*, k, %(first)s + (o.leader_id * 7 + k) %% %(towns)s AS town
      FROM duties_obligation o, generate_series(0, 2) k ORDER BY o.id, k) o
"""
_PERFORMANCES = """
INSERT INTO duties_performance (leader_id, activity, at, day, source_kind, source_id, captured_at, stands)
SELECT leader_id, 'inspection', starts_at + interval '36 hours', starts_on + 1, 'check_in', gen_random_uuid()::text,
    starts_at + interval '36 hours', true
FROM duties_obligation WHERE leader_id %% 2 = 1
"""
_TOUCHES = """
INSERT INTO duties_touch (performance_id, target_key)
SELECT id, 'town:' || (%(first)s + leader_id * 7 %% %(towns)s) FROM duties_performance
"""
_USERS = """
INSERT INTO directory_user (username, password, is_superuser, is_staff, is_active, date_joined, name, office, language,
    leader_id)
SELECT 'bench' || id, '!', false, false, true, now(), name, '', 'zh-hans', id FROM directory_leader;
INSERT INTO reminders_device (user_id, key, name, platform, app_version, push_kind, push_value, claimed_at)
SELECT id, 'bench', '', 'android', '', '', '', now() FROM directory_user;
INSERT INTO api_devicetoken (digest, token_key, created, expiry, device_id, user_id)
SELECT repeat(md5(id::text), 4), left(md5(id::text), 8), now(), now() + interval '90 days', id, user_id
FROM reminders_device;
"""


def fill(url: str, leaders: int, now: datetime) -> None:
    """The country, this month's obligations of all and the earlier ones of those who ask."""
    import _country as country  # noqa: PLC0415  # of the domain, which needs settings

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        country.build(connection, leaders)
        connection.commit()
        rule()
        cursor.execute("SET session_replication_role = replica")
        for statement in _USERS.split(";")[:-1]:
            cursor.execute(statement)
        for month, step in _months(leaders, now):
            cursor.execute(_OBLIGATIONS, {**month, "leaders": leaders, "step": step})
        town = {"first": country.FIRST_TOWN, "towns": country.TOWNS}
        for statement in (_BASES, _TASKS, _PERFORMANCES, _TOUCHES):
            cursor.execute(statement, town)
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")


def rule() -> None:
    """What all obligations rest on."""
    from fieldwork.duties.models import Policy, PolicyVersion, Rule  # noqa: PLC0415

    policy = Policy.objects.create(pk=1, code="bench", title="测试办法", division_id=1)
    version = PolicyVersion.objects.create(
        pk=1, policy=policy, version="1", status="in_force", starts_on="2020-01-01", text="", digest=""
    )
    Rule.objects.create(
        pk=1, version=version, code="monthly", duty="inspection", name="测试规则", subject="leader",
        activity="inspection", cadence="month", article="第五条", article_text="每月1次。",
    )  # fmt: skip


def _months(leaders: int, now: datetime) -> Iterator[tuple[dict[str, Any], int]]:
    """The columns of each month, the oldest first, and every how many leaders have one."""
    from fieldwork.core.periods import ZONE, Cadence, Period  # noqa: PLC0415

    today = now.astimezone(ZONE)
    first = today.year * 12 + today.month - MONTHS
    for month in range(first, first + MONTHS):
        of = Period(Cadence.MONTH, month // 12, month % 12 + 1)
        columns = {
            "period": str(of), "starts_on": of.starts_on, "ends_on": of.ends_on,
            "starts_at": of.starts_at(), "ends_at": of.ends_at(),
        }  # fmt: skip
        yield columns, 1 if month == first + MONTHS - 1 else leaders // ASKING


def sign_in(leaders: int, now: datetime) -> dict[int, str]:
    """The tokens of those who ask, by leader; each is a user who signed in on a phone."""
    from api.auth.actions import DeviceGiven, begin_session  # noqa: PLC0415
    from fieldwork.directory.models import User  # noqa: PLC0415

    tokens = {}
    for leader in range(1, leaders + 1, leaders // ASKING):
        user = User.objects.get(leader=leader)
        tokens[leader] = begin_session(user=user, device=DeviceGiven("bench", "", "android"), at=now).token
    return tokens


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
        prepare(url, leaders, now)
        tokens = sign_in(leaders, now)
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


def prepare(url: str, leaders: int, now: datetime) -> None:
    from django.core.management import call_command  # noqa: PLC0415  # after django.setup()

    with psycopg.connect(url) as connection:
        filled = connection.execute("SELECT to_regclass('duties_task')").fetchone()
    if filled is None or filled[0] is None:
        call_command("migrate", verbosity=0)
        fill(url, leaders, now)


if __name__ == "__main__":
    main()
