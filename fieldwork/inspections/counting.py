"""What a check-in is recorded to have performed, and how well it fits what it was for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from fieldwork.core.geo import Datum, to_wgs84
from fieldwork.core.periods import Period
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.places import locate
from fieldwork.directory.queries import standing
from fieldwork.duties.actions import record_performance
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Obligation, Task
from fieldwork.duties.queries import served_by
from fieldwork.inspections import flags, speed
from fieldwork.inspections.declared import DeclaredCheckIn, Location
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn, Flag
from fieldwork.inspections.references import References
from fieldwork.inspections.serving import Fit, Visit, fit, fit_own_area, touched


class Counted(NamedTuple):
    """What came of counting a check-in: doubts, the target keys it touched, and the bodies' obligations it names."""

    doubts: list[Flag]
    touches: set[str]
    names: list[Obligation]


def bodies_obligation(task: Task | None) -> list[Obligation]:
    """The obligation that a named task is for, if an organisation owes it."""
    return [task.obligation] if task is not None and task.obligation.leader_id is None else []


def count(
    check_in: CheckIn, declared: DeclaredCheckIn, references: References, visit: Visit,
    *, periods: Sequence[Period], by: User, at: datetime,
) -> Counted:  # fmt: skip
    """Record the performance, set the distance, and judge the fit; `periods` are those that were entered for it.

    The row of the check-in need not be there yet.
    """
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
    by_staff = declared.prepared_by_staff or by.leader_id != references.lead.pk
    doubted = _doubted(told, visit)
    inside_as = _inside_as(declared.location, named, told, visit) if doubted.inside is False else None
    raised = flags.raised_by(declared, doubted, inside_as=inside_as, by_staff=by_staff, received_at=at)
    # Behind the counting: of two at once it has made the second wait, where the lead owes anything.
    before, after = speed.neighbours(check_in)
    if before is not None and (way := speed.too_fast(before, check_in)) is not None:
        raised[FlagCode.IMPOSSIBLE_SPEED] = way
    if after is not None:
        speed.judge_anew(after, check_in, by=by, at=at)
    doubts = [Flag(check_in=check_in, code=code, figures=figures, raised_at=at) for code, figures in raised.items()]
    return Counted(doubts, touches, bodies)


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
    if told.inside is False or told.distance_m is not None:
        return told
    return Fit(inside=fit_own_area(visit).inside)


def _inside_as(location: Location, named: Task | None, told: Fit, visit: Visit) -> Datum | None:
    """The datum in which the same degrees lie inside, of those that were not declared."""
    if visit.located is None or location.latitude is None or location.longitude is None:
        return None
    for datum in Datum:
        position = to_wgs84(location.latitude, location.longitude, datum)
        if position == visit.located.position:  # declared so, or where all datums are one
            continue
        there = replace(visit, located=locate(position, visit.on))
        if _doubted(fit(named, there) if named else told, there).inside:
            return datum
    return None
