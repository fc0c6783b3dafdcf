"""The worker's work on photos of hazards: smaller pictures of each, made once."""

import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldwork.core import events, stopping
from fieldwork.core.events import SYSTEM
from fieldwork.hazards.models import HazardPhoto
from fieldwork.inspections.models import Picture
from fieldwork.inspections.pictures.checking import LEASE, keep_found, read_once

_BATCH = 20


def look(now: datetime, seconds: float) -> int:
    """Look at photos that have arrived, oldest first, for about so many seconds; answers how many. Any number of
    workers may do so at once."""
    started, looked = time.monotonic(), 0
    for photo in _waiting(now)[:_BATCH]:
        passed = time.monotonic() - started
        if passed > seconds or stopping.asked():
            break
        looked += _look_at(photo, now, now + timedelta(seconds=passed) + LEASE)
    return looked


def _look_at(photo: HazardPhoto, now: datetime, until: datetime) -> bool:
    found = read_once(photo.sha256, now=now, until=until)
    if found is None:
        return False
    with transaction.atomic():
        if not keep_found(photo.sha256, found, now=now, until=until):
            return False
        if not HazardPhoto.objects.filter(pk=photo.pk, checked_at__isnull=True).update(checked_at=now):
            return False  # another worker had the same list, and was quicker
        events.append(
            "hazard.checked", by=SYSTEM, at=now, about=("hazard", photo.hazard_id),
            division_path=photo.hazard.division.path, photo=photo.sha256,
        )  # fmt: skip
    return True


def _waiting(now: datetime) -> QuerySet[HazardPhoto]:
    """Those to be looked at, but for those that somebody is at."""
    taken = Picture.objects.filter(pk=OuterRef("blob"), looked_at__isnull=True, claimed_until__gt=now)
    here = Q(blob__isnull=False, blob__removed_at__isnull=True, checked_at__isnull=True)
    return HazardPhoto.objects.filter(here & ~Q(Exists(taken))).select_related("hazard__division").order_by("pk")
