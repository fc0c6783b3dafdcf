"""Hazards for benches: in every town of the synthetic country, in every state, with steps, photos and listings."""

import psycopg

_STATES = (
    "reported", "graded", "rectifying", "rectifying", "extension_requested", "submitted", "closed", "closed", "closed",
    "dismissed",
)  # fmt: skip
_CATEGORIES = ("site_fire", "site_electricity", "site_equipment", "management_training", "management_licences")
_ROWS = """
INSERT INTO hazards_hazard (id, digest, content, prepared_by_staff, on_paper, uploaded_by_id, device_id, received_at,
    lead_id, post_id, found_at, found_on, division_id, site_name, latitude, longitude, datum, wgs84_latitude,
    wgs84_longitude, category, description, state, grade, steps_taken, rectifying_unit_id, rectifying_person, deadline,
    measures, responsibility, funds, emergency_plan, submitted_on, closed_at)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, md5(n::text) || md5(n::text),
    '{{"grade":"general"}}', false, false, 1, 'bench', found, leader, town, found, found::date, town, '测试厂' || n,
    north, east, 'wgs84', north, east, ({categories}::text[])[1 + n % 5], '测试隐患' || n, state,
    CASE WHEN n % 11 = 0 THEN 'major' ELSE 'general' END, 3, town, '测试员', found::date + 20, '测试措施', '', '', '',
    CASE WHEN state IN ('submitted', 'closed') THEN found::date + (10 + n % 15)::int END,
    CASE WHEN state = 'closed' THEN found + interval '25 days' END
FROM (SELECT n, {first} + n * 7 % {towns} AS town, 1 + n % {leaders} AS leader,
        timestamptz '{now}' - n * interval '90 days' / {hazards} AS found,
        20 + n % 2000 / 100.0 AS north, 90 + n % 3000 / 100.0 AS east, ({states}::text[])[1 + n % 10] AS state
      FROM generate_series(1, {hazards}) n) made;
INSERT INTO hazards_step (id, hazard_id, number, action, before, after, content, by_id, at)
SELECT gen_random_uuid(), id, k, (ARRAY['grade', 'assign', 'plan'])[k], 'graded', 'graded', '{{}}', 1, found_at
FROM hazards_hazard, generate_series(1, 3) k;
INSERT INTO hazards_assignment (step_id, hazard_id, unit_id, person)
SELECT s.id, s.hazard_id, h.rectifying_unit_id, '测试员' FROM hazards_step s JOIN hazards_hazard h ON h.id = s.hazard_id
WHERE s.action = 'assign';
INSERT INTO hazards_hazardphoto (hazard_id, sha256, bytes, content_type, pairs_with, caption, lost_reason)
SELECT id, md5(id::text || k) || md5(id::text || k), 300000, 'image/jpeg', '', '', ''
FROM hazards_hazard, generate_series(1, 2) k;
INSERT INTO hazards_listing (step_id, hazard_id, year, batch, rectifying_unit_id, rectifying_person, assisting_unit_id,
    assisting_person, supervising_unit_id, supervising_person, listed_on, by_id)
SELECT s.id, s.hazard_id, 2026, 1, h.division_id, '甲', h.division_id, '乙', h.division_id, '丙', h.found_on, 1
FROM hazards_step s JOIN hazards_hazard h ON h.id = s.hazard_id
WHERE s.action = 'plan' AND h.grade = 'major' AND h.state NOT IN ('closed', 'dismissed');
"""


def build(connection: psycopg.Connection, hazards: int, leaders: int, first: int, towns: int, now: str) -> None:
    """That many in the 90 days before `now`; user 1 uploaded them all."""

    def array(names: tuple[str, ...]) -> str:
        return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"

    rows = _ROWS.format(
        hazards=hazards, leaders=leaders, first=first, towns=towns, now=now, states=array(_STATES),
        categories=array(_CATEGORIES),
    )  # fmt: skip
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL synchronous_commit = off")
        for statement in rows.split(";")[:-1]:
            cursor.execute(statement)
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("VACUUM ANALYZE")
