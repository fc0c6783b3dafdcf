"""Policies against the events of their loading, and their rules against the pack as it was loaded: nobody makes two of
one, or lets an article say something else.

Where no event ever told of a policy, as in a database that was filled by other means, none is judged.
"""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

from fieldwork.core.models import Event
from fieldwork.duties.models import PolicyVersion, Rule
from fieldwork.duties.packs import Pack, PackFaults, RuleSpec, StandingSpec, read_pack
from fieldwork.duties.policies.writing import rules_of, standing_of
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.records import data_in

_COLUMNS = [field.attname for field in Rule._meta.concrete_fields if field.name not in ("id", "version")]


def check_policies() -> Iterator[Finding]:
    loaded = map(data_in, Event.objects.filter(kind="policy.loaded"))
    told = {f"{data.get('policy')} {data.get('version')}": data for data in loaded}
    if not told:
        return
    later: dict[int, Any] = {}
    for version in PolicyVersion.objects.select_related("policy").order_by("policy", "-starts_on"):
        key = f"{version.policy.code} {version.version}"
        data = told.pop(key, None)
        if data is None:
            yield inserted(Record.POLICY, key)
        elif wrong := list(_version_differs(version, data, later.get(version.policy_id))):
            yield altered(Record.POLICY, key, ", ".join(wrong))
        else:
            yield from _check_rules(version, key)
        later[version.policy_id] = version.starts_on
    yield from (removed(Record.POLICY, key) for key in told)


def _version_differs(version: PolicyVersion, data: dict[str, Any], successor: Any) -> Iterator[str]:
    """A version ends when it was said to, or on the eve of the next."""
    ends = [data.get("until"), successor and (successor - timedelta(days=1)).isoformat()]
    pairs = {
        "text": (sha256(version.text.encode()).hexdigest(), data.get("digest")),
        "digest": (version.digest, data.get("digest")),
        "starts_on": (version.starts_on.isoformat(), data.get("since")),
        "ends_on": (version.ends_on and version.ends_on.isoformat(), min(filter(None, ends), default=None)),
    }
    yield from (name for name, (here, there) in pairs.items() if here != there)


def _check_rules(version: PolicyVersion, key: str) -> Iterator[Finding]:
    try:
        pack = read_pack(version.text)
    except PackFaults:
        return  # it was loaded by a program that read packs in another way
    expected = {rule.code: rule for rule in (*rules_of(version, pack.rules), *standing_of(version, pack.standing))}
    bound = _bound_by(pack)
    for rule in version.rules.prefetch_related("roles", "bodies__body", "pairs__upper", "pairs__lower").order_by("pk"):
        meant = expected.pop(rule.code, None)
        if meant is None:
            yield inserted(Record.POLICY, f"{key} {rule.code}")
            continue
        wrong = [name for name in _COLUMNS if getattr(rule, name) != getattr(meant, name)]
        wrong += ["roles, bodies"] * (_bound(rule) != bound[rule.code])
        if wrong:
            yield altered(Record.POLICY, f"{key} {rule.code}", ", ".join(wrong))
    yield from (removed(Record.POLICY, f"{key} {code}") for code in expected)


def _bound(rule: Rule) -> set[tuple[str, ...]]:
    """Whom it obliges, or spares."""
    return (
        {("spared" if role.excepted else "role", role.role) for role in rule.roles.all()}
        | {("body", one.body.code) for one in rule.bodies.all()}
        | {("pair", pair.upper.code, pair.lower.code) for pair in rule.pairs.all()}
    )


def _bound_by(pack: Pack) -> dict[str, set[tuple[str, ...]]]:
    bound: dict[str, set[tuple[str, ...]]] = {}
    specs: list[RuleSpec | StandingSpec] = [*pack.rules, *pack.standing]
    for spec in specs:
        bound[spec.code] = {("role", code) for code in spec.roles} | {("body", code) for code in spec.bodies}
    for rule in pack.rules:
        bound[rule.code] |= {("spared", code) for code in rule.except_roles}
        bound[rule.code] |= {("pair", pair.upper, pair.lower) for pair in rule.pairs}
    return bound
