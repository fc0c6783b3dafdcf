"""What of the duties X may see, and what a performance served."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from fieldwork.directory.models import User
from fieldwork.directory.queries import leaders_of, scope
from fieldwork.duties.demand import COUNTS_FOR
from fieldwork.duties.models import Basis, Obligation, Performance, Task


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
    wanted = {(task.obligation.leader_id, task.touch_key) for task in tasks}
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
    return {task.pk: last.get((task.obligation.leader_id, task.touch_key)) for task in tasks}


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
    statement = COUNTS_FOR.replace("{sources}", ", ".join(["%s"] * len(source_ids)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [source_kind, *source_ids])
        for source, obligation, task in cursor.fetchall():
            here = served[source]
            if obligation not in here.obligations:
                here.obligations.append(obligation)
            if task is not None:
                here.tasks.append(task)
    return served
