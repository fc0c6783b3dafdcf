"""What wants reconciling now: periods never opened, periods whose facts changed, and people whose facts did.

The feed names every changed fact. What touches few is looked at alone (`Change`); a new policy or list of divisions
makes every period stale that it touches. Once a day each present period is compared with the facts as a whole.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q

from fieldwork.core import events, stopping
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event, FeedReader
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.models import Organisation, Tenure
from fieldwork.directory.paths import within
from fieldwork.duties.models import Change, Opening, Rule, Tracking
from fieldwork.duties.reconcile import reconcile_some

READER = "reconciler"
# What duties follow from. The events of these have `since`: the first day whose facts they changed.
_OF_SOME = ("tenure", "linkage", "post", "organisation")
OF_EVERYBODY = frozenset({"division_list", "policy"})
FACTS = frozenset(_OF_SOME) | OF_EVERYBODY
MANY = 2000  # beyond so many people or bodies it is as quick to look at everybody
MANY_PLACES = 50
_HANDFUL = 200


def note_changes(at: datetime) -> int:
    """Read the feed; note whom changed facts touch, or mark every opened period stale from the first day touched.

    Whoever one lot of events touches is looked at from the earliest day of the lot on. Answers how many events were
    read; 0 when there is no news.
    """
    with transaction.atomic():
        read = list(events.unread(READER))
        told = [event for event in read if event.object_kind in FACTS and event.data.get("since") is not None]
        if told:
            _note(told, min(date.fromisoformat(event.data["since"]) for event in told), at)
        if read:
            events.seen(READER, read[-1])
    return len(read)


def follow_changes(now: datetime) -> dict[str, int]:
    """Bring those whom changes touch to the new facts, in all periods opened so far; a handful a transaction, until all
    are done or this process is told to end.

    Answers how many rows changed, by period.
    """
    changed: dict[str, int] = {}
    while not stopping.asked() and Change.objects.exists():
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


def is_followed() -> bool:
    """Whether what is owed follows every change of facts: nothing waits for the worker, not even what no reader takes
    yet because some other transaction has not ended."""
    if Change.objects.exists() or Opening.objects.filter(stale_at__isnull=False).exists():
        return False
    reader = FeedReader.objects.filter(name=READER).first()
    read = events.Mark(reader.epoch, reader.transaction, reader.event) if reader else events.Mark()
    return not events.after(read, settled=False).filter(object_kind__in=FACTS).exists()


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


def _note(told: Sequence[Event], since: date, at: datetime) -> None:
    paths = {event.division_path for event in told if event.object_kind == "organisation"}
    everybody = any(event.object_kind in OF_EVERYBODY for event in told) or len(paths) > MANY_PLACES
    leaders, bodies = (set(), set()) if everybody else (_leaders_touched(told), _bodies_within(paths))
    if everybody or len(leaders) + len(bodies) > MANY:
        Opening.objects.filter(ends_on__gte=since).update(stale_at=at)
        return
    # Whoever is being looked at just now is waited for, and then noted anew: that look may not have seen what changed.
    known = Change.objects.filter(Q(leader__in=leaders) | Q(organisation__in=bodies)).order_by("pk")
    held = list(known.select_for_update())
    known.filter(pk__in=[change.pk for change in held], since__gt=since).update(since=since)
    leaders -= {change.leader_id for change in held}
    bodies -= {change.organisation_id for change in held}
    Change.objects.bulk_create(
        [
            *(Change(leader_id=pk, since=since) for pk in sorted(leaders)),
            *(Change(organisation_id=pk, since=since) for pk in sorted(bodies)),
        ]
    )


def _leaders_touched(told: Sequence[Event]) -> set[int]:
    """The people whose duties may follow from the facts, predecessors and successors in a post among them."""
    ids = {kind: [int(event.object_id) for event in told if event.object_kind == kind] for kind in _OF_SOME}
    withdrawn = [event.data["row"]["tenure_id"] for event in told if event.kind == "linkage.withdrawn"]
    found = [
        Tenure.objects.filter(post__in=Tenure.objects.filter(pk__in=ids["tenure"]).values("post")),
        Tenure.objects.filter(Q(linkages__in=ids["linkage"]) | Q(pk__in=withdrawn)),
        Tenure.objects.filter(Q(post__in=ids["post"]) | Q(post__organisation__in=ids["organisation"])),
    ]
    return {pk for tenures in found for pk in tenures.values_list("leader", flat=True)}


def _bodies_within(paths: set[str]) -> set[int]:
    """The bodies at and below the places of those that changed: one may be the upper side of all of them."""
    below = reduce(or_, (within(path, "division__path") for path in paths), Q(pk__in=()))
    return set(Organisation.objects.filter(below).values_list("pk", flat=True)[: MANY + 1])
