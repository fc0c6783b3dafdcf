"""What is not kept for ever (保存期限), beside photos: once a day, in small transactions; one event says how much went.

What proves performance is kept: events, check-ins, filings, hazards, who was told what kind of thing and when.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from fieldwork.core import events, stopping
from fieldwork.core.events import SYSTEM
from fieldwork.core.looks import forget_looks
from fieldwork.core.models import Pulse
from fieldwork.directory.models import ActivationCode
from fieldwork.inspections.models import Picture
from fieldwork.reminders.models import Delivery, Device, Notification

PULSE = "forgetting"
DAILY = timedelta(days=1)
BATCH = 1000
_YEAR = 365


def forget(now: datetime) -> dict[str, int]:
    """What went, by kind; a second run within a day finds nothing to do. Told to end, it goes on at the next tick."""
    if Pulse.objects.filter(name=PULSE, at__gt=now - DAILY).exists():
        return {}
    forget_looks(now)
    parts: dict[str, Callable[[datetime], int]] = {
        "devices": _devices, "activation_codes": _codes, "addresses": _addresses, "words": _words,
        "metadata": _metadata,
    }  # fmt: skip
    gone = {name: part(now) for name, part in parts.items()}
    if any(gone.values()):
        with transaction.atomic():
            events.append("retention.applied", by=SYSTEM, at=now, about=("retention", now.isoformat()), gone=gone)
    if not stopping.asked():
        Pulse.objects.update_or_create(name=PULSE, defaults={"at": now})
    return gone


def _devices(now: datetime) -> int:
    """Phones on which nobody has signed in for so long, and nobody still is: their push address goes with them."""
    if not settings.DEVICE_DAYS:
        return 0
    idle = Device.objects.filter(claimed_at__lt=now - timedelta(days=settings.DEVICE_DAYS))
    return _removed(idle.filter(Q(token__isnull=True) | Q(token__expiry__lt=now)))


def _codes(now: datetime) -> int:
    """Digests of codes that have been of no use for a year."""
    return _removed(ActivationCode.objects.filter(expires_at__lt=now - timedelta(days=_YEAR)))


def _addresses(now: datetime) -> int:
    """To which address something went, and what the provider called it: long enough for questions and complaints."""
    if not settings.DELIVERY_DAYS:
        return 0
    told = Delivery.objects.exclude(sent_to="", provider_id="", error="")
    old = told.filter(ended_at__lt=now - timedelta(days=settings.DELIVERY_DAYS))
    return _changed(old, sent_to="", provider_id="", error="")


def _words(now: datetime) -> int:
    """What a notification said of people and places; that it was sent and opened stays."""
    if not settings.NOTIFICATION_YEARS:
        return 0
    worded = Notification.objects.exclude(title="", body="")
    return _changed(worded.filter(at__lt=now - timedelta(days=settings.NOTIFICATION_YEARS * _YEAR)), title="", body="")


def _metadata(_now: datetime) -> int:
    """Where and with what a photo was taken, as its file said, goes with its bytes; doubts that this raised stay."""
    told = Picture.objects.exclude(latitude=None, longitude=None, camera="")
    return _changed(told.filter(blob__removed_at__isnull=False), latitude=None, longitude=None, camera="")


def _removed(rows: QuerySet[Model]) -> int:
    gone = 0
    while not stopping.asked() and (ids := _some(rows)):
        gone += len(ids)
        rows.model._default_manager.filter(pk__in=ids).delete()
    return gone


def _changed(rows: QuerySet[Model], **to: object) -> int:
    gone = 0
    while not stopping.asked() and (ids := _some(rows)):
        gone += rows.model._default_manager.filter(pk__in=ids).update(**to)
    return gone


def _some(rows: QuerySet[Model]) -> list[object]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
