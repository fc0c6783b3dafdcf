"""A county with one town and leaders who inspect it monthly, in an empty migrated database; each has a phone."""

from datetime import date, datetime
from typing import NamedTuple

SEAT = (24.2069, 113.4017)  # degrees, WGS-84
BEGINNING = date(2020, 1, 1)


class Owner(NamedTuple):
    """Of a phone: id of the leader, and the token of a session that has begun."""

    leader: str
    token: str


def build(phones: int, now: datetime) -> list[Owner]:
    """The town, and one leader with a signed-in phone for each; Django must be set up."""
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        town = _divisions()
        _rule(town.parent)
        return [_owner(town, number, now) for number in range(phones)]


def _divisions():  # a model, which is known only once Django is set up
    from fieldwork.directory.models import Division  # noqa: PLC0415
    from fieldwork.directory.paths import child_path  # noqa: PLC0415

    made = None
    for number, level in enumerate(("city", "county", "town"), 1):
        seat = dict(zip(("latitude", "longitude"), SEAT, strict=True)) if level == "town" else {}
        made = Division.objects.create(
            name=f"测试{number}", parent=made, number=number, path=child_path(made.path if made else "", number),
            authority="bench", code=str(number), edition="2026", level=level, starts_on=BEGINNING, **seat,
        )  # fmt: skip
    return made


def _rule(county) -> None:
    from fieldwork.duties.models import Policy, PolicyVersion, Rule, RuleRole, Tracking  # noqa: PLC0415

    policy = Policy.objects.create(code="bench", title="测试办法", division=county)
    version = PolicyVersion.objects.create(
        policy=policy, version="1", status="in_force", starts_on=BEGINNING, text="", digest=""
    )
    rule = Rule.objects.create(
        version=version, code="monthly", duty="inspection", name="测试规则", subject="leader", activity="inspection",
        cadence="month", minimum=1, partial_period=10, article="第五条", article_text="每月1次。",
    )  # fmt: skip
    RuleRole.objects.create(rule=rule, role="county_party_chief", streets=True)
    Tracking.objects.create(policy=policy, rule_code=rule.code, division=county, starts_on=BEGINNING)


def _owner(town, number: int, now: datetime) -> Owner:
    from api.auth.actions import DeviceGiven, begin_session  # noqa: PLC0415
    from fieldwork.directory.models import Leader, Linkage, Organisation, Post, Tenure, User  # noqa: PLC0415

    body = Organisation.objects.create(
        division=town.parent, kind="party_committee", name=f"测试县委{number}", starts_on=BEGINNING
    )
    post = Post.objects.create(organisation=body, role="county_party_chief", title="书记", starts_on=BEGINNING)
    leader = Leader.objects.create(name=f"测试员{number}")
    tenure = Tenure.objects.create(post=post, leader=leader, starts_on=BEGINNING)
    Linkage.objects.create(tenure=tenure, kind="town", division=town, starts_on=BEGINNING)
    user = User.objects.create(username=f"bench{number}", password="!", leader=leader)  # noqa: S106
    device = DeviceGiven(key=f"bench-{number}", name="bench", platform="android")
    return Owner(str(leader.pk), begin_session(user=user, device=device, at=now).token)
