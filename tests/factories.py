"""Plain rows for tests: every argument may be given, every default is visible here."""

import itertools
from datetime import date
from typing import Any

from fieldwork.core.periods import Period
from fieldwork.directory import models as directory
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.paths import child_path
from fieldwork.duties import models as duties

BEGINNING = date(2020, 1, 1)
_numbers = itertools.count(1)


def division(name: str = "测试镇", parent: directory.Division | None = None, **fields: Any) -> directory.Division:
    number = next(_numbers)
    levels = ["province", "city", "county", "town"]
    level = "city" if parent is None else levels[levels.index(parent.level) + 1]
    values: dict[str, Any] = {
        "authority": "test", "code": str(number), "edition": "2026", "level": level, "starts_on": BEGINNING, **fields,
    }  # fmt: skip
    return directory.Division.objects.create(
        name=name,
        parent=parent,
        number=number,
        path=child_path(parent.path if parent else "", number),
        **values,
    )


def organisation(division: directory.Division, kind: str = "government", **fields: Any) -> directory.Organisation:
    values: dict[str, Any] = {"name": f"{division.name}{kind}", "starts_on": BEGINNING, **fields}
    return directory.Organisation.objects.create(division=division, kind=kind, **values)


def post(organisation: directory.Organisation, role: str = "county_party_chief", **fields: Any) -> directory.Post:
    values: dict[str, Any] = {"title": role, "starts_on": BEGINNING, **fields}
    return directory.Post.objects.create(organisation=organisation, role=role, **values)


def leader(name: str = "测试员甲") -> directory.Leader:
    return directory.Leader.objects.create(name=name)


def tenure(
    post: directory.Post, leader: directory.Leader | None = None, starts_on: date = BEGINNING, **fields: Any
) -> directory.Tenure:
    return directory.Tenure.objects.create(
        post=post, leader=leader or globals()["leader"](), starts_on=starts_on, **fields
    )


def linkage(
    tenure: directory.Tenure,
    target: directory.Division | directory.Industry | directory.Organisation,
    starts_on: date = BEGINNING,
    **fields: Any,
) -> directory.Linkage:
    if isinstance(target, directory.Division):
        kind, place = LinkageKind(target.level), dict[str, Any](division=target)
    elif isinstance(target, directory.Industry):
        kind, place = LinkageKind.INDUSTRY, dict[str, Any](industry=target)
    else:
        kind, place = LinkageKind.DEPARTMENT, dict[str, Any](organisation=target)
    return directory.Linkage.objects.create(tenure=tenure, kind=kind, starts_on=starts_on, **place, **fields)


def industry(code: str = "", name: str = "测试业", parent: directory.Industry | None = None) -> directory.Industry:
    return directory.Industry.objects.create(code=code or f"T{next(_numbers)}", name=name, parent=parent)


def user(username: str = "", **fields: Any) -> directory.User:
    values: dict[str, Any] = {"username": username or f"user{next(_numbers)}", "password": "!", **fields}
    return directory.User.objects.create(**values)


def rule(
    division: directory.Division,
    roles: list[str],
    duty: str = "inspection",
    tracked_from: date | None = BEGINNING,
    version: duties.PolicyVersion | None = None,
    streets: bool = True,
    **fields: Any,
) -> duties.Rule:
    """A monthly inspection rule for `roles`, in a policy of its own unless a version is given, and tracked."""
    number = next(_numbers)
    if version is None:
        policy = duties.Policy.objects.create(code=f"policy-{number}", title="测试办法", division=division)
        version = duties.PolicyVersion.objects.create(
            policy=policy, version="1", status="draft_for_comment", starts_on=BEGINNING, text="", digest=""
        )
    values: dict[str, Any] = {
        "code": f"rule-{number}", "name": "测试规则", "subject": "leader", "activity": "inspection", "cadence": "month",
        "minimum": 1, "partial_period": 10, "article": f"第{number}条", "article_text": f"条文{number}", **fields,
    }  # fmt: skip
    made = duties.Rule.objects.create(version=version, duty=duty, **values)
    for role in roles:
        duties.RuleRole.objects.create(rule=made, role=role, streets=streets)
    if tracked_from is not None:
        duties.Tracking.objects.get_or_create(
            policy=version.policy, rule_code=made.code, division=division, starts_on=tracked_from
        )
    return made


def body(version: duties.PolicyVersion, kind: str = "government", **fields: Any) -> duties.Body:
    """A kind of organisation that a policy names."""
    code = fields.pop("code", f"body-{next(_numbers)}")
    return duties.Body.objects.create(version=version, code=code, name=code, kind=kind, **fields)


def body_rule(division: directory.Division, *bodies: dict[str, Any], **fields: Any) -> duties.Rule:
    """A rule for organisations; each of `bodies` says which: {"kind": "government", "level": "town"}."""
    made = rule(division, [], subject="organisation", **{"activity": "meeting", "duty": "meeting", **fields})
    for each in bodies:
        duties.RuleBody.objects.create(rule=made, body=body(made.version, **each))
    return made


def pair_rule(division: directory.Division, upper: dict[str, Any], lower: dict[str, Any], **fields: Any) -> duties.Rule:
    """A yearly rule for pairs of organisations."""
    made = rule(
        division, [], subject="pair", **{"activity": "letter", "duty": "letter", "cadence": "year", **fields}
    )  # fmt: skip
    duties.RulePair.objects.create(rule=made, upper=body(made.version, **upper), lower=body(made.version, **lower))
    return made


def obligation(
    tenure: directory.Tenure, rule: duties.Rule, period: str = "2026-11", **fields: Any
) -> duties.Obligation:
    """What `rule` demands of the holder of `tenure` in a period, pending, with its one standing basis."""
    of = Period.parse(period)
    values: dict[str, Any] = {
        "subject_key": f"leader:{tenure.leader_id}", "subject_kind": "leader", "leader": tenure.leader,
        "duty": rule.duty, "activity": rule.activity, "period": period, "minimum": rule.minimum,
        "starts_on": of.starts_on, "ends_on": of.ends_on, "due_on": of.ends_on,
        "starts_at": of.starts_at(), "due_at": of.ends_at(), "lapses_at": of.ends_at(), **fields,
    }  # fmt: skip
    made = duties.Obligation.objects.create(**values)
    duties.Basis.objects.create(
        obligation=made, rule=rule, tenure=tenure, division=tenure.post.organisation.division,
        state="standing", since=made.starts_at,
    )  # fmt: skip
    return made


def task(obligation: duties.Obligation, division: directory.Division, kind: str = "town", **fields: Any) -> duties.Task:
    """A standing task in a division: of the linked town, or with kind="own_area" of the own area."""
    values: dict[str, Any] = {
        "target_key": "own" if kind == "own_area" else f"{kind}:{division.pk}", "target_kind": kind,
        "state": "standing", "since": obligation.starts_at, "linked_until": obligation.due_on, **fields,
    }  # fmt: skip
    return duties.Task.objects.create(obligation=obligation, division=division, **values)
