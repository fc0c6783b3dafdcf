"""A month of a province, summed up, beside hand-written SQL that counts the same.

    python deploy/bench/summary.py [--scale 1] [--times 20]

21 cities, 1,680 towns, 30,000 leaders, 24 months: 720,000 obligations, each with its basis. Both run in this process on
the same PostgreSQL, one after the other in turns; ours with everything between the address and the bytes of the answer,
the floor with nothing but statements and an encoder of JSON. A figure is the ratio of their 95th percentiles.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import _bench as bench
import django
import orjson
import psycopg
import time_machine
from psycopg.rows import dict_row

sys.path.insert(0, str(bench.ROOT))
import _country as country
from hazards import Asker, Case, measure

LEADERS, MONTHS = 30_000, 24
MONTH, NOW = "2026-11", datetime(2026, 11, 21, 4, tzinfo=UTC)
PROVINCE = 1  # its id
# Of ten, seven have met it, one is excused; of a hundred, one was handed over.
_ROWS = """
INSERT INTO duties_obligation (subject_key, subject_kind, leader_id, duty, activity, period, starts_on, ends_on, due_on,
    starts_at, due_at, lapses_at, minimum, counted, met_at, outcome, changed, demanded)
SELECT 'leader:' || n, 'leader', n, 'inspection', 'inspection', to_char(first, 'YYYY-MM'), first, last, last,
    first::timestamp AT TIME ZONE 'Asia/Shanghai', (last + 1)::timestamp AT TIME ZONE 'Asia/Shanghai',
    (last + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', 1, CASE WHEN n % 10 < 7 THEN 1 ELSE 0 END,
    CASE WHEN n % 10 < 7 THEN (first + 9)::timestamp AT TIME ZONE 'Asia/Shanghai' END,
    CASE WHEN n % 10 < 7 THEN 'met' WHEN n % 10 = 7 THEN 'excused' WHEN n % 100 = 99 THEN 'transferred'
        ELSE 'pending' END, 0, 0
FROM generate_series(1, {leaders}) n,
    (SELECT day::date AS first, (day + interval '1 month' - interval '1 day')::date AS last
     FROM generate_series(date '{first}' - interval '{before} months', date '{first}', interval '1 month') day) m;
INSERT INTO duties_basis (obligation_id, rule_id, tenure_id, division_id, state, reason, since)
SELECT o.id, {rule}, o.leader_id, p.organisation_id,
    CASE o.outcome WHEN 'transferred' THEN 'transferred' ELSE 'standing' END, '', o.starts_at
FROM duties_obligation o JOIN directory_tenure t ON t.id = o.leader_id JOIN directory_post p ON p.id = t.post_id;
INSERT INTO duties_performance (leader_id, activity, at, day, source_kind, source_id, captured_at, stands)
SELECT leader_id, 'inspection', met_at, starts_on + 9, 'check_in', gen_random_uuid()::text, met_at, true
FROM duties_obligation WHERE outcome = 'met';
"""
STATUS = "CASE WHEN o.outcome <> 'pending' THEN o.outcome WHEN o.lapses_at > %(now)s THEN 'open' ELSE 'lapsed' END"
COUNT = """
SELECT {key} AS key, {status} AS status, count(*) FROM duties_obligation o
JOIN duties_basis b ON b.obligation_id = o.id JOIN directory_division d ON d.id = b.division_id {joins}
WHERE o.period = {period} AND d.path >= %(path)s AND d.path < %(path)s || '~' GROUP BY 1, 2
"""
AT_RISK = """
SELECT o.*, l.name FROM duties_obligation o JOIN directory_leader l ON l.id = o.leader_id
WHERE o.period = %(period)s AND o.outcome = 'pending' AND o.lapses_at > %(now)s AND EXISTS (
    SELECT FROM duties_basis b JOIN directory_division d ON d.id = b.division_id
    WHERE b.obligation_id = o.id AND b.state = 'standing' AND d.path >= %(path)s AND d.path < %(path)s || '~'
) ORDER BY {order} LIMIT {limit}
"""
KEYS = {
    "division": ("left(d.path, length(%(path)s) + 6)", ""),
    "organisation": ("p.organisation_id", "JOIN directory_tenure t ON t.id = b.tenure_id"
                     " JOIN directory_post p ON p.id = t.post_id"),
    "rule": ("b.rule_id", ""),
    "leader": ("o.leader_id", ""),
}  # fmt: skip
NAMES = {
    "division": "SELECT path, name FROM directory_division WHERE path = ANY(%(keys)s)",
    "organisation": "SELECT id, name FROM directory_organisation WHERE id = ANY(%(keys)s)",
    "rule": "SELECT id, name FROM duties_rule WHERE id = ANY(%(keys)s)",
    "leader": "SELECT id, name FROM directory_leader WHERE id = ANY(%(keys)s)",
}


class Floor:
    """What is counted by hand."""

    def __init__(self, url: str, params: dict[str, Any]) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row, prepare_threshold=None)
        self._params = params

    def summary(self, by: str, *earlier: str) -> Callable[[], bytes]:
        def ask() -> bytes:
            found: dict[str, Any] = {"at_risk": self._all(AT_RISK.format(order="l.name, o.id", limit=100))}
            for period in ("period", *earlier):
                found[f"total {period}"] = self._counted("0", "", period)
                found[period] = self._counted(*KEYS[by], period)
            keys = list({row["key"] for row in found["period"]})
            found["names"] = self._all(NAMES[by], keys=keys)
            return orjson.dumps(found, default=str)

        return ask

    def counts(self) -> bytes:
        return orjson.dumps(self._counted("0", "", "period"))

    def at_risk(self) -> bytes:
        return orjson.dumps(self._all(AT_RISK.format(order="o.due_at DESC, o.id DESC", limit=50)), default=str)

    def _counted(self, key: str, joins: str, period: str) -> list[dict[str, Any]]:
        return self._all(COUNT.format(key=key, joins=joins, status=STATUS, period=f"%({period})s"))

    def _all(self, statement: str, **more: Any) -> list[dict[str, Any]]:
        return self._connection.execute(statement, {**self._params, **more}).fetchall()


def cases(office: Asker, floor: Floor, period: str) -> list[Case]:
    """What is asked, ours and the floor's."""
    found: list[Case] = [
        (f"summary?by={by}", office.asking(f"periods/{period}/summary?by={by}"), floor.summary(by)) for by in KEYS
    ]
    compared = "summary?by=division&compare=previous,last_year"
    found.append(
        (compared, office.asking(f"periods/{period}/{compared}"), floor.summary("division", "previous", "last_year"))
    )
    found.append(("figures", office.asking(f"periods/{period}"), floor.counts))
    as_of = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    found.append(("figures as of an instant", office.asking(f"periods/{period}?as_of={as_of}"), floor.counts))
    listed = f"obligations?at_risk=true&period={period}"
    found.append((listed, office.asking(listed), floor.at_risk))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres", help="any database of it")
    parser.add_argument("--database", default="fieldwork_bench_summary", help="made anew, and dropped")
    parser.add_argument("--keep", action="store_true", help="keep the database, and take it as it was kept")
    parser.add_argument("--scale", type=float, default=1.0, help="of 30,000 leaders")
    parser.add_argument("--times", type=int, default=20, help="that each is asked")
    options = parser.parse_args()
    with (
        bench.database(options.server, options.database, options.keep) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ.update(
            DATABASE_URL=url, DJANGO_SETTINGS_MODULE="fieldwork.settings", FIELDWORK_DATA_DIR=folder,
            FIELDWORK_ALLOWED_HOSTS="testserver",
        )  # fmt: skip
        django.setup()
        with time_machine.travel(NOW):
            measure(cases(*prepared(url, int(LEADERS * options.scale))), options.times)


def prepared(url: str, leaders: int) -> tuple[Asker, Floor, str]:
    """The province, if it is not there yet; its supervisor, the floor, and this month."""
    from django.core.management import call_command  # noqa: PLC0415

    from fieldwork.core.periods import Period  # noqa: PLC0415
    from fieldwork.directory.models import Division, User  # noqa: PLC0415
    from fieldwork.duties.models import Obligation  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    if not Obligation.objects.exists():
        _build(url, leaders)
        province = Division.objects.get(pk=PROVINCE)
        User.objects.create(username="bench-office", password="!", office="supervisor", division=province)  # noqa: S106
    this = Period.parse(MONTH)
    last_year = Period(this.cadence, this.year - 1, this.index)
    path = Division.objects.get(pk=PROVINCE).path
    params = {
        "path": path,
        "period": str(this),
        "previous": str(this.previous()),
        "last_year": str(last_year),
        "now": NOW,
    }
    return Asker(User.objects.get(username="bench-office")), Floor(url, params), str(this)


def _build(url: str, leaders: int) -> None:
    from fieldwork.directory.models import Division  # noqa: PLC0415
    from fieldwork.duties.models import Policy, PolicyVersion, Rule  # noqa: PLC0415

    country.PROVINCES, country.CITIES, country.COUNTIES, country.TOWNS_OF_COUNTY = 1, 21, 8, 10
    country.TOWNS = 21 * 8 * 10
    country.FIRST_TOWN = 1 + 1 + 21 + 21 * 8
    with psycopg.connect(url) as connection:
        country.build(connection, leaders)
        connection.commit()
        policy = Policy.objects.create(code="bench", title="测试办法", division=Division.objects.get(pk=PROVINCE))
        version = PolicyVersion.objects.create(
            policy=policy, version="1", status="in_force", starts_on="2020-01-01", text="", digest=""
        )
        rule = Rule.objects.create(
            version=version, code="inspection", name="测试规则", subject="leader", activity="inspection",
            cadence="month", minimum=1, partial_period=10, duty="inspection", article="第一条", article_text="测试",
        )  # fmt: skip
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SET LOCAL synchronous_commit = off")
            for statement in _ROWS.format(leaders=leaders, rule=rule.pk, first=f"{MONTH}-01", before=MONTHS - 1).split(
                ";"
            )[:-1]:
                cursor.execute(statement)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
