"""What an obligation or a task is at an instant, said once more in Python, for rows that a test has at hand."""

from datetime import datetime

from fieldwork.duties.enums import Outcome, Standing, Status, TaskStatus
from fieldwork.duties.models import Obligation, Task
from fieldwork.duties.status import GONE


def status_of(obligation: Obligation, now: datetime) -> Status:
    """As `status.status_case` has it."""
    if obligation.outcome != Outcome.PENDING:
        return Status(obligation.outcome)
    if now < obligation.starts_at:
        return Status.SCHEDULED
    return Status.OPEN if now < obligation.lapses_at else Status.LAPSED


def task_status_of(task: Task, now: datetime) -> TaskStatus:
    """As `status.task_status_case` has it."""
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
