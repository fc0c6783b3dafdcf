"""What an obligation or a task is at an instant: a function of its row and the clock, in Python and in SQL."""

from datetime import datetime

from django.db.models import Case, CharField, F, Q, Value, When

from fieldwork.duties.enums import Outcome, Standing, Status, TaskStatus
from fieldwork.duties.models import Obligation, Task


def status_of(obligation: Obligation, now: datetime) -> Status:
    """Met, excused, transferred and withdrawn whatever the clock says; otherwise scheduled, open or lapsed by it."""
    if obligation.outcome != Outcome.PENDING:
        return Status(obligation.outcome)
    if now < obligation.starts_at:
        return Status.SCHEDULED
    return Status.OPEN if now < obligation.due_at else Status.LAPSED


def task_status_of(task: Task, now: datetime) -> TaskStatus:
    """Done stays done; a task without a link is withdrawn; else it goes with its obligation.

    Siblings of a met obligation stay open to the end of the period, so that a neglected link is seen.
    """
    if task.done_at is not None:
        return TaskStatus.DONE
    if task.state != Standing.STANDING:
        return TaskStatus.WITHDRAWN
    status = status_of(task.obligation, now)
    if status == Status.MET:
        return TaskStatus.OPEN if now < task.obligation.due_at else TaskStatus.NOT_NEEDED
    if status == Status.SCHEDULED:
        return TaskStatus.OPEN
    return TaskStatus(status)


def status_case(now: datetime) -> Case:
    """`status_of` for a queryset of obligations."""
    return Case(
        When(~Q(outcome=Outcome.PENDING), then=F("outcome")),
        When(starts_at__gt=now, then=Value(Status.SCHEDULED)),
        When(due_at__gt=now, then=Value(Status.OPEN)),
        default=Value(Status.LAPSED),
        output_field=CharField(),
    )


def task_status_case(now: datetime) -> Case:
    """`task_status_of` for a queryset of tasks."""
    pending = Q(obligation__outcome=Outcome.PENDING)
    return Case(
        When(done_at__isnull=False, then=Value(TaskStatus.DONE)),
        When(~Q(state=Standing.STANDING), then=Value(TaskStatus.WITHDRAWN)),
        When(Q(obligation__outcome=Outcome.MET, obligation__due_at__gt=now), then=Value(TaskStatus.OPEN)),
        When(obligation__outcome=Outcome.MET, then=Value(TaskStatus.NOT_NEEDED)),
        When(~pending, then=F("obligation__outcome")),
        When(obligation__due_at__gt=now, then=Value(TaskStatus.OPEN)),
        default=Value(TaskStatus.LAPSED),
        output_field=CharField(),
    )
