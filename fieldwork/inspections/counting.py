"""What a check-in is recorded to have performed, and how well it fits what it was for."""

from collections.abc import Sequence
from datetime import datetime

from fieldwork.core.periods import Period
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import standing
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Obligation, Task
from fieldwork.duties.queries import served_by
from fieldwork.inspections import flags
from fieldwork.inspections.declared import DeclaredCheckIn
from fieldwork.inspections.models import CheckIn, Flag
from fieldwork.inspections.references import References
from fieldwork.inspections.serving import Fit, Visit, fit, fit_own_area, touched


def bodies_obligation(task: Task | None) -> list[Obligation]:
    """The obligation that a named task is for, if an organisation owes it."""
    return [task.obligation] if task is not None and task.obligation.leader_id is None else []


def count(
    check_in: CheckIn, declared: DeclaredCheckIn, references: References, visit: Visit,
    *, periods: Sequence[Period], by: User, at: datetime,
) -> None:  # fmt: skip
    """Record the performance, the distance, and the doubts; `periods` are those that were entered for it."""
    named = references.task if references.task and _still_asks(references.task, check_in) else None
    bodies = bodies_obligation(named)
    # A body's task is served by whatever names it; a touch would serve the lead's own tasks too.
    touches = touched(visit) | ({named.touch_key} if named and not bodies else set())
    record_performance(
        leader=references.lead, activity=Activity.INSPECTION, at=declared.captured_at,
        source=("check_in", str(check_in.pk)), touches=touches, names=bodies, duties=references.duties,
        by=by, now=at, entered=periods,
    )  # fmt: skip
    told = fit(named, visit) if named else _nearest_fit(check_in, visit)
    check_in.distance_m, check_in.inside_target = told.distance_m, told.inside
    check_in.save(update_fields=["distance_m", "inside_target"])
    by_staff = declared.prepared_by_staff or by.leader_id != references.lead.pk
    raised = flags.raised_by(
        declared, declared.location.position, _doubted(told, visit), by_staff=by_staff, received_at=at
    )
    Flag.objects.bulk_create(
        Flag(check_in=check_in, code=code, figures=figures, raised_at=at) for code, figures in raised.items()
    )


def _still_asks(task: Task, check_in: CheckIn) -> bool:
    """A named task counts in any case, if it is the lead's or a body's in which the lead held a post that day, is done
    on site, stands, and is of the visit's period.

    Otherwise it was but a hint, and the visit counts by place and time.
    """
    obligation = task.obligation
    return (
        obligation.activity == Activity.INSPECTION
        and obligation.starts_at <= check_in.captured_at < obligation.lapses_at
        and task.state == Standing.STANDING
        and obligation.outcome not in (Outcome.TRANSFERRED, Outcome.WITHDRAWN)
        and _is_for(obligation, check_in)
    )


def _is_for(obligation: Obligation, check_in: CheckIn) -> bool:
    if obligation.leader_id is not None:
        return obligation.leader_id == check_in.lead_id
    posts = Tenure.objects.filter(standing(check_in.captured_on), leader=check_in.lead_id)
    return posts.filter(post__organisation=obligation.organisation_id).exists()


def _nearest_fit(check_in: CheckIn, visit: Visit) -> Fit:
    """To the nearest of the tasks that the visit counts for."""
    source = str(check_in.pk)
    served = Task.objects.filter(pk__in=served_by("check_in", [source])[source].tasks).select_related("division")
    fits = [each for task in served if (each := fit(task, visit)).distance_m is not None]
    return min(fits, key=lambda each: each.distance_m or 0.0, default=Fit())


def _doubted(told: Fit, visit: Visit) -> Fit:
    """Field and place are doubted apart: what has no place of its own lies at least in the own area."""
    if told.inside is not False and told.distance_m is None and fit_own_area(visit).inside is False:
        return Fit(inside=False)
    return told
