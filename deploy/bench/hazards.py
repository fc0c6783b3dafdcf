"""Lists, map and summary of 200,000 hazards, beside hand-written SQL that fetches the same rows.

    python deploy/bench/hazards.py [--scale 0.1] [--times 40]

Both run in this process on the same PostgreSQL, one after the other in turns; ours with everything between the address
and the bytes of the answer, the floor with nothing but statements and an encoder of JSON. A figure is the ratio of
their 95th percentiles. The queries of each are counted too: they must not grow with the rows.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import _bench as bench
import django
import orjson
import psycopg
from psycopg.rows import dict_row

sys.path.insert(0, str(bench.ROOT))
import _country as country
import _hazards as hazards

HAZARDS, LEADERS, PAGE = 200_000, 10_000, 50
CITY = 1 + country.PROVINCES  # the first one's id
NEAR = (25.0, 95.0)
CHILDREN = ("hazardphoto", "submission", "extension", "listing")
LIST = """
SELECT h.*, d.path FROM hazards_hazard h JOIN directory_division d ON d.id = h.division_id
WHERE {scope} AND {where} ORDER BY h.found_at DESC, h.id DESC LIMIT {limit}
"""
OFFICE = "d.path >= %(path)s AND d.path < %(path)s || '~'"
LEADER = """(h.lead_id = %(leader)s OR h.post_id = ANY(%(posts)s) OR d.path = ANY(%(paths)s))"""
SUMMARY = """
SELECT left(d.path, length(%(path)s) + 6) AS below, count(*) AS found, count(*) FILTER (WHERE grade = 'major') AS major,
    count(*) FILTER (WHERE state NOT IN ('closed', 'dismissed')) AS open,
    count(*) FILTER (WHERE state IN ('rectifying', 'extension_requested') AND deadline < %(today)s) AS overdue,
    count(*) FILTER (WHERE state = 'closed') AS closed,
    count(*) FILTER (WHERE state = 'closed' AND submitted_on <= deadline) AS in_time
FROM hazards_hazard h JOIN directory_division d ON d.id = h.division_id
WHERE {office} AND state <> 'dismissed' AND found_on BETWEEN %(first)s AND %(today)s GROUP BY 1
"""
FILTERS = {
    "": "true",
    "state=rectifying": "state = 'rectifying'",
    "open=true": "state NOT IN ('closed', 'dismissed')",
    "grade=major": "grade = 'major'",
    "category=site_fire": "category = 'site_fire'",
    "overdue=true": "state IN ('rectifying', 'extension_requested') AND deadline < %(today)s",
    "listed=true": "EXISTS (SELECT FROM hazards_listing l WHERE l.hazard_id = h.id AND delisted_on IS NULL)",
}
Case = tuple[str, Callable[[], Any], Callable[[], Any]]


class Asker:
    """Ours: a signed-in user's requests within this process."""

    def __init__(self, user: Any) -> None:
        from django.test import Client  # noqa: PLC0415

        from api.auth.actions import DeviceGiven, begin_session  # noqa: PLC0415

        device = DeviceGiven(key=f"bench-{user.pk}", name="bench", platform="android")
        token = begin_session(user=user, device=device, at=datetime.now(UTC)).token
        self._client, self._headers = Client(), {"Authorization": f"Bearer {token}"}

    def asking(self, path: str) -> Callable[[], bytes]:
        def ask() -> bytes:
            answer = self._client.get(f"/api/v1/{path}", headers=self._headers)
            assert answer.status_code == 200, answer.content  # noqa: PLR2004
            return bytes(answer.content)

        return ask


class Floor:
    """What is fetched by hand: rows with their children, and counts."""

    def __init__(self, url: str, params: dict[str, Any]) -> None:
        self._connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self._params = params

    def listing(self, scope: str, where: str, limit: int, children: bool = True) -> Callable[[], bytes]:
        def ask() -> bytes:
            rows = self._all(LIST.format(scope=scope, where=where, limit=limit))
            ids = [row["id"] for row in rows]
            found = {"results": rows}
            for name in CHILDREN if children else ():
                found[name] = self._all(f"SELECT * FROM hazards_{name} WHERE hazard_id = ANY(%(ids)s)", ids=ids)  # noqa: S608
            return orjson.dumps(found, default=str)

        return ask

    def summary(self) -> bytes:
        return orjson.dumps(self._all(SUMMARY.format(office=OFFICE)), default=str)

    def _all(self, statement: str, **more: Any) -> list[dict[str, Any]]:
        return self._connection.execute(statement, {**self._params, **more}).fetchall()


