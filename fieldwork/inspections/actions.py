"""Recording a check-in and its photos: acknowledged means stored, twice means once."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.geo import Position
from fieldwork.core.periods import Period, local_day
from fieldwork.core.uploads import Incoming, image_type
from fieldwork.directory.models import Leader, Site, Tenure, User
from fieldwork.directory.places import locate
from fieldwork.directory.queries import sites_visible_to, standing
from fieldwork.duties.actions import enter_periods, record_performance
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Rule, Task
from fieldwork.duties.queries import served_by, tasks_visible_to
from fieldwork.inspections import flags
from fieldwork.inspections.declared import DeclaredCheckIn, DeclaredPhoto
from fieldwork.inspections.enums import CheckInState, FlagCode
from fieldwork.inspections.models import CheckIn, Flag, Photo
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_record_check_in, can_upload_photo
from fieldwork.inspections.serving import Fit, Visit, fit, fit_own_area, touched

AHEAD = timedelta(days=1)
_ID = re.compile("[1-9][0-9]{0,17}")
Files = Mapping[str, Incoming]


@dataclass(frozen=True, slots=True)
class _References:
    """What the ids of a declaration stand for."""

    lead: Leader
    companions: list[Leader]
    task: Task | None
    site: Site | None


def record_check_in(declared: DeclaredCheckIn, *, files: Files, by: User, at: datetime) -> tuple[CheckIn, bool]:
    """Store a check-in that arrives at the instant `at`, with those of its photos that came along.

    Answers the row and whether it is new; the same content again answers the row as it stands and adds missing photos.
    Errors: `unknown_reference`, `not_allowed`, `invalid` (captured in the future), `already_exists_differently`,
    `digest_mismatch` (a file that was not declared), `unsupported_media` (a file that is no photo). Then nothing is
    stored.
    """
    if (standing := CheckIn.objects.filter(pk=declared.id).first()) is not None:
        return _repeat(standing, declared, files, by, at), False
    references = _look_up(declared, by, at)
    _check_clock(declared, at)
    _check_files(declared.photos, files)
    for file in files.values():
        file.settle()
    try:
        with transaction.atomic():
            return _create(declared, references, files, by, at), True
    except IntegrityError:
        # A twin was in flight: the database made us wait for it, and it won.
        standing = CheckIn.objects.filter(pk=declared.id).first()
        if standing is None:
            raise
        return _repeat(standing, declared, files, by, at), False


def receive_photos(check_in: CheckIn, *, files: Files, by: User, at: datetime) -> tuple[CheckIn, list[str]]:
    """Add bytes to photos that the check-in declares; answers the row and the digests that were missing until now.

    Errors: `photo_not_declared`, `digest_mismatch`, `unsupported_media`; then nothing is stored.
    """
    if not files:
        return check_in, []
    declared = {photo.sha256: photo.bytes for photo in check_in.photos.all()}
    for digest, file in files.items():
        if digest not in declared:
            raise DomainError(Code.PHOTO_NOT_DECLARED)
        _check_bytes(file, declared[digest], digest)
    for file in files.values():
        file.settle()
    with transaction.atomic():
        check_in = CheckIn.objects.select_for_update().get(pk=check_in.pk)
        arrived = _attach(check_in, files, at)
        if arrived:
            _settle_state(check_in, at)
            events.append(
                "check_in.photos_received", by=by, at=at, about=("check_in", check_in.pk),
                division_path=_path_of(check_in), photos=arrived, state=check_in.state,
            )  # fmt: skip
    return check_in, arrived


def _look_up(declared: DeclaredCheckIn, by: User, at: datetime) -> _References:
    today = local_day(at)
    unknown: list[FieldError] = []

    def find(field: str, key: str | None, among: Callable[[], QuerySet[Any]]) -> Any:
        if key is None:
            return None
        row = among().filter(pk=int(key)).first() if _ID.fullmatch(key) else None
        if row is None:
            unknown.append(FieldError(field, Code.UNKNOWN_REFERENCE, _("There is no such id.")))
        return row

    lead = find("lead", declared.lead, Leader.objects.all)
    if lead is not None and not can_record_check_in(by, lead, today):
        raise DomainError(Code.NOT_ALLOWED, _("You neither are this leader nor act for them."))
    companions = [find(f"companions.{place}", key, Leader.objects.all) for place, key in enumerate(declared.companions)]
    task = find("task", declared.task, lambda: tasks_visible_to(by, today).select_related("obligation", "division"))
    site = find("site", declared.site, lambda: sites_visible_to(by, today).select_related("industry", "regulator"))
    standing_duties = Rule.objects.filter(cadence="", code__in=declared.duties).values_list("code", flat=True)
    for place, code in enumerate(declared.duties):
        if code not in standing_duties:
            unknown.append(FieldError(f"duties.{place}", Code.UNKNOWN_REFERENCE, _("There is no such standing duty.")))
    if unknown:
        raise DomainError(Code.UNKNOWN_REFERENCE, errors=tuple(unknown))
    return _References(lead, companions, task, site)


def _check_clock(declared: DeclaredCheckIn, at: datetime) -> None:
    if declared.captured_at > (declared.clock_at_send or at) + AHEAD:
        raise invalid("captured_at", _("Captured more than a day after it was sent."))


def _check_files(photos: Iterable[DeclaredPhoto], files: Files) -> None:
    sizes = {photo.sha256: photo.bytes for photo in photos}
    for digest, file in files.items():
        if digest not in sizes:
            raise DomainError(Code.DIGEST_MISMATCH, _("A file was sent that matches no declared digest."))
        _check_bytes(file, sizes[digest], digest)


def _check_bytes(file: Incoming, size: int, digest: str) -> None:
    if file.sha256 != digest or file.bytes != size:
        raise DomainError(Code.DIGEST_MISMATCH)
    if image_type(file.head) is None:
        raise DomainError(Code.UNSUPPORTED_MEDIA, _("A photo must be JPEG, PNG, WebP, HEIC or HEIF by its content."))


def _repeat(standing: CheckIn, declared: DeclaredCheckIn, files: Files, by: User, at: datetime) -> CheckIn:
    if not check_ins_visible_to(by, local_day(at)).filter(pk=standing.pk).exists():
        raise DomainError(Code.NOT_FOUND)
    if standing.digest != declared.digest:
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY)
    if files and not can_upload_photo(by, standing, local_day(at)):
        raise DomainError(Code.NOT_ALLOWED)
    _check_files(declared.photos, files)
    return receive_photos(standing, files=files, by=by, at=at)[0]


def _create(declared: DeclaredCheckIn, references: _References, files: Files, by: User, at: datetime) -> CheckIn:
    # Before places are read: a list of divisions that is being loaded holds the same locks.
    periods = enter_periods(references.lead, declared.captured_at, by=by, now=at)
    position = declared.location.position
    captured_on = local_day(declared.captured_at)
    located = locate(position, captured_on) if position else None
    visit = Visit(references.lead, captured_on, located, references.site)
    check_in = CheckIn.objects.create(**_columns(declared, references, position, by, at))
    check_in.companions.add(*references.companions)
    Photo.objects.bulk_create(
        Photo(
            check_in=check_in, sha256=photo.sha256, bytes=photo.bytes, content_type=photo.content_type,
            captured_at=photo.captured_at, caption=photo.caption,
        )
        for photo in declared.photos
    )  # fmt: skip
    _count(check_in, declared, references, visit, periods, by, at)
    _attach(check_in, files, at)
    _settle_state(check_in, at)
    events.append(
        "check_in.recorded", by=by, at=at, about=("check_in", check_in.pk), division_path=_path_of(check_in),
        lead=references.lead.pk, captured_at=declared.captured_at.isoformat(), digest=check_in.digest,
        state=check_in.state,
    )  # fmt: skip
    return check_in


def _columns(
    declared: DeclaredCheckIn, references: _References, position: Position | None, by: User, at: datetime
) -> dict[str, Any]:
    location = declared.location
    return {
        "id": declared.id, "digest": declared.digest, "content": declared.content,
        "lead": references.lead, "task": references.task, "site": references.site,
        "prepared_by_staff": declared.prepared_by_staff, "on_paper": declared.on_paper,
        "captured_at": declared.captured_at, "captured_on": local_day(declared.captured_at),
        "latitude": location.latitude, "longitude": location.longitude,
        "datum": location.datum if position else "", "accuracy_m": location.accuracy_m,
        "wgs84_latitude": position.latitude if position else None,
        "wgs84_longitude": position.longitude if position else None,
        "site_name": declared.site_name, "summary": declared.summary, "found_nothing": declared.found_nothing,
        "uploaded_by": by, "device_id": declared.device_id, "clock_at_send": declared.clock_at_send,
        "received_at": at, "state": CheckInState.INCOMPLETE,
    }  # fmt: skip


def _count(
    check_in: CheckIn,
    declared: DeclaredCheckIn,
    references: _References,
    visit: Visit,
    periods: Sequence[Period],
    by: User,
    at: datetime,
) -> None:
    """Record the performance, and how well the visit fits what it is for."""
    named = references.task if references.task and _still_asks(references.task, check_in) else None
    touches = touched(visit) | ({named.touch_key} if named else set())
    record_performance(
        leader=references.lead, activity=Activity.INSPECTION, at=declared.captured_at,
        source=("check_in", str(check_in.pk)), touches=touches, by=by, now=at, entered=periods,
    )  # fmt: skip
    told = fit(named, visit) if named else _nearest_fit(check_in, visit)
    check_in.distance_m, check_in.inside_target = told.distance_m, told.inside
    check_in.save(update_fields=["distance_m", "inside_target"])
    by_staff = declared.prepared_by_staff or by.leader_id != references.lead.pk
    raised = flags.raised_by(
        declared, declared.location.position, _doubted(told, visit), by_staff=by_staff, received_at=at
    )
    Flag.objects.bulk_create(
        Flag(check_in=check_in, code=code, figures=figures, raised_at=at) for code, figures in raised.items()
    )


def _still_asks(task: Task, check_in: CheckIn) -> bool:
    """A named task counts in any case, if it is the lead's, is done on site, stands, and is of the visit's period.

    Otherwise it was but a hint, and the visit counts by place and time.
    """
    obligation = task.obligation
    return (
        obligation.leader_id == check_in.lead_id
        and obligation.activity == Activity.INSPECTION
        and obligation.starts_at <= check_in.captured_at < obligation.due_at
        and task.state == Standing.STANDING
        and obligation.outcome not in (Outcome.TRANSFERRED, Outcome.WITHDRAWN)
    )


def _nearest_fit(check_in: CheckIn, visit: Visit) -> Fit:
    """To the nearest of the tasks that the visit counts for."""
    source = str(check_in.pk)
    served = Task.objects.filter(pk__in=served_by("check_in", [source])[source].tasks).select_related("division")
    fits = [each for task in served if (each := fit(task, visit)).distance_m is not None]
    return min(fits, key=lambda each: each.distance_m or 0.0, default=Fit())


def _doubted(told: Fit, visit: Visit) -> Fit:
    """Field and place are doubted apart: what has no place of its own lies at least in the own area."""
    if told.inside is not False and told.distance_m is None and fit_own_area(visit).inside is False:
        return Fit(inside=False)
    return told


def _attach(check_in: CheckIn, files: Files, at: datetime) -> list[str]:
    """Point declared photos to their bytes; answers the digests that were still missing."""
    arrived = []
    for photo in check_in.photos.filter(sha256__in=list(files), blob__isnull=True).order_by("sha256"):
        file = files[photo.sha256]
        photo.blob = file.record(image_type(file.head) or photo.content_type, at)
        photo.save(update_fields=["blob"])
        arrived.append(photo.sha256)
    return arrived


def _settle_state(check_in: CheckIn, at: datetime) -> None:
    """Complete once every declared photo is here; until then flagged, and counting all the same."""
    missing = check_in.photos.filter(blob__isnull=True).count()
    check_in.state = CheckInState.INCOMPLETE if missing else CheckInState.COMPLETE
    check_in.checked_at = at
    check_in.save(update_fields=["state", "checked_at"])
    raised = Flag.objects.filter(check_in=check_in, code=FlagCode.PHOTOS_MISSING)
    if missing:
        figures = {"missing": missing}
        Flag.objects.update_or_create(
            check_in=check_in,
            code=FlagCode.PHOTOS_MISSING,
            defaults={"figures": figures},
            create_defaults={"figures": figures, "raised_at": at},
        )
    else:
        raised.delete()


def _path_of(check_in: CheckIn) -> str:
    """The division in whose scope the check-in falls: that of the lead's first post of that day."""
    tenures = Tenure.objects.filter(standing(check_in.captured_on), leader=check_in.lead_id).order_by("pk")
    return tenures.values_list("post__organisation__division__path", flat=True).first() or ""
