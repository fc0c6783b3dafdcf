"""What of the duties X may see, and what a performance served."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from fieldwork.directory.models import User
from fieldwork.directory.queries import leaders_of, scope
from fieldwork.duties.models import Basis, Obligation, Performance, Task, Touch


def obligations_visible_to(user: User, on: date) -> QuerySet[Obligation]:
    """One's own and those of whom one acts for; for an office, those with a basis in its scope."""
    based = Basis.objects.filter(scope(user, "division__path"), obligation=OuterRef("pk"))
    return Obligation.objects.filter(Q(leader__in=leaders_of(user, on)) | Exists(based))


def tasks_visible_to(user: User, on: date) -> QuerySet[Task]:
    """The tasks of the obligations one may see."""
    based = Basis.objects.filter(scope(user, "division__path"), obligation=OuterRef("obligation"))
    return Task.objects.filter(Q(obligation__leader__in=leaders_of(user, on)) | Exists(based))


def last_visits(tasks: Sequence[Task]) -> dict[int, datetime | None]:
    """For each task by id, when its leader last touched its target, in any month; one query."""
    wanted = {(task.obligation.leader_id, task.target_key) for task in tasks}
    rows = (
        Performance.objects.filter(
            stands=True,
            leader__in={leader for leader, _key in wanted},
            touches__target_key__in={key for _leader, key in wanted},
        )
        .values_list("leader", "touches__target_key")
        .annotate(last=Max("at"))
    )
    last = {(leader, key): at for leader, key, at in rows}
    return {task.pk: last.get((task.obligation.leader_id, task.target_key)) for task in tasks}


@dataclass(slots=True)
class Served:
    """The ids of what a performance counts for."""

    tasks: list[int] = field(default_factory=list)
    obligations: list[int] = field(default_factory=list)


def served_by(source_kind: str, source_ids: Iterable[str]) -> dict[str, Served]:
    """What each source counts for: four queries, whatever the number. One that was rejected counts for nothing."""
    performances = list(
        Performance.objects.filter(source_kind=source_kind, source_id__in=list(source_ids), stands=True)
    )
    touches: dict[int, set[str]] = defaultdict(set)
    for performance_id, key in Touch.objects.filter(performance__in=performances).values_list(
        "performance", "target_key"
    ):
        touches[performance_id].add(key)
    by_leader = _obligations_around(performances)
    served: dict[str, Served] = defaultdict(Served)
    for performance in performances:
        for obligation in by_leader[performance.leader_id]:
            if (
                obligation.activity == performance.activity
                and obligation.starts_at <= performance.at < obligation.due_at
            ):
                here = served[performance.source_id]
                here.obligations.append(obligation.pk)
                here.tasks += [task.pk for task in obligation.tasks.all() if task.target_key in touches[performance.pk]]
    return served


def _obligations_around(performances: list[Performance]) -> dict[int | None, list[Obligation]]:
    """The obligations, with their tasks, of the performers in the time that the performances span."""
    by_leader: dict[int | None, list[Obligation]] = defaultdict(list)
    if performances:
        instants = [performance.at for performance in performances]
        obligations = Obligation.objects.filter(
            leader__in={performance.leader_id for performance in performances},
            due_at__gt=min(instants),
            starts_at__lte=max(instants),
        )
        for obligation in obligations.prefetch_related("tasks").order_by("pk"):
            by_leader[obligation.leader_id].append(obligation)
    return by_leader
