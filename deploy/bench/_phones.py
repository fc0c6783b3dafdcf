"""Leaders with phones for benches: signed-in users of the synthetic country, with months of obligations and tasks.

Every leader has a signed-in user and this month's obligation with three tasks; those who ask, every so many leaders,
also the months before.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import _bench as bench
import psycopg

sys.path.insert(0, str(bench.ROOT))
MONTHS = 18

_OBLIGATIONS = """
INSERT INTO duties_obligation (subject_key, subject_kind, leader_id, duty, activity, period, starts_on, ends_on, due_on,
    starts_at, due_at, lapses_at, minimum, counted, outcome, changed, demanded)
SELECT 'leader:' || n, 'leader', n, 'inspection', 'inspection', %(period)s, %(starts_on)s, %(ends_on)s, %(ends_on)s,
    %(starts_at)s, %(ends_at)s, %(ends_at)s, 1, 0, 'pending', 0, 0
FROM generate_series(1, %(leaders)s, %(step)s) n
"""
_BASES = """
INSERT INTO duties_basis (obligation_id, rule_id, tenure_id, division_id, state, reason, since)
SELECT o.id, 1, t.id, t.post_id, 'standing', '', o.starts_at
FROM duties_obligation o JOIN directory_tenure t ON t.leader_id = o.leader_id
"""
_TASKS = """
INSERT INTO duties_task (obligation_id, target_key, target_kind, division_id, state, reason, since, linked_until,
    done_at, changed)
SELECT o.id, 'town:' || town, 'town', town, 'standing', '', o.starts_at, o.ends_on,
    CASE WHEN k = 0 AND o.leader_id %% 2 = 1 THEN o.starts_at + interval '36 hours' END, 0
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
    session_nonce, leader_id)
SELECT 'bench' || id, '!', false, false, true, now(), name, '', 'zh-hans', 0, id FROM directory_leader;
INSERT INTO reminders_device (user_id, key, name, platform, app_version, push_kind, push_value, claimed_at)
SELECT id, 'bench', '', 'android', '', '', '', now() FROM directory_user;
INSERT INTO api_devicetoken (digest, token_key, created, expiry, device_id, user_id)
SELECT repeat(md5(id::text), 4), left(md5(id::text), 8), now(), now() + interval '90 days', id, user_id
FROM reminders_device;
"""


def fill(url: str, leaders: int, asking: int, now: datetime) -> None:
    """The country, this month's obligations of all and the earlier ones of those who ask."""
    import _country as country  # noqa: PLC0415  # of the domain, which needs settings

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        country.build(connection, leaders)
        connection.commit()
        rule()
        cursor.execute("SET session_replication_role = replica")
        for statement in _USERS.split(";")[:-1]:
            cursor.execute(statement)
        for month, step in _months(leaders // asking, now):
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


def _months(step: int, now: datetime) -> Iterator[tuple[dict[str, Any], int]]:
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
        yield columns, 1 if month == first + MONTHS - 1 else step


def sign_in(leaders: int, asking: int, now: datetime) -> dict[int, str]:
    """The tokens of those who ask, by leader; each is a user who signed in on a phone."""
    from api.auth.actions import DeviceGiven, begin_session  # noqa: PLC0415
    from fieldwork.directory.models import User  # noqa: PLC0415

    tokens = {}
    for leader in range(1, leaders + 1, leaders // asking):
        user = User.objects.get(leader=leader)
        tokens[leader] = begin_session(user=user, device=DeviceGiven("bench", "", "android"), at=now).token
    return tokens


def prepare(url: str, leaders: int, asking: int, now: datetime) -> None:
    from django.core.management import call_command  # noqa: PLC0415  # after django.setup()

    with psycopg.connect(url) as connection:
        filled = connection.execute("SELECT to_regclass('duties_task')").fetchone()
    if filled is None or filled[0] is None:
        call_command("migrate", verbosity=0)
        fill(url, leaders, asking, now)
