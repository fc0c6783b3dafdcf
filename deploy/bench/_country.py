"""A synthetic country for benches: 40,000 towns under their counties, cities and provinces, and leaders with posts.

All rows are written by the database itself, without checking foreign keys: they are right by construction.
Ids count from 1; `leader`, `tenure` n is in the post, organisation and town with id `first town + (n - 1) % TOWNS`.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from fieldwork.directory.paths import child_path

PROVINCES, CITIES, COUNTIES, TOWNS_OF_COUNTY = 4, 10, 10, 100
TOWNS = PROVINCES * CITIES * COUNTIES * TOWNS_OF_COUNTY
FIRST_TOWN = 1 + PROVINCES + PROVINCES * CITIES + PROVINCES * CITIES * COUNTIES
BEGINNING = "2020-01-01"
ROLE = "town_party_chief"

_BODIES = """
INSERT INTO directory_organisation (id, name, kind, department_kind, division_id, starts_on) OVERRIDING SYSTEM VALUE
SELECT id, name || '党委', 'party_committee', '', id, starts_on FROM directory_division WHERE level = 'town';
INSERT INTO directory_post (id, title, role, safety_portfolio, organisation_id, starts_on) OVERRIDING SYSTEM VALUE
SELECT id, '书记', '{role}', false, id, starts_on FROM directory_organisation;
"""
_PEOPLE = """
INSERT INTO directory_leader (id, name, division_id) OVERRIDING SYSTEM VALUE
SELECT n, '测试员' || n, {first} + (n - 1) % {towns} FROM generate_series(1, {leaders}) n;
INSERT INTO directory_tenure (id, leader_id, post_id, acting, starts_on) OVERRIDING SYSTEM VALUE
SELECT n, n, {first} + (n - 1) % {towns}, false, '{beginning}' FROM generate_series(1, {leaders}) n;
"""
_LINKAGES = """
INSERT INTO directory_linkage (tenure_id, kind, division_id, starts_on)
SELECT n, 'town', {first} + (n * 7 + k) % {towns}, '{beginning}'
FROM generate_series(1, {leaders}) n, generate_series(0, 2) k;
"""
_SEQUENCES = ("division", "organisation", "post", "leader", "tenure")


def build(connection: psycopg.Connection, leaders: int, linkages: bool = False) -> None:
    """The country with that many leaders, each in one post; with three linked towns each if asked."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL synchronous_commit = off")
        columns = "id, number, parent_id, path, authority, code, edition, name, level, street, seat_source, starts_on"
        with cursor.copy(f"COPY directory_division ({columns}, latitude, longitude) FROM STDIN") as copy:
            for row in _divisions():
                copy.write_row(row)
        for statements in (_BODIES, _PEOPLE, _LINKAGES if linkages else ""):
            for statement in statements.split(";")[:-1]:
                cursor.execute(
                    statement.format(role=ROLE, first=FIRST_TOWN, towns=TOWNS, leaders=leaders, beginning=BEGINNING)
                )
        for name in _SEQUENCES:
            advance(cursor, f"directory_{name}")


def advance(cursor: psycopg.Cursor, name: str) -> None:
    """Let the table's ids go on after those that were given."""
    last = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), max(id)) FROM {}")
    cursor.execute(last.format(sql.Literal(name), sql.Identifier(name)))


def _divisions() -> Iterator[tuple[object, ...]]:
    """A row a division, level by level."""
    number = 0
    above: list[tuple[int | None, str]] = [(None, "")]
    ladder = [("province", PROVINCES), ("city", CITIES), ("county", COUNTIES), ("town", TOWNS_OF_COUNTY)]
    for level, width in ladder:
        here: list[tuple[int | None, str]] = []
        for parent, path in above:
            for _ in range(width):
                number += 1
                own = child_path(path, number)
                here.append((number, own))
                north, east = 20 + number % 200 / 10, 90 + number // 200 / 10  # some 10 km apart
                yield (
                    number, number, parent, own, "bench", str(number), "2026", f"测试{number}", level, False, "bench",
                    BEGINNING, north, east,
                )  # fmt: skip
        above = here
