"""The retention rule (照片保存期限): after `PHOTO_YEARS` the bytes of photos go; digests and receipts remain.

First the rows say so, in a transaction with its event; the files go an hour later. By then whoever had read such a row
as one whose bytes are here has committed: if they use it, the photo stays. A crash between is made up for at the next
tick.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from fieldwork.core import events, stopping
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Blob, Event, Pulse
from fieldwork.core.uploads import locked, original
from fieldwork.filings.models import Attachment
from fieldwork.hazards.models import HazardPhoto
from fieldwork.inspections.models import Photo
from fieldwork.inspections.pictures import derivatives

READER, PULSE = "removals", "retention"
BATCH = 500
STAYING = (Attachment, HazardPhoto)
DAILY, GRACE = timedelta(days=1), timedelta(hours=1)
REMOVED, KEPT = "photos.removed", "photos.kept"


def remove_old_photos(now: datetime) -> int:
    """Once a day, mark as removed what every check-in that shows it received more than `PHOTO_YEARS` ago.

    What a filing or a hazard encloses stays. Answers how many; their files go with `finish_removals`.
    """
    if not settings.PHOTO_YEARS or Pulse.objects.filter(name=PULSE, at__gt=now - DAILY).exists():
        return 0
    before = years_before(now, settings.PHOTO_YEARS)
    removed = 0
    while digests := list(outlived(before).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        marked = _mark(digests, before, now)
        if not marked:
            break  # all of them have come into use again: the next day looks anew
        removed += marked
        if stopping.asked():
            return removed
    Pulse.objects.update_or_create(name=PULSE, defaults={"at": now})
    return removed


def finish_removals(now: datetime) -> int:
    """Unlink the files of what was marked over an hour ago and is not in use again; answers how many."""
    unlinked = 0
    while not stopping.asked():
        with transaction.atomic():
            read = list(events.unread(READER))
            done: Event | None = None
            for event in read:
                if event.kind == REMOVED:
                    if event.at > now - GRACE:
                        break
                    unlinked += _unlink(event, now)
                done = event
            if done is not None:
                events.seen(READER, done)
            if done is None or done is not read[-1]:
                break
    return unlinked


def outlived(before: datetime) -> QuerySet[Blob]:
    """Photos that are here, in no filing or hazard, and in no check-in received at the instant `before` or later."""
    photos = Photo.objects.filter(blob=OuterRef("pk"))
    return Blob.objects.filter(
        Exists(photos),
        ~Exists(photos.filter(check_in__received_at__gte=before)),
        *(~Exists(model.objects.filter(blob=OuterRef("pk"))) for model in STAYING),
        removed_at=None,
        stored_at__lt=before,
    )


def years_before(now: datetime, years: int) -> datetime:
    """The same day and time in an earlier year, where it was; 28 February for a leap day."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    try:
        return local.replace(year=local.year - years)
    except ValueError:
        return local.replace(year=local.year - years, day=28)


@transaction.atomic
def _mark(digests: Sequence[str], before: datetime, now: datetime) -> int:
    """Under the rows' locks, which whoever has just begun to use one holds until that is committed."""
    list(Blob.objects.select_for_update().filter(pk__in=digests).order_by("pk"))
    still = sorted(outlived(before).filter(pk__in=digests).values_list("pk", flat=True))
    if still:
        Blob.objects.filter(pk__in=still).update(removed_at=now)
        events.append(
            REMOVED, by=SYSTEM, at=now, about=("photos", now.isoformat()), photos=still,
            received_before=before.isoformat(),
        )  # fmt: skip
    return len(still)


def _unlink(event: Event, now: datetime) -> int:
    """The files of one event; what came into use again after it was marked is taken back."""
    digests = event.data["photos"]
    rows = list(Blob.objects.select_for_update().filter(pk__in=digests, removed_at=event.at).order_by("pk"))
    before = datetime.fromisoformat(event.data["received_before"])
    marked = [row.pk for row in rows]
    used = Photo.objects.filter(blob__in=marked, check_in__received_at__gte=before).values_list("blob", flat=True)
    staying = (model.objects.filter(blob__in=marked).values_list("blob", flat=True) for model in STAYING)
    kept = sorted({*used, *chain.from_iterable(staying)})
    if kept:
        Blob.objects.filter(pk__in=kept).update(removed_at=None)
        events.append(KEPT, by=SYSTEM, at=now, about=("photos", now.isoformat()), photos=kept)
    return sum(_unlinked(digest, now) for digest in marked if digest not in kept)


def _unlinked(digest: str, now: datetime) -> bool:
    """With what was made of it. A file that whoever sends the same bytes just now made young stays: their row is about
    to say that it is here again."""
    path = original(digest)
    derivatives.remove(digest)
    try:
        with locked(path.parent):
            if path.stat().st_mtime >= (now - GRACE).timestamp():
                return False
            path.unlink()
            return True
    except FileNotFoundError:
        return False
