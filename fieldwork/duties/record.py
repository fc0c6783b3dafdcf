"""What is on record of a leader (履职记录): every performance, what it named and counts for, and what was owed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from fieldwork.directory.models import Leader, Tenure, User
from fieldwork.directory.queries import leader_ids, scope
from fieldwork.duties.enums import Status
from fieldwork.duties.models import Naming, Obligation, Performance, Review, Rule
from fieldwork.duties.queries import obligations_visible_to, served_by
from fieldwork.duties.status import status_case


@dataclass(slots=True)
class Entry:
    """One performance: what it counts for, what it named, and the verdict that holds."""

    performance: Performance
    tasks: list[int] = field(default_factory=list)
    counts_for: list[Obligation] = field(default_factory=list)
    names: list[Obligation] = field(default_factory=list)
    duties: list[Rule] = field(default_factory=list)
    review: Review | None = None


def performances_visible_to(user: User, on: date) -> QuerySet[Performance]:
    """Of leaders: one's own, and those of whom one acts for; for an office, those of who served in its scope on the
    day, or, serving nowhere that day, at any time."""
    tenures = Tenure.objects.filter(leader=OuterRef("leader"))
    that_day = tenures.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=OuterRef("day")), starts_on__lte=OuterRef("day"))
    in_scope = scope(user, "post__organisation__division__path")
    unplaced = ~Exists(that_day) & Exists(tenures.filter(in_scope))
    return Performance.objects.filter(
        Q(leader__in=leader_ids(user, on)) | Exists(that_day.filter(in_scope)) | unplaced, leader__isnull=False
    )


def record_of(leader: Leader, user: User, on: date, first: date | None, last: date | None) -> QuerySet[Performance]:
    """What the user may see of the leader's performances of those days, newest first."""
    days = Q()
    if first is not None:
        days &= Q(day__gte=first)
    if last is not None:
        days &= Q(day__lte=last)
    namings = Naming.objects.select_related("obligation", "rule__version__policy").order_by("pk")
    return (
        performances_visible_to(user, on)
        .filter(days, leader=leader)
        .prefetch_related(Prefetch("namings", namings), Prefetch("reviews", Review.objects.order_by("-pk")))
        .order_by("-at", "-pk")
    )


def entries(performances: Sequence[Performance]) -> list[Entry]:
    """What each counts for and named; of those that `record_of` finds. A query for each sort of source, and one."""
    sources: dict[str, list[str]] = defaultdict(list)
    for performance in performances:
        sources[performance.source_kind].append(performance.source_id)
    served = {kind: served_by(kind, ids) for kind, ids in sorted(sources.items())}
    found = [served[row.source_kind][row.source_id] for row in performances]
    obligations = Obligation.objects.in_bulk({pk for one in found for pk in one.obligations})
    return [
        Entry(
            performance,
            tasks=one.tasks,
            counts_for=[obligations[pk] for pk in one.obligations],
            names=[naming.obligation for naming in performance.namings.all() if naming.obligation],
            duties=[naming.rule for naming in performance.namings.all() if naming.rule],
            review=next(iter(performance.reviews.all()), None),
        )
        for performance, one in zip(performances, found, strict=True)
    ]


@dataclass(slots=True)
class Year:
    """A calendar year of the record: what was owed, by how it stands, and how often something was done that stands."""

    year: int
    owed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(Status.values, 0))
    performed: int = 0


def totals_of(years: Iterable[Year]) -> dict[str, int]:
    """How many of the obligations of all these years stand how; every status is in the answer."""
    totals = Counter(dict.fromkeys(Status.values, 0))
    for each in years:
        totals.update(each.owed)
    return dict(totals)


def years_of(leader: Leader, user: User, now: datetime, on: date, first: date | None, last: date | None) -> list[Year]:
    """Year by year, the latest first, of what the user may see: the leader's obligations as they stand at an instant,
    counted in the year in which their period ends, and what was performed. Two queries.

    Counted are obligations whose period shares a day with the interval, and performances of its days.
    """
    years: dict[int, Year] = {}
    owed = obligations_visible_to(user, on).filter(leader=leader)
    if first is not None:
        owed = owed.filter(ends_on__gte=first)
    if last is not None:
        owed = owed.filter(starts_on__lte=last)
    counted = owed.annotate(at_present=status_case(now)).values_list("ends_on__year", "at_present")
    for year, status, number in counted.annotate(number=Count("pk")).order_by():
        years.setdefault(year, Year(year)).owed[status] = number
    done = record_of(leader, user, on, first, last).filter(stands=True).prefetch_related(None)
    for year, number in done.order_by().values_list("day__year").annotate(number=Count("pk")):
        years.setdefault(year, Year(year)).performed = number
    return sorted(years.values(), key=lambda each: -each.year)
