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
from fieldwork.directory.divisions import LOCK as DIVISIONS
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division
from fieldwork.directory.zones import found_zone
from fieldwork.duties.models import Policy, PolicyVersion, Rule
from fieldwork.duties.packs import Pack, PackFaults, Place, ZoneSpec, read_pack
from fieldwork.duties.policies.sharing import refuse_duties_of_others, refuse_unknown_extended
from fieldwork.duties.policies.writing import write

LOCK = "policies"
ONE_DAY = timedelta(days=1)


def load_pack(text: str, *, valid_from: date, valid_to: date | None, by: Actor, at: datetime) -> PolicyVersion:
    """Bring a pack into force from a day to a day, both inclusive; the version before ends on the day before.

    A pack of a development zone founds it (`directory.zones`). The same text with the same days again answers the row
    that stands. Errors: `invalid` with every fault of the pack, or where the days do not follow the version before;
    `unknown_reference` for the division or the policy that it extends; `already_exists_differently` for a version
    that stands with other content or days.
    """
    pack = _read(text)
    if valid_to is not None and valid_to < valid_from:
        raise invalid("valid_to", _("The last day of validity is before the first."))
    with transaction.atomic():
        if pack.founded:
            locks.hold(DIVISIONS)  # first, as who loads a list does
        locks.hold(LOCK)
        digest = sha256(text.encode()).hexdigest()
        same = PolicyVersion.objects.filter(policy__code=pack.code, version=pack.version).first()
        if same is not None:
            _refuse_different(same, digest, valid_from, valid_to)
            return same
        division = _division_of(pack, valid_from, by, at)
        policy = _policy_of(pack, division)
        refuse_unknown_extended(pack, division)
        refuse_duties_of_others(pack, division, valid_from, valid_to)
        _end_version_before(policy, valid_from)
        version = PolicyVersion.objects.create(
            policy=policy, version=pack.version, status=pack.status, starts_on=valid_from, ends_on=valid_to,
            text=text, digest=digest, triggers=list(pack.triggers), checks=list(pack.checks),
            indicators=list(pack.indicators), accident_grades=list(pack.accident_grades),
        )  # fmt: skip
        write(version, pack)
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
        .prefetch_related("roles", "bodies__body", "pairs__upper", "pairs__lower")
        .order_by("version__policy__code", "pk")
    )


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


def _division_of(pack: Pack, valid_from: date, by: Actor, at: datetime) -> Division:
    """The division of the pack, which founds its own zone and takes the zone's towns there."""
    if pack.founded is not None:
        return _zone_of(pack, pack.founded, valid_from, by, at)
    return _standing(pack.place, "division.code")


def _zone_of(pack: Pack, founded: ZoneSpec, valid_from: date, by: Actor, at: datetime) -> Division:
    parent = _standing(founded.parent, "division.parent.code")
    takes = [_standing(place, f"division.takes[{index}].code") for index, place in enumerate(founded.takes)]
    return found_zone(
        authority=pack.place.authority, code=pack.place.code, name=founded.name, level=Level(founded.level),
        parent=parent, takes=takes, on=valid_from, by=by, at=at,
    )  # fmt: skip


def _standing(place: Place, field: str) -> Division:
    division = Division.objects.filter(authority=place.authority, code=place.code, ends_on__isnull=True).first()
    if division is None:
        why = _(
            "No division %(code)s of the authority “%(authority)s” stands. "
            "Load the list of divisions first: manage.py load_divisions."
        ) % {"code": place.code, "authority": place.authority}
        raise invalid(field, why, Code.UNKNOWN_REFERENCE)
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
