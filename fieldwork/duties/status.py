"""What an obligation or a task is at an instant: a function of its row and the clock, in SQL."""

from datetime import datetime

from django.db.models import Case, CharField, F, Q, Value, When

from fieldwork.duties.enums import Outcome, Standing, Status, TaskStatus

GONE = (Status.EXCUSED, Status.TRANSFERRED, Status.WITHDRAWN)


def status_case(now: datetime) -> Case:
    """Met, excused, transferred and withdrawn whatever the clock says; otherwise scheduled, open or lapsed by it."""
    return Case(
        When(~Q(outcome=Outcome.PENDING), then=F("outcome")),
        When(starts_at__gt=now, then=Value(Status.SCHEDULED)),
        When(lapses_at__gt=now, then=Value(Status.OPEN)),
        default=Value(Status.LAPSED),
        output_field=CharField(),
    )


def task_status_case(now: datetime) -> Case:
    """Done stays done; then it goes where its obligation has gone; without a link it is withdrawn.

    Siblings of a met obligation stay open to the end of the period, so that a neglected link is seen.
    """
    return Case(
        When(done_at__isnull=False, then=Value(TaskStatus.DONE)),
        When(obligation__outcome__in=GONE, then=F("obligation__outcome")),
        When(~Q(state=Standing.STANDING), then=Value(TaskStatus.WITHDRAWN)),
        When(obligation__lapses_at__gt=now, then=Value(TaskStatus.OPEN)),
        When(obligation__outcome=Outcome.MET, then=Value(TaskStatus.NOT_NEEDED)),
        default=Value(TaskStatus.LAPSED),
        output_field=CharField(),
    )
