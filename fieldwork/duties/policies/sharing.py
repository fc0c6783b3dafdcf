"""Which policies may name one duty: rules of one duty merge into one obligation of whomever they both oblige."""

from collections import defaultdict
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.directory.models import Division
from fieldwork.directory.paths import STEP, within
from fieldwork.duties.models import Policy, PolicyVersion, Rule
from fieldwork.duties.packs import Pack, PackFaults, RuleSpec, read_pack

AGREED = ("subject", "activity", "cadence", "due", "per_body")


def lineage(path: str) -> list[str]:
    """The paths of a division and of all above it."""
    return [path[:end] for end in range(STEP, len(path) + 1, STEP)]


def refuse_unknown_extended(pack: Pack, division: Division) -> None:
    """The policy that a pack adds to stands, and reaches the pack's division."""
    if not pack.extends:
        return
    extended = Policy.objects.select_related("division").filter(code=pack.extends).first()
    if extended is None:
        why = _("There is no policy “%(policy)s”; load it first.")
        raise invalid("extends", why % {"policy": pack.extends}, Code.UNKNOWN_REFERENCE)
    if not division.path.startswith(extended.division.path):
        why = _("The policy “%(policy)s” does not reach this division.")
        raise invalid("extends", why % {"policy": pack.extends})


def refuse_duties_of_others(pack: Pack, division: Division, valid_from: date, valid_to: date | None) -> None:
    """Policies that can reach one person keep apart, but for those of one family, which must agree (QY 34)."""
    mine: dict[str, list[RuleSpec]] = defaultdict(list)
    for rule in pack.rules:
        mine[rule.duty].append(rule)
    others = _rules_that_meet(division, set(mine), valid_from, valid_to).exclude(version__policy__code=pack.code)
    extended: dict[int, str] = {}
    faults: dict[FieldError, None] = {}
    for other in others.select_related("version__policy").order_by("duty", "version__policy__code", "pk"):
        theirs = other.version.policy.code
        if other.version_id not in extended:
            extended[other.version_id] = _extended_by(other.version)
        if not _one_family(pack, theirs, extended[other.version_id]):
            why = _("The duty “%(duty)s” belongs to the policy “%(policy)s” already; choose another key.")
        elif any(getattr(rule, key) != getattr(other, key) for rule in mine[other.duty] for key in AGREED):
            why = _(
                "The duty “%(duty)s” of the policy “%(policy)s” has another subject, activity, cadence or due day; "
                "choose another key."
            )
        else:
            continue
        faults[FieldError("rules", Code.INVALID, why % {"duty": other.duty, "policy": theirs})] = None
    if faults:
        raise DomainError(Code.INVALID, errors=tuple(faults))


def _rules_that_meet(division: Division, duties: set[str], valid_from: date, valid_to: date | None) -> QuerySet[Rule]:
    """Rules of these duties that are in force on some of these days and can oblige somebody at the division."""
    reach = within(division.path, "version__policy__division__path") | Q(
        version__policy__division__path__in=lineage(division.path)
    )
    lasting = Q(version__ends_on__isnull=True) | Q(version__ends_on__gte=valid_from)
    rules = Rule.objects.filter(reach, lasting, duty__in=duties).exclude(cadence="")
    return rules if valid_to is None else rules.filter(version__starts_on__lte=valid_to)


def _one_family(pack: Pack, other: str, extended_by_other: str) -> bool:
    """Whether one of two policies adds to the other, or both add to a third."""
    return (
        pack.extends == other
        or extended_by_other == pack.code
        or (bool(pack.extends) and pack.extends == extended_by_other)
    )


def _extended_by(version: PolicyVersion) -> str:
    try:
        return read_pack(version.text).extends
    except PackFaults:  # a text of earlier days, when no pack could add to another
        return ""
