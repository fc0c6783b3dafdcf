"""What wants reconciling now: periods never opened, periods whose facts changed, and people whose facts did.

The feed names every changed fact. What touches few is looked at alone (`Change`); a new policy or list of divisions
makes every period stale that it touches. Once a day each present period is compared with the facts as a whole.
"""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min, QuerySet

from fieldwork.core import events
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.models import Leader, Organisation
from fieldwork.directory.paths import within
from fieldwork.duties.models import Change, Opening, Rule, Tracking
from fieldwork.duties.reconcile import reconcile_some

READER = "reconciler"
# What duties follow from. The events of these have `since`: the first day whose facts they changed.
FACTS = frozenset({"tenure", "linkage", "post", "organisation", "division_list", "policy"})
MANY = 2000  # beyond so many people or bodies it is as quick to look at everybody
_HANDFUL = 200


def note_changes(at: datetime) -> int:
    """Read the feed; note whom changed facts touch, or mark every opened period stale from the first day touched.

    Answers how many events were read; 0 when there is no news.
    """
    count = 0
    with transaction.atomic():
        event = None
        for event in events.unread(READER):
            count += 1
            if event.object_kind in FACTS and (since := event.data.get("since")) is not None:
                _note(event, date.fromisoformat(since), at)
        if event is not None:
            events.seen(READER, event)
    return count


def follow_changes(now: datetime) -> dict[str, int]:
    """Bring those whom changes touch to the new facts, in all periods opened so far; a handful a transaction.

    Answers how many rows changed, by period.
    """
    changed: dict[str, int] = {}
    while Change.objects.exists():
        with transaction.atomic():
            handful = list(Change.objects.select_for_update().order_by("pk")[:_HANDFUL])
            for period in opened_since(min((change.since for change in handful), default=date.max)):
                done = reconcile_some(
                    period, by=SYSTEM, at=now,
                    leaders=[change.leader_id for change in handful if change.leader_id],
                    organisations=[change.organisation_id for change in handful if change.organisation_id],
                )  # fmt: skip
                if done.total:
                    changed[str(period)] = changed.get(str(period), 0) + done.total
            Change.objects.filter(pk__in=[change.pk for change in handful]).delete()
    return changed


def opened_since(day: date) -> list[Period]:
    """The opened periods that end on that day or later, in the order in which everybody locks periods."""
    return sorted(map(Period.parse, Opening.objects.filter(ends_on__gte=day).values_list("period", flat=True)))


def is_to_be_open(period: Period, now: datetime) -> bool:
    """Whether the period has begun, or begins so soon that it is opened ahead."""
    return period.starts_on <= local_day(now) + timedelta(days=settings.OPEN_AHEAD_DAYS)


def due_periods(now: datetime) -> list[Period]:
    """In order: unopened periods from the first tracked day to those about to begin, stale ones, and present ones that
    were not compared as a whole today."""
    today = local_day(now)
    tracked_from = Tracking.objects.aggregate(day=Min("starts_on"))["day"]
    wanted = {
        Period.parse(name) for name in Opening.objects.filter(stale_at__isnull=False).values_list("period", flat=True)
    }
    if tracked_from is not None:
        horizon = today + timedelta(days=settings.OPEN_AHEAD_DAYS)
        opened = set(Opening.objects.values_list("period", flat=True))
        checked = set(Opening.objects.filter(checked_on=today).values_list("period", flat=True))
        cadences = Rule.objects.exclude(cadence="").values_list("cadence", flat=True).distinct()
        for cadence in cadences:
            for period in Period.between(Cadence(cadence), tracked_from, horizon):
                present = period.ends_on >= today and str(period) not in checked
                if period.starts_on >= tracked_from and (str(period) not in opened or present):
                    wanted.add(period)
    return sorted(wanted)


def _note(event: Event, since: date, at: datetime) -> None:
    if event.object_kind in ("tenure", "linkage", "post", "organisation"):
        leaders, bodies = _touched(event)
        if leaders.count() + bodies.count() <= MANY:
            for pk in leaders.values_list("pk", flat=True):
                _earliest(Change.objects.get_or_create(leader_id=pk, defaults={"since": since})[0], since)
            for pk in bodies.values_list("pk", flat=True):
                _earliest(Change.objects.get_or_create(organisation_id=pk, defaults={"since": since})[0], since)
            return
    Opening.objects.filter(ends_on__gte=since).update(stale_at=at)


def _earliest(change: Change, since: date) -> None:
    Change.objects.filter(pk=change.pk, since__gt=since).update(since=since)


def _touched(event: Event) -> tuple[QuerySet[Leader], QuerySet[Organisation]]:
    """The people whose duties may follow from the fact, predecessors and successors in a post among them, and the
    bodies: a body may be the upper side of all below."""
    bodies = Organisation.objects.none()
    match event.object_kind:
        case "tenure":
            leaders = Leader.objects.filter(tenures__post__tenures=int(event.object_id))
        case "linkage":
            tenure = event.data.get("row", {}).get("tenure_id")
            leaders = Leader.objects.filter(tenures__linkages=int(event.object_id))
            leaders |= Leader.objects.filter(tenures=tenure)
        case "post":
            leaders = Leader.objects.filter(tenures__post=int(event.object_id))
        case _:
            leaders = Leader.objects.filter(tenures__post__organisation=int(event.object_id))
            bodies = Organisation.objects.filter(within(event.division_path, "division__path"))
    return leaders.distinct(), bodies
