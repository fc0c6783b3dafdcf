"""Rules are switched on and off for a division and all below it: changes, and what stands on a day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.events import Actor
from fieldwork.directory.models import Division
from fieldwork.duties.models import Policy, Rule, Tracking
from fieldwork.duties.policies.loading import LOCK, ONE_DAY, rules_in_force
from fieldwork.duties.policies.sharing import lineage


@dataclass(frozen=True, slots=True)
class TrackedRule:
    """A rule as it stands for a division: tracked from a day, which may be to come, or (None) not tracked.

    `streets`: town roles bind streets (街道) there because the switch says so (QY 2).
    """

    rule: Rule
    tracked_from: date | None
    streets: bool


def track(
    policy: Policy, rule_codes: Iterable[str], *, division: Division, starts_on: date, streets: bool = False,
    by: Actor, at: datetime,
) -> list[Tracking]:  # fmt: skip
    """Switch rules on for a division and all below it: periods that begin on `starts_on` or later are opened.

    `streets`: town roles bind streets (街道) there too. Answers what stands from that day, changed or not.
    Errors: `unknown_reference` for rules the policy never had, `invalid` for a division outside the policy's,
    `already_exists_differently` where later days are switched in another way already.
    """
    with transaction.atomic():
        locks.hold(LOCK)
        codes = _known_rules(policy, rule_codes)
        if not division.path.startswith(policy.division.path):
            raise invalid("division", _("The division lies outside the policy's own."))
        standing = _trackings(policy, codes, division)
        fresh = [code for code in codes if not _stands(standing[code], starts_on, streets)]
        made = [
            Tracking(
                policy=policy, rule_code=code, division=division, streets=streets, starts_on=starts_on,
                ends_on=_room_before_later(standing[code], starts_on, streets),
            )
            for code in fresh
        ]  # fmt: skip
        Tracking.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on),
            policy=policy, rule_code__in=fresh, division=division, starts_on__lt=starts_on,
        ).update(ends_on=starts_on - ONE_DAY)  # fmt: skip
        Tracking.objects.bulk_create(made)
        if made:
            _tell("rule.tracked", policy, fresh, division, starts_on, by, at, streets=streets)
        return [
            next(row for row in rows if row.ends_on is None or row.ends_on >= starts_on)
            for rows in _trackings(policy, codes, division).values()
        ]


def untrack(
    policy: Policy, rule_codes: Iterable[str], *, division: Division, ends_on: date, by: Actor, at: datetime
) -> int:
    """Switch rules off for a division after `ends_on`; answers how many trackings that changed.

    A tracking that would begin only later is taken back: it cannot end before that, and its event remains.
    """
    with transaction.atomic():
        locks.hold(LOCK)
        codes = _known_rules(policy, rule_codes)
        on_later = Tracking.objects.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gt=ends_on),
            policy=policy, rule_code__in=codes, division=division,
        )  # fmt: skip
        changed = sorted(set(on_later.values_list("rule_code", flat=True)))
        taken_back, _by_model = on_later.filter(starts_on__gt=ends_on).delete()
        ended = on_later.update(ends_on=ends_on)
        if changed:
            _tell("rule.untracked", policy, changed, division, ends_on + ONE_DAY, by, at)
        return taken_back + ended


def rules_with_tracking(division: Division, on: date) -> list[TrackedRule]:
    """The rules in force on a day whose policies reach the division, each with its tracking there."""
    above = lineage(division.path)
    switches: dict[tuple[int, str], list[Tracking]] = defaultdict(list)
    for row in Tracking.objects.filter(division__path__in=above).order_by("-starts_on"):
        switches[row.policy_id, row.rule_code].append(row)
    rules = rules_in_force(on).filter(version__policy__division__path__in=above)
    return [_tracked(rule, switches[rule.version.policy_id, rule.code], on) for rule in rules]


def _known_rules(policy: Policy, rule_codes: Iterable[str]) -> list[str]:
    """The codes, each once, in order; all must be of rules that some version of the policy has."""
    codes = sorted(set(rule_codes))
    known = set(Rule.objects.filter(version__policy=policy, code__in=codes).values_list("code", flat=True))
    why = _("The policy “%(policy)s” has no rule “%(rule)s”.")
    errors = tuple(
        FieldError("rules", Code.UNKNOWN_REFERENCE, why % {"policy": policy.code, "rule": code})
        for code in codes
        if code not in known
    )
    if errors:
        raise DomainError(Code.UNKNOWN_REFERENCE, errors=errors)
    return codes


def _trackings(policy: Policy, codes: Sequence[str], division: Division) -> dict[str, list[Tracking]]:
    """The trackings of each rule for exactly this division, earliest first; they never overlap."""
    rows: dict[str, list[Tracking]] = {code: [] for code in codes}
    for row in Tracking.objects.filter(policy=policy, rule_code__in=codes, division=division).order_by("starts_on"):
        rows[row.rule_code].append(row)
    return rows


def _stands(rows: Iterable[Tracking], day: date, streets: bool) -> bool:
    """Whether `rows`, earliest first, cover all days from `day` on, with that choice of streets."""
    for row in rows:
        if row.starts_on <= day and row.streets == streets:
            if row.ends_on is None:
                return True
            day = max(day, row.ends_on + ONE_DAY)
    return False


def _room_before_later(rows: Sequence[Tracking], starts_on: date, streets: bool) -> date | None:
    """The last day of a tracking that begins on `starts_on`: the day before the one that continues it."""
    later = [row for row in rows if row.starts_on >= starts_on]
    if not later:
        return None
    first = later[0].starts_on
    if not _stands(later, first, streets):
        why = _("“%(rule)s” is switched otherwise from %(first)s on. Choose a later day or switch it off first.")
        raise DomainError(
            Code.ALREADY_EXISTS_DIFFERENTLY,
            why % {"rule": later[0].rule_code, "first": first.isoformat()},
        )
    return first - ONE_DAY


def _tracked(rule: Rule, rows: Sequence[Tracking], on: date) -> TrackedRule:
    """`rows` latest first. A tracking that continues another without a gap counts from that one's start."""
    present = [row for row in rows if row.ends_on is None or row.ends_on >= on]
    if not present:
        return TrackedRule(rule, None, streets=False)
    first = min(row.starts_on for row in present)
    streets = any(row.streets for row in present if row.starts_on <= max(on, first))
    for row in rows:
        if row.starts_on < first and row.ends_on is not None and row.ends_on >= first - ONE_DAY:
            first = row.starts_on
    return TrackedRule(rule, first, streets)


def _tell(
    kind: str, policy: Policy, codes: Sequence[str], division: Division, since: date, by: Actor, at: datetime,
    **more: Any,
) -> None:  # fmt: skip
    events.append(
        kind, by=by, at=at, about=("policy", policy.pk), division_path=division.path,
        policy=policy.code, rules=list(codes), division=division.pk, since=since.isoformat(), **more,
    )  # fmt: skip
