"""What of the check-ins X may see, and which of them wait for a supervisor."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, UUIDField

from fieldwork.core.database import Dashed
from fieldwork.core.prepared import Given, Prepared
from fieldwork.directory.models import Division, Tenure, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import leader_ids, scope, tenures_held
from fieldwork.duties.models import Review
from fieldwork.inspections.enums import CaseState
from fieldwork.inspections.models import Addendum, CheckIn, Flag

FEW = 2000  # doubts and answers
_OF_TENURE = "post__organisation__division__path"


def check_ins_visible_to(user: User, on: date) -> QuerySet[CheckIn]:
    """One's own, those of whom one acts for, those one uploaded or accompanied; for an office, those in its scope."""
    led = CheckIn.objects.filter(lead__in=leader_ids(user, on)).values("pk")
    uploaded = CheckIn.objects.filter(uploaded_by=user).values("pk")
    accompanied = CheckIn.companions.through.objects.filter(leader=user.leader_id).values("checkin")
    # Each has its index; an `or` of what is not all in one table would read every check-in that there is.
    own = Q(pk__in=led.union(uploaded, accompanied, all=True))
    return CheckIn.objects.filter(own | served_in_scope(user, "lead", "captured_on"))


_check_in = Prepared(lambda: CheckIn.objects.filter(pk=Given("pk", UUIDField())))


def check_in_by_id(pk: UUID) -> CheckIn | None:
    """In sight or not."""
    return next(iter(_check_in.objects(pk=pk)), None)


def check_ins_in_scope(user: User) -> QuerySet[CheckIn]:
    """Those in the scope of the user's office."""
    return CheckIn.objects.filter(served_in_scope(user, "lead", "captured_on"))


def cases_visible_to(user: User, on: date) -> QuerySet[CheckIn]:
    """Those that the user's office reviews, or looks at as an auditor: nothing for anybody without one."""
    return check_ins_in_scope(user) if user.office else CheckIn.objects.none()


def in_state(state: str) -> Q:
    """Check-ins whose review has come so far; what is answered waits too.

    What waits is told by its open flags and answers alone: indexes hold just those, however much was decided. A few of
    them are read first; of many, a page is soon found on the way through all.
    """
    match CaseState(state):
        case CaseState.WAITING:
            few = list(_doubted().union(_answering(), all=True)[: FEW + 1])
            return Q(pk__in=set(few)) if len(few) <= FEW else _among(_doubted()) | _among(_answering())
        case CaseState.ANSWERED:
            return Q(pk__in=_answering())
        case CaseState.DECIDED:
            return ~Q(pk__in=_doubted()) & ~Q(pk__in=_answering()) & Q(_reviewed())
        case CaseState.CLEAR:
            return ~Q(Exists(Flag.objects.filter(check_in=OuterRef("pk")))) & ~Q(_reviewed())


def questioned() -> Q:
    """Check-ins that were doubted or judged at any time."""
    return Q(Exists(Flag.objects.filter(check_in=OuterRef("pk")))) | Q(_reviewed())


def state_of(check_in: CheckIn, review: Review | None) -> CaseState:
    """As `in_state` has it, from the prefetched flags and addenda and the latest verdict."""
    if any(one.answers_id is not None and one.weighed_by_id is None for one in check_in.addenda.all()):
        return CaseState.ANSWERED
    if any(flag.weighed_by_id is None for flag in check_in.flags.all()):
        return CaseState.WAITING
    return CaseState.CLEAR if review is None else CaseState.DECIDED


def with_evidence(check_ins: QuerySet[CheckIn]) -> QuerySet[CheckIn]:
    """With the flags and addenda that `state_of` asks for; two queries for all."""
    return check_ins.prefetch_related(
        Prefetch("flags", Flag.objects.order_by("code")), Prefetch("addenda", Addendum.objects.order_by("pk"))
    )


def _among(check_ins: QuerySet[Any, UUID]) -> Q:
    return Q(Exists(check_ins.filter(check_in=OuterRef("pk"))))


def _doubted() -> QuerySet[Flag, UUID]:
    return Flag.objects.filter(weighed_by__isnull=True).order_by().values_list("check_in", flat=True)


def _answering() -> QuerySet[Addendum, UUID]:
    open_ones = Addendum.objects.filter(answers__isnull=False, weighed_by__isnull=True)
    return open_ones.order_by().values_list("check_in", flat=True)


def _reviewed() -> Exists:
    source = Dashed(OuterRef("pk"))
    return Exists(Review.objects.filter(performance__source_kind="check_in", performance__source_id=source))


def served_in_scope(user: User, leader: str, day: str) -> Q:
    """Rows whose leader, of that column, served in the scope of the office on the day of that column, or, serving
    nowhere that day, at any time."""
    return _served(scope(user, _OF_TENURE), leader, day)


def served_within(path: str, leader: str, day: str) -> Q:
    """The same for the division of that path and all below it."""
    return _served(within(path, _OF_TENURE), leader, day)


def _served(there: Q, leader: str, day: str) -> Q:
    # Said beside, it spares the days and places of all whom other offices have to do with.
    ever = Tenure.objects.filter(there).values("leader")
    that_day = Tenure.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef(day)), leader=OuterRef(leader), starts_on__lte=OuterRef(day)
    )
    return Q(**{f"{leader}__in": ever}) & (Q(Exists(that_day.filter(there))) | ~Q(Exists(that_day)))


def path_of(check_in: CheckIn) -> str:
    """The division in whose scope the check-in falls: that of the lead's first post of that day."""
    held = tenures_held(check_in.lead_id, check_in.captured_on)
    return held[0].post.organisation.division.path if held else ""


def divisions_of(check_ins: Sequence[CheckIn]) -> dict[UUID, Division]:
    """The division of the lead's first post of the day of each, by its id; none without a post then. One query."""
    leads = {check_in.lead_id for check_in in check_ins}
    tenures = Tenure.objects.filter(leader__in=leads).select_related("post__organisation__division").order_by("-pk")
    return {
        check_in.pk: tenure.post.organisation.division
        for tenure in tenures
        for check_in in check_ins
        if tenure.leader_id == check_in.lead_id and _stood(tenure, check_in.captured_on)
    }


def _stood(tenure: Tenure, day: date) -> bool:
    return tenure.starts_on <= day and (tenure.ends_on is None or tenure.ends_on >= day)
