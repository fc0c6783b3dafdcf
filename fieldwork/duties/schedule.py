"""Which periods want reconciling now: due ones that were never opened, present ones, and those whose facts changed."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from fieldwork.core import events
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.duties.models import Opening, Rule, Tracking

READER = "reconciler"
# What duties follow from. The events of these have `since`: the first day whose facts they changed.
FACTS = frozenset({"tenure", "linkage", "post", "organisation", "division_list", "policy"})


def note_changes(at: datetime) -> int:
    """Read the feed; mark every opened period stale that ends on or after the first day a changed fact touches.

    Answers how many events were read; 0 when there is no news.
    """
    count = 0
    with transaction.atomic():
        earliest: date | None = None
        event = None
        for event in events.unread(READER):
            count += 1
            if event.object_kind in FACTS and (since := event.data.get("since")) is not None:
                earliest = min(earliest or date.max, date.fromisoformat(since))
        if event is not None:
            events.seen(READER, event)
        if earliest is not None:
            Opening.objects.filter(ends_on__gte=earliest).update(stale_at=at)
    return count


def is_to_be_open(period: Period, now: datetime) -> bool:
    """Whether the period has begun, or begins so soon that it is opened ahead."""
    return period.starts_on <= local_day(now) + timedelta(days=settings.OPEN_AHEAD_DAYS)


def due_periods(now: datetime) -> list[Period]:
    """In order: unopened periods from the first tracked day to those about to begin, stale ones, and present ones."""
    today = local_day(now)
    tracked_from = Tracking.objects.aggregate(day=Min("starts_on"))["day"]
    wanted = {
        Period.parse(name) for name in Opening.objects.filter(stale_at__isnull=False).values_list("period", flat=True)
    }
    if tracked_from is not None:
        horizon = today + timedelta(days=settings.OPEN_AHEAD_DAYS)
        opened = set(Opening.objects.values_list("period", flat=True))
        cadences = Rule.objects.exclude(cadence="").values_list("cadence", flat=True).distinct()
        for cadence in cadences:
            for period in Period.between(Cadence(cadence), tracked_from, horizon):
                if period.starts_on >= tracked_from and (str(period) not in opened or period.ends_on >= today):
                    wanted.add(period)
    return sorted(wanted)
