"""What an obligation or a task is at an instant: a function of its row and the clock, in Python and in SQL."""

from datetime import datetime

from django.db.models import Case, CharField, F, Q, Value, When

from fieldwork.duties.enums import Outcome, Standing, Status, TaskStatus
from fieldwork.duties.models import Obligation, Task

GONE = (Status.EXCUSED, Status.TRANSFERRED, Status.WITHDRAWN)


def status_of(obligation: Obligation, now: datetime) -> Status:
    """Met, excused, transferred and withdrawn whatever the clock says; otherwise scheduled, open or lapsed by it."""
    if obligation.outcome != Outcome.PENDING:
        return Status(obligation.outcome)
    if now < obligation.starts_at:
        return Status.SCHEDULED
    return Status.OPEN if now < obligation.lapses_at else Status.LAPSED


def task_status_of(task: Task, now: datetime) -> TaskStatus:
    """Done stays done; then it goes where its obligation has gone; without a link it is withdrawn.

    Siblings of a met obligation stay open to the end of the period, so that a neglected link is seen.
    """
    status = status_of(task.obligation, now)
    if task.done_at is not None:
        return TaskStatus.DONE
    if status in GONE:
        return TaskStatus(status)
    if task.state != Standing.STANDING:
        return TaskStatus.WITHDRAWN
    if now < task.obligation.lapses_at:
        return TaskStatus.OPEN
    return TaskStatus.NOT_NEEDED if status == Status.MET else TaskStatus.LAPSED


def status_case(now: datetime) -> Case:
    """`status_of` for a queryset of obligations."""
    return Case(
        When(~Q(outcome=Outcome.PENDING), then=F("outcome")),
        When(starts_at__gt=now, then=Value(Status.SCHEDULED)),
        When(lapses_at__gt=now, then=Value(Status.OPEN)),
        default=Value(Status.LAPSED),
        output_field=CharField(),
    )


def task_status_case(now: datetime) -> Case:
    """`task_status_of` for a queryset of tasks."""
    return Case(
        When(done_at__isnull=False, then=Value(TaskStatus.DONE)),
        When(obligation__outcome__in=GONE, then=F("obligation__outcome")),
        When(~Q(state=Standing.STANDING), then=Value(TaskStatus.WITHDRAWN)),
        When(obligation__lapses_at__gt=now, then=Value(TaskStatus.OPEN)),
        When(obligation__outcome=Outcome.MET, then=Value(TaskStatus.NOT_NEEDED)),
        default=Value(TaskStatus.LAPSED),
        output_field=CharField(),
    )