class _Counted:
    """How many queries went by."""

    queries = 0

    def __call__(self, run: Callable[..., Any], *given: Any) -> Any:
        self.queries += 1
        return run(*given)


def cases(office: Asker, leader: Asker, floor: Floor) -> list[Case]:
    """What is asked, ours and the floor's."""
    found: list[Case] = [
        (f"office: hazards?{name}", office.asking(f"hazards?{name}"), floor.listing(OFFICE, where, PAGE))
        for name, where in FILTERS.items()
    ]
    found += [
        (f"leader: hazards?{name}", leader.asking(f"hazards?{name}"), floor.listing(LEADER, where, PAGE))
        for name, where in (("", "true"), ("mine=true", "h.post_id = ANY(%(posts)s)"))
    ]
    city = f"hazards?format=geojson&division={CITY}"
    found.append((f"office: {city}", office.asking(city), floor.listing(OFFICE, "true", 2000, children=False)))
    summary = f"hazards/summary?during={datetime.now(UTC).year}"
    found.append((f"office: {summary}", office.asking(summary), floor.summary))
    return found


def measure(found: list[Case], times: int) -> None:
    from django.db import connection  # noqa: PLC0415

    rows = []
    for name, ours, floor in found:
        took: dict[Callable[[], Any], list[float]] = {ours: [], floor: []}
        counted = _Counted()
        with connection.execute_wrapper(counted):
            size = len(ours())
        for number in range(times + 3):
            for ask in (ours, floor) if number % 2 else (floor, ours):
                began = time.perf_counter()
                ask()
                if number >= 3:  # noqa: PLR2004  # until plans and pages are kept
                    took[ask].append(time.perf_counter() - began)
        mine, least = (bench.quantile(took[ask], 0.95) for ask in (ours, floor))
        rows.append((name, counted.queries, size, f"{mine * 1000:.1f}", f"{least * 1000:.1f}", f"{mine / least:.2f}"))
    print(bench.table(("asked", "queries", "bytes", "ours p95, ms", "floor p95, ms", "ratio"), rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres", help="any database of it")
    parser.add_argument("--database", default="fieldwork_bench_hazards", help="made anew, and dropped")
    parser.add_argument("--keep", action="store_true", help="keep the database, and take it as it was kept")
    parser.add_argument("--scale", type=float, default=1.0, help="of 200,000 hazards")
    parser.add_argument("--times", type=int, default=40, help="that each is asked")
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
        measure(cases(*prepared(url, int(HAZARDS * options.scale))), options.times)


def prepared(url: str, number: int) -> tuple[Asker, Asker, Floor]:
    """The country, if it is not there yet; a city's supervisor, a leader with three linked towns, and the floor."""
    from django.core.management import call_command  # noqa: PLC0415

    from fieldwork.directory.models import Division, Tenure, User  # noqa: PLC0415
    from fieldwork.hazards.models import Hazard  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    if not Hazard.objects.exists():
        with psycopg.connect(url) as connection:
            country.build(connection, LEADERS, linkages=True)
            connection.commit()
            city = Division.objects.get(pk=CITY)
            User.objects.create(username="bench-office", password="!", office="supervisor", division=city)  # noqa: S106
            User.objects.create(username="bench-leader", password="!", leader_id=7)  # noqa: S106
            now = datetime.now(UTC).isoformat()
            hazards.build(connection, number, LEADERS, country.FIRST_TOWN, country.TOWNS, now)
    city, tenure = Division.objects.get(pk=CITY), Tenure.objects.get(leader=7)
    towns = [tenure.post.organisation.division, *(linkage.division for linkage in tenure.linkages.all())]
    today = datetime.now(UTC).date()
    params = {
        "path": city.path, "today": today, "first": today - timedelta(days=333), "leader": 7, "posts": [tenure.post_id],
        "paths": [town.path for town in towns if town],
    }  # fmt: skip
    office, leader = (User.objects.get(username=f"bench-{name}") for name in ("office", "leader"))
    return Asker(office), Asker(leader), Floor(url, params)


if __name__ == "__main__":
    main()
