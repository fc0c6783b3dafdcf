"""Policies come into force: a pack becomes a version with roles and rules.

Loading takes the lock of all changes to policies: it is rare, and looks at what the others left.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.events import Actor
from fieldwork.directory.models import Division
from fieldwork.directory.paths import STEP, within
from fieldwork.duties.models import Policy, PolicyVersion, Role, Rule, RuleRole
from fieldwork.duties.packs import Pack, PackFaults, read_pack

LOCK = "policies"
ONE_DAY = timedelta(days=1)


def load_pack(text: str, *, valid_from: date, valid_to: date | None, by: Actor, at: datetime) -> PolicyVersion:
    """Bring a pack into force from a day to a day, both inclusive; the version before ends on the day before.

    The same text with the same days again answers the row that stands. Errors: `invalid` with every fault of
    the pack, or where the days do not follow the version before; `unknown_reference` for the division;
    `already_exists_differently` for a version that stands with other content or days.
    """
    pack = _read(text)
    if valid_to is not None and valid_to < valid_from:
        raise invalid("valid_to", _("The last day of validity is before the first."))
    with transaction.atomic():
        locks.hold(LOCK)
        digest = sha256(text.encode()).hexdigest()
        same = PolicyVersion.objects.filter(policy__code=pack.code, version=pack.version).first()
        if same is not None:
            _refuse_different(same, digest, valid_from, valid_to)
            return same
        division = _division_of(pack)
        policy = _policy_of(pack, division)
        _refuse_duties_of_others(pack, division, valid_from, valid_to)
        _end_version_before(policy, valid_from)
        version = PolicyVersion.objects.create(
            policy=policy, version=pack.version, status=pack.status, starts_on=valid_from, ends_on=valid_to,
            text=text, digest=digest,
        )  # fmt: skip
        _write(version, pack)
        events.append(
            "policy.loaded", by=by, at=at, about=("policy", policy.pk), division_path=division.path,
            policy=policy.code, title=policy.title, version=version.version, digest=digest,
            since=valid_from.isoformat(), until=valid_to.isoformat() if valid_to else None,
        )  # fmt: skip
        return version


def rules_in_force(on: date) -> QuerySet[Rule]:
    """The rules of all policy versions in force on a day, tracked or not."""
    return (
        Rule.objects.filter(Q(version__ends_on__isnull=True) | Q(version__ends_on__gte=on), version__starts_on__lte=on)
        .select_related("version__policy")
        .prefetch_related("roles")
        .order_by("version__policy__code", "pk")
    )


def lineage(path: str) -> list[str]:
    """The paths of a division and of all above it."""
    return [path[:end] for end in range(STEP, len(path) + 1, STEP)]


def _read(text: str) -> Pack:
    try:
        return read_pack(text)
    except PackFaults as bad:
        told = _("Line %(line)d, column %(column)d: %(why)s")
        errors = tuple(
            FieldError(f.field, Code.INVALID, told % {"line": f.line, "column": f.column, "why": f.why})
            for f in bad.faults
        )
        raise DomainError(Code.INVALID, _("The policy pack has faults."), errors) from None


def _division_of(pack: Pack) -> Division:
    division = Division.objects.filter(authority=pack.authority, code=pack.division_code, ends_on__isnull=True).first()
    if division is None:
        why = _(
            "No division %(code)s of the authority “%(authority)s” stands. "
            "Load the list of divisions first: manage.py load_divisions."
        ) % {"code": pack.division_code, "authority": pack.authority}
        raise invalid("division.code", why, Code.UNKNOWN_REFERENCE)
    return division


def _policy_of(pack: Pack, division: Division) -> Policy:
    """The policy, under its newest title; made if it is new."""
    policy, _made = Policy.objects.get_or_create(code=pack.code, defaults={"title": pack.title, "division": division})
    if policy.division_id != division.pk:
        why = _("The policy “%(policy)s” belongs to another division; a policy cannot move.")
        raise invalid("division.code", why % {"policy": policy.code})
    if policy.title != pack.title:
        policy.title = pack.title
        policy.save(update_fields=["title"])
    return policy


def _refuse_different(same: PolicyVersion, digest: str, valid_from: date, valid_to: date | None) -> None:
    """A version that stands is loaded again only as it is; cut short by its successor, it is no other."""
    if same.digest != digest:
        why = _("Version %(version)s stands with other content. Give the changed pack a new version.")
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY, why % {"version": same.version})
    successor = (
        PolicyVersion.objects.filter(policy=same.policy_id, starts_on__gt=same.starts_on).order_by("starts_on").first()
    )
    cut = successor is not None and (valid_to is None or valid_to >= successor.starts_on)
    if same.starts_on != valid_from or (same.ends_on != valid_to and not cut):
        why = _("Version %(version)s stands with other days: from %(first)s to %(last)s.")
        days = {
            "first": same.starts_on.isoformat(),
            "last": same.ends_on.isoformat() if same.ends_on else "…",
        }
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY, why % {"version": same.version, **days})


def _refuse_duties_of_others(pack: Pack, division: Division, valid_from: date, valid_to: date | None) -> None:
    """Rules of one duty merge into one obligation: policies that can reach one person must keep apart."""
    reach = within(division.path, "version__policy__division__path") | Q(
        version__policy__division__path__in=lineage(division.path)
    )
    others = Rule.objects.filter(
        reach,
        Q(version__ends_on__isnull=True) | Q(version__ends_on__gte=valid_from),
        duty__in={rule.duty for rule in pack.rules},
    ).exclude(version__policy__code=pack.code)
    if valid_to is not None:
        others = others.filter(version__starts_on__lte=valid_to)
    taken = others.values_list("duty", "version__policy__code").distinct().order_by("duty")
    why = _("The duty “%(duty)s” belongs to the policy “%(policy)s” already; choose another key.")
    errors = tuple(FieldError("rules", Code.INVALID, why % {"duty": duty, "policy": policy}) for duty, policy in taken)
    if errors:
        raise DomainError(Code.INVALID, errors=errors)


def _end_version_before(policy: Policy, valid_from: date) -> None:
    latest = policy.versions.order_by("-starts_on").first()
    if latest is None:
        return
    if valid_from <= latest.starts_on:
        why = _("Version %(version)s is in force from %(first)s; the next must begin after that day.")
        raise invalid("valid_from", why % {"version": latest.version, "first": latest.starts_on.isoformat()})
    if latest.ends_on is None or latest.ends_on >= valid_from:
        latest.ends_on = valid_from - ONE_DAY
        latest.save(update_fields=["ends_on"])


def _write(version: PolicyVersion, pack: Pack) -> None:
    Role.objects.bulk_create(
        Role(
            version=version, code=role.code, name=role.name, article=role.article, streets=role.streets,
            quotas=[quota.as_json() for quota in role.quotas],
        )
        for role in pack.roles
    )  # fmt: skip
    rules = Rule.objects.bulk_create(
        Rule(
            version=version, code=rule.code, duty=rule.duty, name=rule.name, subject=rule.subject,
            activity=rule.activity, cadence=rule.cadence, minimum=rule.minimum,
            partial_period=rule.partial_period, article=rule.article, article_text=rule.article_text,
            assumed=rule.assumed,
        )
        for rule in pack.rules
    )  # fmt: skip
    binds_streets = {role.code: role.binds_streets for role in pack.roles}
    RuleRole.objects.bulk_create(
        RuleRole(rule=row, role=code, streets=binds_streets[code])
        for row, rule in zip(rules, pack.rules, strict=True)
        for code in rule.roles
    )
