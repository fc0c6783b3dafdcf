"""Reporting a hazard and its photos: acknowledged means stored, twice means once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import enclosures, events
from fieldwork.core.declared import AHEAD, create_once, sending_of
from fieldwork.core.enclosures import Files
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.models import Hazard, HazardPhoto
from fieldwork.hazards.queries import hazards_visible_to, standpoint_of, with_course
from fieldwork.hazards.references import References, look_up
from fieldwork.hazards.rules import can_send_hazard_photos
from fieldwork.inspections.actions import PHOTOS


def report_hazard(declared: DeclaredHazard, *, files: Files, by: User, at: datetime) -> tuple[Hazard, bool]:
    """Store a hazard that arrives at the instant `at`, with those of its photos that came along.

    Answers the row and whether it is new; the same content again answers the row as it stands and adds missing photos.
    Errors: `unknown_reference`, `not_allowed`, `invalid` (found in the future, nowhere), `already_exists_differently`,
    `digest_mismatch`, `unsupported_media`. Then nothing is stored.
    """
    if (standing := Hazard.objects.filter(pk=declared.id).first()) is not None:
        return _repeat(standing, declared, files, by, at), False
    references = look_up(declared, by, local_day(at))
    if declared.found_at > (declared.clock_at_send or at) + AHEAD:
        raise invalid("found_at", _("Found more than a day after it was sent."))
    enclosures.check(declared.photos, files, PHOTOS)
    enclosures.settle(files)
    row, created = create_once(Hazard, declared.id, lambda: _create(declared, references, files, by, at))
    return (row if created else _repeat(row, declared, files, by, at)), created


def receive_hazard_photos(hazard: Hazard, *, files: Files, by: User, at: datetime) -> tuple[Hazard, list[str]]:
    """Add bytes to photos that the hazard or a submission declares; answers the digests that were missing until now.

    Errors: `digest_mismatch`, `unsupported_media`; then nothing is stored.
    """
    if not files:
        return hazard, []
    enclosures.check(hazard.photos.all(), files, PHOTOS)
    enclosures.settle(files)
    with transaction.atomic():
        hazard = Hazard.objects.select_for_update(no_key=True).get(pk=hazard.pk)
        arrived = sorted(set(enclosures.attach(hazard.photos.all(), files, at)))
        if arrived:
            _append("photos_received", hazard, by, at, photos=arrived)
    return hazard, arrived


def declare_hazard_photo_lost(
    hazard: Hazard, *, photos: Sequence[HazardPhoto], reason: str, by: User, at: datetime
) -> Hazard:
    """Wait no longer for photos of one digest; should the bytes come after all, they are taken. Said twice is once.

    Errors: `wrong_state` (it is stored).
    """
    with transaction.atomic():
        hazard = Hazard.objects.select_for_update(no_key=True).get(pk=hazard.pk)
        rows = hazard.photos.filter(pk__in=[photo.pk for photo in photos])
        if rows.filter(blob__isnull=False).exists():
            raise DomainError(Code.WRONG_STATE, _("The photo is stored: it cannot be lost."))
        if rows.filter(lost_at__isnull=True).update(lost_at=at, lost_reason=reason):
            _append("photo_lost", hazard, by, at, photo=photos[0].sha256, reason=reason)
    return hazard


def _repeat(standing: Hazard, declared: DeclaredHazard, files: Files, by: User, at: datetime) -> Hazard:
    on = local_day(at)
    if not hazards_visible_to(by, on).filter(pk=standing.pk).exists():
        raise DomainError(Code.NOT_FOUND)
    if standing.digest != declared.digest:
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY)
    if files:
        known = with_course(Hazard.objects.filter(pk=standing.pk)).get()
        if not can_send_hazard_photos(standpoint_of(by, on).parties(known), after=False):
            raise DomainError(Code.NOT_ALLOWED)
    return receive_hazard_photos(standing, files=files, by=by, at=at)[0]


def _create(declared: DeclaredHazard, references: References, files: Files, by: User, at: datetime) -> Hazard:
    hazard = Hazard.objects.create(**_columns(declared, references), uploaded_by=by, received_at=at)
    photos = [
        HazardPhoto(
            hazard=hazard, sha256=photo.sha256, bytes=photo.bytes, content_type=photo.content_type,
            captured_at=photo.captured_at, caption=photo.caption,
        )
        for photo in sorted(declared.photos, key=lambda photo: photo.sha256)
    ]  # fmt: skip
    enclosures.enclose(photos, files, at)
    HazardPhoto.objects.bulk_create(photos)
    _append(
        "reported", hazard, by, at, lead=hazard.lead_id, post=hazard.post_id, found_at=declared.found_at.isoformat(),
        digest=hazard.digest, grade=hazard.grade, category=hazard.category,
        photos=[photo.sha256 for photo in photos if photo.blob_id],
        check_in=str(declared.check_in) if declared.check_in else None, **sending_of(declared),
    )  # fmt: skip
    return hazard


def _columns(declared: DeclaredHazard, references: References) -> dict[str, Any]:
    location, site = declared.location, references.site
    position = location.position
    return {
        "id": declared.id, "digest": declared.digest, "content": declared.content,
        "prepared_by_staff": declared.prepared_by_staff, "on_paper": declared.on_paper,
        "device_id": declared.device_id, "clock_at_send": declared.clock_at_send,
        "lead": references.lead, "post": references.post, "check_in_id": declared.check_in,
        "found_at": declared.found_at, "found_on": local_day(declared.found_at),
        "division": references.division, "site": site, "site_name": declared.site_name,
        "industry": site.industry if site else None, "regulator": site.regulator if site else None,
        "latitude": location.latitude, "longitude": location.longitude,
        "datum": location.datum if position else "", "accuracy_m": location.accuracy_m,
        "wgs84_latitude": position.latitude if position else None,
        "wgs84_longitude": position.longitude if position else None,
        "category": declared.category, "description": declared.description, "grade": declared.grade,
        "proposed_deadline": declared.proposed_deadline,
    }  # fmt: skip


def _append(kind: str, hazard: Hazard, by: User, at: datetime, **data: Any) -> None:
    events.append(
        f"hazard.{kind}", by=by, at=at, about=("hazard", hazard.pk), division_path=hazard.division.path, **data
    )
