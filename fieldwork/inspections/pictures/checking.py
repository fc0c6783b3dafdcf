"""The worker's work on photos that have arrived: each picture is read and reduced once, each photo compared with all
others, and its check-in called checked once nothing of it is left to look at.

The truth is in the rows. A claim is a lease that ends by itself; no transaction is open while a picture is decoded. The
attempt is counted before: a picture that kills its worker is given up.
"""

import logging
import time
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from fieldwork.core import events, locks, stopping
from fieldwork.core.enums import DeclaredState
from fieldwork.core.events import SYSTEM
from fieldwork.core.uploads import original
from fieldwork.inspections.enums import PictureProblem
from fieldwork.inspections.models import CheckIn, Photo, Picture
from fieldwork.inspections.pictures import derivatives, likeness
from fieldwork.inspections.pictures.doubts import CODES, doubt, doubted_since
from fieldwork.inspections.pictures.opening import Unreadable, opened
from fieldwork.inspections.pictures.reading import metadata
from fieldwork.inspections.queries import path_of

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
ATTEMPTS = 3
_BATCH = 20
_UPSIDE = 4  # orientations above it lie on their side

_UNCHECKED = Q(blob__isnull=False, checked_at__isnull=True, blob__removed_at__isnull=True)


class Looked(NamedTuple):
    """How many photos were compared, and how many check-ins are checked now."""

    photos: int = 0
    check_ins: int = 0


def look(now: datetime, seconds: float) -> Looked:
    """Look at the photos that wait, oldest first, for about so many seconds; the next call goes on.

    Any number of workers may do so at once. One that is told to end has done so after the picture at hand.
    """
    started, photos = time.monotonic(), 0
    while waiting := list(_waiting(now)[:_BATCH]):
        for photo in waiting:
            passed = time.monotonic() - started
            if passed > seconds or stopping.asked():
                return Looked(photos, finish(now))
            # A long run must not hand out leases that have ended already.
            photos += look_at(photo, now=now, until=now + timedelta(seconds=passed) + LEASE)
    return Looked(photos, finish(now))


def look_at(photo: Photo, *, now: datetime, until: datetime) -> bool:
    """Look at one photo, and raise what it gives cause for; whether that was done, or is somebody else's."""
    found = read_once(str(photo.blob_id), now=now, until=until)
    if found is None:
        return False
    with transaction.atomic():
        # One at a time: of two photos that are alike, whoever comes second sees the first.
        locks.hold("pictures")
        if not keep_found(str(photo.blob_id), found, now=now, until=until):
            return False
        if not Photo.objects.filter(pk=photo.pk, checked_at__isnull=True).update(checked_at=now):
            return False  # another worker had the same list, and was quicker
        _compare(photo, Picture.objects.get(pk=photo.blob_id), now)
    return True


def read_once(sha256: str, *, now: datetime, until: datetime) -> dict[str, Any] | None:
    """The columns of `Picture` that a look at it found, empty where they stand already; None while it is another
    worker's. Its derivatives are on disk then, if any can be made."""
    if Picture.objects.filter(pk=sha256, looked_at__isnull=False).exists():
        return {}
    attempt = claim(sha256, now=now, until=until)
    if attempt is None:
        return None
    return _found(sha256) if attempt <= ATTEMPTS else {"problem": PictureProblem.FATAL}


def keep_found(sha256: str, found: dict[str, Any], *, now: datetime, until: datetime) -> bool:
    """Store what `read_once` found, if the claim until that instant still holds."""
    if not found:
        return True
    claimed = Picture.objects.filter(pk=sha256, claimed_until=until, looked_at__isnull=True)
    return bool(claimed.update(**found, looked_at=now, claimed_until=None))


def claim(sha256: str, *, now: datetime, until: datetime) -> int | None:
    """Take a picture until an instant; answers which attempt this is, or None where it is another worker's or done."""
    Picture.objects.bulk_create([Picture(blob_id=sha256)], ignore_conflicts=True)  # there is one now, whoever made it
    free = Picture.objects.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now), looked_at__isnull=True)
    if not free.filter(pk=sha256).update(claimed_until=until, attempts=F("attempts") + 1):
        return None
    return Picture.objects.values_list("attempts", flat=True).get(pk=sha256)


def finish(now: datetime) -> int:
    """Call those check-ins checked of which every photo is here, or lost, and was looked at; answers how many."""
    finished = list(_finished().order_by("received_at", "pk").values_list("pk", flat=True))
    return sum(_finish(pk, now) for pk in takewhile(lambda _pk: not stopping.asked(), finished))


def ask_again(photo: Photo) -> None:
    """Its derivatives are gone, as after a restore: they are made anew from the original."""
    Picture.objects.filter(pk=photo.blob_id, problem="").update(looked_at=None, attempts=0)
    Photo.objects.filter(pk=photo.pk).update(checked_at=None)


def _waiting(now: datetime) -> QuerySet[Photo]:
    """Photos to be looked at, but for those that somebody is at."""
    taken = Picture.objects.filter(pk=OuterRef("blob"), looked_at__isnull=True, claimed_until__gt=now)
    return Photo.objects.filter(_UNCHECKED & ~Q(Exists(taken))).select_related("check_in").order_by("pk")


def _found(sha256: str) -> dict[str, Any]:
    """The columns of `Picture` for these bytes; its derivatives are on disk then."""
    found: dict[str, Any] = {}
    try:
        with opened(original(sha256)) as image:
            said = metadata(image)
            width, height = image.size if said.orientation <= _UPSIDE else reversed(image.size)
            found = {"width": width, "height": height, "taken_at": said.taken_at, "camera": said.camera}
            if said.position is not None:
                found |= {"latitude": said.position.latitude, "longitude": said.position.longitude}
            pictures = derivatives.reduced(image, said.orientation)
    except Unreadable as unreadable:
        logger.info("no derivatives of %s: %s", sha256, unreadable.__cause__ or unreadable.problem)
        return found | {"problem": unreadable.problem}
    try:
        derivatives.keep(sha256, pictures)
    except OSError:
        # A full disk is no fault of the picture's: the attempt does not count, and its lease is the pause.
        Picture.objects.filter(pk=sha256).update(attempts=F("attempts") - 1)
        raise
    bands = likeness.bands_of(pictures[derivatives.Size.THUMB]) or [None] * likeness.BANDS
    return found | {"problem": "", **dict(zip(likeness.NAMES, bands, strict=True))}


def _compare(photo: Photo, picture: Picture, at: datetime) -> None:
    for check_in in [photo.check_in, *doubted_since(photo, picture).order_by("received_at", "pk")]:
        doubt(check_in, at)


def _finished() -> QuerySet[CheckIn]:
    unchecked = Photo.objects.filter(_UNCHECKED, check_in=OuterRef("pk"))
    return CheckIn.objects.filter(~Q(Exists(unchecked)), checked_at__isnull=True, state=DeclaredState.COMPLETE)


def _finish(pk: Any, now: datetime) -> bool:
    with transaction.atomic():
        # A photo may be arriving: it comes before, and is seen here, or after, and opens the check-in again.
        check_in = CheckIn.objects.select_for_update().get(pk=pk)
        if not _finished().filter(pk=pk).update(checked_at=now):
            return False
        flags = check_in.flags.filter(code__in=CODES).order_by("code").values_list("code", flat=True)
        events.append(
            "check_in.checked", by=SYSTEM, at=now, about=("check_in", pk), division_path=path_of(check_in),
            flags=list(flags),
        )  # fmt: skip
    return True
