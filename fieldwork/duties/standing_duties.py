"""Which standing duties (无次数要求的职责) bind somebody on a day: what may be checked in or filed without being owed.

By the versions in force on the day, tracked or not; on streets as `quotas` has it (QY 2).
"""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldwork.directory.models import Division, Leader, Organisation, Tenure
from fieldwork.directory.paths import STEP
from fieldwork.directory.queries import NOTHING, standing
from fieldwork.duties.models import Body, Rule, RuleBody, RulePair, RuleRole, Tracking


def standing_duties_of(leaders: QuerySet[Leader], organisations: QuerySet[Organisation], on: date) -> QuerySet[Rule]:
    """Those that bind a role which one of the leaders holds, or one of the organisations, in a pair too.

    Both are few: their posts and places are read first.
    """
    tenures = Tenure.objects.filter(standing(on), leader__in=leaders).exclude(post__role="")
    seats = {
        (tenure.post.role, tenure.post.organisation.division)
        for tenure in tenures.select_related("post__organisation__division")
    }
    bound = NOTHING
    for role, division in sorted(seats, key=lambda seat: (seat[0], seat[1].pk)):
        bound |= _binds_role(role, division, on)
    for organisation in organisations.filter(standing(on)).select_related("division").order_by("pk"):
        bound |= _binds_body(organisation, on)
    return Rule.objects.filter(standing(on, "version__"), bound, cadence="").select_related("version__policy")


def _binds_role(role: str, division: Division, on: date) -> Q:
    named = RuleRole.objects.filter(rule=OuterRef("pk"), role=role, excepted=False)
    if division.street:
        of_role = RuleRole.objects.filter(
            standing(on, "rule__version__"),
            rule__version__policy=OuterRef("policy"),
            rule__code=OuterRef("rule_code"),
            role=role,
            excepted=False,
        )
        switched = _switched_on(division, on).filter(Exists(of_role))
        named = named.filter(Q(streets=True) | Q(rule__version__policy__in=switched.values("policy")))
    return _reaches(division) & Q(Exists(named))


def _binds_body(organisation: Organisation, on: date) -> Q:
    division = organisation.division
    bodies = Body.objects.filter(
        kind=organisation.kind,
        department_kind__in=("", organisation.department_kind),
        level__in=("", division.level),
    )
    if division.street:
        switched = _switched_on(division, on).values("policy")
        bodies = bodies.filter(Q(streets=True) | Q(version__policy__in=switched))
    alone = RuleBody.objects.filter(rule=OuterRef("pk"), body__in=bodies)
    pair = RulePair.objects.filter(Q(upper__in=bodies) | Q(lower__in=bodies), rule=OuterRef("pk"))
    return _reaches(division) & (Q(Exists(alone)) | Q(Exists(pair)))


def _reaches(division: Division) -> Q:
    """Rules of the policies for this division or one above it."""
    return Q(version__policy__division__path__in=_upwards(division))


def _switched_on(division: Division, on: date) -> QuerySet[Tracking]:
    """Which rules are tracked with streets there on the day."""
    return Tracking.objects.filter(standing(on), streets=True, division__path__in=_upwards(division))


def _upwards(division: Division) -> list[str]:
    """The paths of a division and all above it."""
    return [division.path[:end] for end in range(STEP, len(division.path) + 1, STEP)]
