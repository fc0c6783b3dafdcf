"""A province for benches: cities, counties, towns and their leaders, each of whom owes an inspection a month and has
led more than one in most of them; written by the database itself, without checking foreign keys.

Ids count from 1. Of the check-ins every seventh was uploaded late, every twelfth found a hazard, and a tenth of the
months have none.
"""

import psycopg

CITIES, COUNTIES, TOWNS = 21, 120, 1600
FIRST_CITY, FIRST_COUNTY, FIRST_TOWN = 2, 2 + CITIES, 2 + CITIES + COUNTIES
_PATH = "lpad(to_hex({0}), 6, '0')"

_PLACES = f"""
INSERT INTO directory_division (id, number, parent_id, path, authority, code, edition, name, level, street, seat_source,
    starts_on) OVERRIDING SYSTEM VALUE
SELECT n, n, NULL, {_PATH.format("n")}, 'bench', n::text, '2026', '测试省', 'province', false, '', '2020-01-01'::date
FROM generate_series(1, 1) n
UNION ALL SELECT n, n, 1, {_PATH.format("1")} || {_PATH.format("n")}, 'bench', n::text, '2026', '测试市' || n, 'city',
    false, '', '2020-01-01' FROM generate_series({FIRST_CITY}, {FIRST_COUNTY - 1}) n
UNION ALL SELECT n, n, up, {_PATH.format("1")} || {_PATH.format("up")} || {_PATH.format("n")}, 'bench', n::text, '2026',
    '测试县' || n, 'county', false, '', '2020-01-01'
    FROM generate_series({FIRST_COUNTY}, {FIRST_TOWN - 1}) n, LATERAL (SELECT {FIRST_CITY} + n % {CITIES} AS up) city;
INSERT INTO directory_division (id, number, parent_id, path, authority, code, edition, name, level, street, seat_source,
    starts_on) OVERRIDING SYSTEM VALUE
SELECT n, n, county.id, county.path || {_PATH.format("n")}, 'bench', n::text, '2026', '测试镇' || n, 'town', false, '',
    '2020-01-01'
FROM generate_series({FIRST_TOWN}, {FIRST_TOWN + TOWNS - 1}) n
JOIN directory_division county ON county.id = {FIRST_COUNTY} + n % {COUNTIES};
INSERT INTO directory_organisation (id, name, kind, department_kind, division_id, starts_on) OVERRIDING SYSTEM VALUE
SELECT id, name || '党委', 'party_committee', '', id, starts_on FROM directory_division;
INSERT INTO directory_post (id, title, role, safety_portfolio, organisation_id, starts_on) OVERRIDING SYSTEM VALUE
SELECT n, '党委委员', 'town_member', false, {FIRST_TOWN} + n % {TOWNS}, '2020-01-01'
FROM generate_series(1, {{leaders}}) n;
INSERT INTO directory_leader (id, name, division_id) OVERRIDING SYSTEM VALUE
SELECT n, '测试员' || n, {FIRST_TOWN} + n % {TOWNS} FROM generate_series(1, {{leaders}}) n;
INSERT INTO directory_tenure (id, leader_id, post_id, acting, starts_on) OVERRIDING SYSTEM VALUE
SELECT n, n, n, false, '2020-01-01' FROM generate_series(1, {{leaders}}) n;
INSERT INTO duties_policy (id, code, title, division_id) OVERRIDING SYSTEM VALUE VALUES (1, 'bench', '测试办法', 1);
INSERT INTO duties_policyversion (id, policy_id, version, status, text, digest, starts_on, triggers, checks, indicators,
    accident_grades) OVERRIDING SYSTEM VALUE
VALUES (1, 1, '1', 'in_force', '', '', '2020-01-01', '[]', '[]', '[]', '[]');
INSERT INTO duties_rule (id, version_id, code, duty, name, subject, activity, cadence, minimum, partial_period, article,
    article_text, assumed, per_body, due, kinds, details) OVERRIDING SYSTEM VALUE
VALUES (1, 1, 'monthly', 'inspection', '每月牵头排查', 'leader', 'inspection', 'month', 1, 10, '第十二条', '',
    '{{{{}}}}', false, '', '[]', '{{{{}}}}');
"""  # noqa: S608  # numbers of our own
# `month` counts from 0; a leader's obligations lie apart, as periods opened one after another leave them.
_OWED = """
INSERT INTO duties_obligation (id, subject_key, subject_kind, leader_id, duty, activity, period, starts_on, ends_on,
    due_on, starts_at, due_at, lapses_at, minimum, counted, outcome, changed, demanded) OVERRIDING SYSTEM VALUE
SELECT month * {leaders} + n, 'leader:' || n, 'leader', n, 'inspection', 'inspection', to_char(first, 'YYYY-MM'), first,
    last, last, first, last + 1, last + 1, 1, visits, CASE WHEN visits > 0 THEN 'met' ELSE 'pending' END, 1, 1
FROM generate_series(0, {months} - 1) month, generate_series(1, {leaders}) n,
    LATERAL (SELECT (date '{first}' + month * interval '1 month')::date AS first,
        (date '{first}' + (month + 1) * interval '1 month')::date - 1 AS last,
        CASE (n + month) % 10 WHEN 0 THEN 0 WHEN 1 THEN 2 WHEN 2 THEN 2 WHEN 3 THEN 2 WHEN 4 THEN 3 WHEN 5 THEN 2 ELSE 1
        END AS visits) of;
INSERT INTO duties_basis (obligation_id, rule_id, tenure_id, division_id, state, reason, since)
SELECT id, 1, leader_id, {town} + leader_id % {towns}, 'standing', '', starts_at FROM duties_obligation;
INSERT INTO inspections_checkin (id, digest, content, prepared_by_staff, on_paper, uploaded_by_id, device_id,
    received_at, state, lead_id, captured_at, captured_on, latitude, longitude, datum, wgs84_latitude, wgs84_longitude,
    site_name, summary)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(ob.id * 4 + k), 12, '0'))::uuid, '', '{{"bench":true}}', k = 2, k = 3,
    1, 'bench', starts_at + interval '9 days', 'complete', leader_id, starts_at + (3 + 6 * k) * interval '1 day',
    starts_on + 3 + 6 * k, 24, 113, 'wgs84', 24.0123, 113.0123, '测试厂' || leader_id,
    '到现场查看危险化学品储存、消防通道、用电线路和值班记录，要求企业立即整改并举一反三。'
FROM duties_obligation ob, generate_series(1, 3) k WHERE k <= ob.counted;
INSERT INTO duties_performance (leader_id, activity, at, day, source_kind, source_id, captured_at, stands)
SELECT lead_id, 'inspection', captured_at, captured_on, 'check_in', id::text, captured_at, true
FROM inspections_checkin;
INSERT INTO inspections_flag (check_in_id, code, figures, raised_at)
SELECT id, 'uploaded_late', '{{}}', received_at FROM inspections_checkin WHERE lead_id % 7 = 0;
INSERT INTO inspections_photo (check_in_id, sha256, bytes, content_type, blob_id, caption, lost_reason)
SELECT id, repeat('0', 64), 300000, 'image/jpeg', repeat('0', 64), '', '' FROM inspections_checkin;
INSERT INTO hazards_hazard (id, digest, content, prepared_by_staff, on_paper, uploaded_by_id, device_id, received_at,
    lead_id, check_in_id, found_at, found_on, division_id, site_name, datum, category, description, state, grade,
    steps_taken, rectifying_person, measures, responsibility, funds, emergency_plan)
SELECT id, '', '', false, false, 1, 'bench', received_at, lead_id, id, captured_at, captured_on, {town}, '', '',
    'site_fire', '测试隐患', 'reported', 'general', 0, '', '', '', '', ''
FROM inspections_checkin WHERE lead_id % 12 = 0;
"""


def build(connection: psycopg.Connection, leaders: int, months: int, first: str) -> None:
    """With that many leaders, and obligations of that many months from `first`, the first day of one."""
    values = {"leaders": leaders, "months": months, "first": first, "town": FIRST_TOWN, "towns": TOWNS}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL timezone = 'Asia/Shanghai'")
        for statement in (_PLACES + _OWED).split(";")[:-1]:
            cursor.execute(statement.format(**values).replace("{{", "{").replace("}}", "}"))
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("VACUUM ANALYZE")
