"""What of the duties X may see, and what a performance served."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from django.db.models import BigIntegerField, CharField, DateTimeField, Exists, Max, OuterRef, Q, QuerySet

from fieldwork.core.prepared import Given, Prepared, run
from fieldwork.directory.models import User
from fieldwork.directory.queries import leader_ids, organisation_ids, scope
from fieldwork.duties.demand.counting import COUNTED_FOR, COUNTS_FOR
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Basis, Obligation, Performance, Review, Rule, Task


def obligations_visible_to(user: User, on: date) -> QuerySet[Obligation]:
    """One's own, those of whom one acts for and of one's bodies; for an office, those that touch its scope."""
    return Obligation.objects.filter(_visible(user, on, "", OuterRef("pk")))


def tasks_visible_to(user: User, on: date) -> QuerySet[Task]:
    """The tasks of the obligations one may see."""
    return Task.objects.filter(_visible(user, on, "obligation__", OuterRef("obligation")))


def _visible(user: User, on: date, prefix: str, obligation: OuterRef) -> Q:
    """A pair is seen from both sides: its basis lies with the upper one."""
    bodies = organisation_ids(user, on)
    own = (
        Q(**{f"{prefix}leader__in": leader_ids(user, on)})
        | Q(**{f"{prefix}organisation__in": bodies})
        | Q(**{f"{prefix}lower_organisation__in": bodies})
    )
    if not user.office:
        return own
    based = Basis.objects.filter(scope(user, "division__path"), obligation=obligation)
    return own | Q(Exists(based)) | scope(user, f"{prefix}lower_organisation__division__path")


_task = Prepared(
    lambda: Task.objects.filter(pk=Given("pk", BigIntegerField())).select_related("obligation", "division")
)


def task_by_id(pk: int) -> Task | None:
    """In sight or not, with its obligation and division."""
    return next(iter(_task.objects(pk=pk)), None)


def touched_by(performance: Performance, at: datetime) -> QuerySet[Obligation]:
    """The obligations whose count a performance at the instant `at` may change."""
    wanted = Q(namings__performance=performance)
    if performance.leader_id is not None and performance.activity == Activity.INSPECTION:
        wanted |= Q(
            leader=performance.leader_id, activity=Activity.INSPECTION, starts_at__lte=at, lapses_at__gt=at
        )  # fmt: skip
    found = Obligation.objects.filter(wanted)
    successors = Q(pk__in=())
    for named in Obligation.objects.filter(namings__performance=performance, leader__isnull=False):
        posts = Basis.objects.filter(obligation=named).values("tenure__post")
        successors |= Q(duty=named.duty, period=named.period, bases__tenure__post__in=posts)
    return Obligation.objects.filter(
        Q(pk__in=found.values("pk")) | Q(pk__in=Obligation.objects.filter(successors).values("pk"))
    )


_touched_on_site = Prepared(
    lambda: (
        Obligation.objects.filter(
            leader=Given("leader", BigIntegerField()), activity=Activity.INSPECTION,
            starts_at__lte=Given("at", DateTimeField()), lapses_at__gt=Given("at", DateTimeField()),
        ).select_for_update().order_by("pk").values_list("pk")
    )
)  # fmt: skip


def lock_touched_on_site(leader: int, at: datetime) -> list[int]:
    """The ids of the obligations that an inspection at an instant serves, locked: what `touched_by` finds of one that
    names none."""
    return [pk for (pk,) in _touched_on_site.rows(leader=leader, at=at)]


def last_visits(tasks: Sequence[Task]) -> dict[int, datetime | None]:
    """For each task by id, when its leader last touched its target, in any month; one query."""
    last = last_touches({(task.obligation.leader_id, task.touch_key) for task in tasks})
    return {task.pk: last.get((task.obligation.leader_id, task.touch_key)) for task in tasks}


def last_touches(wanted: Collection[tuple[int | None, str]]) -> dict[tuple[int | None, str], datetime]:
    """Of leaders and what they are to touch: when they last did, in any month; one query."""
    rows = (
        Performance.objects.filter(
            stands=True,
            leader__in={leader for leader, _key in wanted},
            touches__target_key__in={key for _leader, key in wanted},
        )
        .values_list("leader", "touches__target_key")
        .annotate(last=Max("at"))
    )
    return {(leader, key): at for leader, key, at in rows}


def standing_duties(keys: Collection[str], on: date) -> dict[str, Rule]:
    """The standing duties by their keys (`<policy>.<rule>`), in the version in force on that day or else the latest.

    A key that never was is missing in the answer.
    """
    found: dict[str, Rule] = {}
    rules = Rule.objects.filter(cadence="").select_related("version__policy")
    pairs = Q(pk__in=())
    for key in keys:
        policy, _dot, code = key.partition(".")
        pairs |= Q(version__policy__code=policy, code=code)
    for rule in rules.filter(pairs).order_by("version__starts_on"):
        before = found.get(rule.key)
        if before is None or rule.version.starts_on <= on:
            found[rule.key] = rule
    return found


@dataclass(slots=True)
class Served:
    """The ids of what a performance counts for."""

    tasks: list[int] = field(default_factory=list)
    obligations: list[int] = field(default_factory=list)


def served_by(source_kind: str, source_ids: Sequence[str]) -> dict[str, Served]:
    """What each source counts for; one query. One that was rejected counts for nothing."""
    served: dict[str, Served] = defaultdict(Served)
    if not source_ids:
        return served
    names = {f"source_{number}": source for number, source in enumerate(source_ids)}
    statement = COUNTS_FOR.replace("{sources}", ", ".join(f"%({name})s" for name in names))
    for source, obligation, task in run(statement, {"kind": source_kind, **names}):
        here = served[source]
        if obligation not in here.obligations:
            here.obligations.append(obligation)
        if task is not None:
            here.tasks.append(task)
    return served


def proofs_of(obligation: int) -> QuerySet[Performance]:
    """The performances that count for an obligation, the earliest first: the other way of `served_by`."""
    found = [pk for (pk,) in run(COUNTED_FOR, {"obligation": obligation})]
    return Performance.objects.filter(pk__in=found).order_by("at", "pk")


def reviews_of(source_kind: str, source_ids: Iterable[str]) -> dict[str, Review]:
    """The latest verdict on each source that has one; one query."""
    ids = list(source_ids)
    if not ids:
        return {}
    rows = _reviews(len(ids)).objects(kind=source_kind, **{f"id_{place}": key for place, key in enumerate(ids)})
    return {review.performance.source_id: review for review in rows}


@lru_cache
def _reviews(count: int) -> Prepared:
    ids = [Given(f"id_{place}", CharField()) for place in range(count)]
    found = Review.objects.filter(performance__source_kind=Given("kind", CharField()), performance__source_id__in=ids)
    return Prepared(lambda: found.select_related("by", "performance").order_by("pk"))
