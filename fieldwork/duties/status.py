"""What an obligation or a task is at an instant, a function of its row and the clock, in SQL; and why, in words."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, CharField, F, Q, Value, When
from django.utils.translation import gettext as _

from fieldwork.duties.enums import ExcuseKind, Outcome, Reason, Standing, Status, TaskStatus
from fieldwork.duties.models import Basis, Excuse

GONE = (Status.EXCUSED, Status.TRANSFERRED, Status.WITHDRAWN)


def reasons_of(bases: Iterable[Basis], excuses: Iterable[Excuse] = ()) -> list[tuple[str, str]]:
    """Code and text, each said once: why it is excused, why a basis does not stand, what in its rule is assumed.

    `bases` are all those of an obligation, each with its rule; `excuses` all that were ever granted.
    """
    reasons = {("excused", excused_for(excuse)) for excuse in excuses if excuse.taken_back_at is None}
    for basis in bases:
        if basis.state != Standing.STANDING:
            reasons.add((basis.reason, str(Reason(basis.reason).label)))
        for key, why in basis.rule.assumed.items():
            reasons.add((f"assumed_{key}", _("Assumed, because the text is silent: %(why)s") % {"why": why}))
    return sorted(reasons)


def excused_for(excuse: Excuse) -> str:
    """The kind of an excuse, and the reason that its grantor gave."""
    return _("%(kind)s: %(reason)s") % {"kind": ExcuseKind(excuse.kind).label, "reason": excuse.reason}


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
