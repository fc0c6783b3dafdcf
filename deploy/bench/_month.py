"""A city whose leaders inspected monthly, in an empty migrated database: last month is over, and a third did not.

By number: every third has not met the duty; every twentieth has no phone. Django must be set up.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fieldwork.core.database import analyze
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.models import Division, Leader, Organisation, Post, Tenure, User
from fieldwork.directory.paths import child_path
from fieldwork.duties.models import Performance, Policy, PolicyVersion, Rule, RuleRole, Tracking
from fieldwork.duties.reconcile import reconcile
from fieldwork.reminders.models import Device

ROLE = "county_party_chief"
ROWS = 5000  # a statement
OF_A_COUNTY = 500


class Person(NamedTuple):
    """Ids of a leader and of its account, its phone's address (empty: it has none), and whether the duty was met."""

    leader: int
    user: int
    token: str
    met: bool


def last_month(now: datetime) -> Period:
    return Period.of_day(Cadence.MONTH, local_day(now).replace(day=1) - timedelta(days=1))


def build(leaders: int, now: datetime) -> list[Person]:
    """Every leader in a post of its own, and last month opened."""
    period = last_month(now)
    city = _division(None, 1, "city", period)
    counties = [_division(city, number, "county", period) for number in range(2, 3 + leaders // OF_A_COUNTY)]
    _rule(city, period)
    people = _people(leaders, counties, period)
    analyze()
    reconcile(period, by=SYSTEM, at=now)
    return people


def in_the_month(period: Period) -> datetime:
    return period.starts_at() + timedelta(days=10)


def _division(parent: Division | None, number: int, level: str, period: Period) -> Division:
    return Division.objects.create(
        name=f"测试{number}", parent=parent, number=number, path=child_path(parent.path if parent else "", number),
        authority="bench", code=str(number), edition="2026", level=level, starts_on=period.starts_on,
    )  # fmt: skip


def _rule(city: Division, period: Period) -> None:
    """It ends with the month: what comes after is not of this drill."""
    policy = Policy.objects.create(code="bench", title="测试办法", division=city)
    version = PolicyVersion.objects.create(
        policy=policy, version="1", status="in_force", text="", digest="",
        starts_on=period.starts_on, ends_on=period.ends_on,
    )  # fmt: skip
    rule = Rule.objects.create(
        version=version, code="monthly", duty="inspection", name="测试规则", subject="leader", activity="inspection",
        cadence="month", minimum=1, partial_period=10, article="第五条", article_text="每月1次。",
    )  # fmt: skip
    RuleRole.objects.create(rule=rule, role=ROLE, streets=True)
    Tracking.objects.create(policy=policy, rule_code=rule.code, division=city, starts_on=period.starts_on)


def _people(number: int, counties: Sequence[Division], period: Period) -> list[Person]:
    start = {"starts_on": period.starts_on}
    bodies = _made(
        Organisation(division=counties[n // OF_A_COUNTY], kind="party_committee", name=f"测试县委{n}", **start)
        for n in range(number)
    )
    posts = _made(Post(organisation=one, role=ROLE, title="书记", **start) for one in bodies)
    leaders = _made(Leader(name=f"测试员{n}") for n in range(number))
    _made(Tenure(post=post, leader=leader, **start) for post, leader in zip(posts, leaders, strict=True))
    users = _made(
        User(username=f"bench{n}", password="!", leader=one)  # noqa: S106
        for n, one in enumerate(leaders)
    )
    people = [
        Person(leader.pk, user.pk, f"{n:0142d}" if n % 20 else "", bool(n % 3))
        for n, (leader, user) in enumerate(zip(leaders, users, strict=True))
    ]
    _made(
        Device(
            user_id=one.user, key=f"bench-{one.user}", platform="android", push_kind="fcm_token", push_value=one.token,
            claimed_at=in_the_month(period),
        )
        for one in people
        if one.token
    )  # fmt: skip
    at = in_the_month(period)
    _made(
        Performance(
            leader_id=one.leader, activity="inspection", at=at, captured_at=at, day=local_day(at),
            source_kind="bench", source_id=str(one.leader),
        )
        for one in people
        if one.met
    )  # fmt: skip
    return people


def _made(rows: Iterator[Any]) -> list[Any]:
    made = list(rows)
    return type(made[0]).objects.bulk_create(made, batch_size=ROWS) if made else []
