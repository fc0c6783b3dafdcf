"""The rows of a version, as its pack has them."""

from collections.abc import Iterable

from fieldwork.duties.models import Body, PolicyVersion, Role, Rule, RuleBody, RulePair, RuleRole
from fieldwork.duties.packs import Pack, RuleSpec, StandingSpec

Obliging = tuple[Rule, RuleSpec | StandingSpec]


def write(version: PolicyVersion, pack: Pack) -> None:
    """Store roles, bodies, rules and standing duties, and whom each of these obliges."""
    Role.objects.bulk_create(
        Role(
            version=version, code=role.code, name=role.name, article=role.article, streets=role.streets,
            quotas=[quota.as_json() for quota in role.quotas], level=role.level, responsibility=role.responsibility,
        )
        for role in pack.roles
    )  # fmt: skip
    bodies = Body.objects.bulk_create(
        Body(
            version=version, code=body.code, name=body.name, kind=body.kind, department_kind=body.department_kind,
            level=body.level, streets=body.binds_streets,
        )
        for body in pack.bodies
    )  # fmt: skip
    by_code = {body.code: body for body in bodies}
    rules = Rule.objects.bulk_create(rules_of(version, pack.rules))
    duties = Rule.objects.bulk_create(standing_of(version, pack.standing))
    obliging: list[Obliging] = [*zip(rules, pack.rules, strict=True), *zip(duties, pack.standing, strict=True)]
    binds_streets = {role.code: role.binds_streets for role in pack.roles}
    RuleRole.objects.bulk_create(
        RuleRole(rule=row, role=code, streets=binds_streets[code]) for row, spec in obliging for code in spec.roles
    )
    RuleRole.objects.bulk_create(
        RuleRole(rule=row, role=code, streets=binds_streets[code], excepted=True)
        for row, rule in zip(rules, pack.rules, strict=True)
        for code in rule.except_roles
    )
    RuleBody.objects.bulk_create(
        RuleBody(rule=row, body=by_code[code]) for row, spec in obliging for code in spec.bodies
    )
    RulePair.objects.bulk_create(
        RulePair(rule=row, upper=by_code[pair.upper], lower=by_code[pair.lower])
        for row, rule in zip(rules, pack.rules, strict=True)
        for pair in rule.pairs
    )


def rules_of(version: PolicyVersion, rules: Iterable[RuleSpec]) -> list[Rule]:
    """Not stored yet, in the pack's order."""
    return [
        Rule(
            version=version, code=rule.code, duty=rule.duty, name=rule.name, subject=rule.subject,
            activity=rule.activity, cadence=rule.cadence, minimum=rule.minimum,
            partial_period=rule.partial_period, article=rule.article, article_text=rule.article_text,
            assumed=rule.assumed, due=rule.due, per_body=rule.per_body, details=rule.details,
        )
        for rule in rules
    ]  # fmt: skip


def standing_of(version: PolicyVersion, duties: Iterable[StandingSpec]) -> list[Rule]:
    """The same of standing duties."""
    return [
        Rule(
            version=version, code=duty.code, duty=duty.code, name=duty.name, subject=duty.subject,
            activity=duty.kinds[0], cadence="", minimum=1, kinds=list(duty.kinds), article=duty.article,
            article_text=duty.article_text, assumed=duty.assumed,
        )
        for duty in duties
    ]  # fmt: skip
