"""Recording a check-in and its photos (acknowledged means stored, twice means once), and reviewing it."""

from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import enclosures, events
from fieldwork.core.declared import AHEAD, create_once, sending_of
from fieldwork.core.enclosures import Files, Kinds
from fieldwork.core.enums import DeclaredState
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.geo import Position
from fieldwork.core.media_types import IMAGES
from fieldwork.core.periods import local_day
from fieldwork.core.prepared import as_prefetched, insert_of, without
from fieldwork.directory.models import Leader, User
from fieldwork.directory.places import locate
from fieldwork.duties.actions import enter_periods
from fieldwork.duties.enums import Verdict
from fieldwork.inspections.completing import begin, settle_state
from fieldwork.inspections.counting import bodies_obligation, count
from fieldwork.inspections.declared import DeclaredCheckIn
from fieldwork.inspections.models import CheckIn, Flag, Photo
from fieldwork.inspections.queries import check_in_by_id, check_ins_visible_to, path_of
from fieldwork.inspections.receipts import issue
from fieldwork.inspections.references import References, look_up
from fieldwork.inspections.reviewing import is_suggested, judge_check_in
from fieldwork.inspections.rules import can_upload_photo, roughly_m
from fieldwork.inspections.serving import Visit

PHOTOS = Kinds(IMAGES, _("A photo must be JPEG, PNG, WebP, HEIC or HEIF by its content."))


def record_check_in(declared: DeclaredCheckIn, *, files: Files, by: User, at: datetime) -> tuple[CheckIn, bool]:
    """Store a check-in that arrives at the instant `at`, with those of its photos that came along.

    Answers the row and whether it is new; the same content again answers the row as it stands and adds missing photos.
    Errors: `unknown_reference`, `not_allowed`, `invalid` (captured in the future), `already_exists_differently`,
    `digest_mismatch` (a file that was not declared), `unsupported_media` (a file that is no photo). Then nothing is
    stored.
    """
    if (standing := check_in_by_id(declared.id)) is not None:
        return _repeat(standing, declared, files, by, at), False
    references = look_up(declared, by, local_day(at))
    if declared.captured_at > (declared.clock_at_send or at) + AHEAD:
        raise invalid("captured_at", _("Captured more than a day after it was sent."))
    enclosures.check(declared.photos, files, PHOTOS)
    enclosures.settle(files)
    row, created = create_once(CheckIn, declared.id, lambda: _create(declared, references, files, by, at))
    return (row if created else _repeat(row, declared, files, by, at)), created


def receive_photos(check_in: CheckIn, *, files: Files, by: User, at: datetime) -> tuple[CheckIn, list[str]]:
    """Add bytes to photos that the check-in declares; answers the row and the digests that were missing until now.

    Also those of photos that were called lost: the event names them as `found`. Errors: `digest_mismatch`,
    `unsupported_media`; then nothing is stored.
    """
    if not files:
        return check_in, []
    enclosures.check(check_in.photos.all(), files, PHOTOS)
    enclosures.settle(files)
    with transaction.atomic():
        check_in = CheckIn.objects.select_for_update().get(pk=check_in.pk)
        arrived = enclosures.attach(check_in.photos.all(), files, at)
        if arrived:
            found = check_in.photos.filter(sha256__in=arrived, lost_at__isnull=False).order_by("sha256")
            receipt = settle_state(check_in, at)
            events.append(
                "check_in.photos_received", by=by, at=at, about=("check_in", check_in.pk),
                division_path=path_of(check_in), photos=arrived, state=check_in.state,
                found=list(found.values_list("sha256", flat=True)), receipt=receipt,
            )  # fmt: skip
    return check_in, arrived


def review_check_in(
    check_in: CheckIn, *, verdict: str, reason: str, adopted_at: datetime | None, by: User, at: datetime
) -> CheckIn:
    """Accept or reject a check-in; `adopted_at` is the instant that counts instead of the captured one.

    It weighs all doubts and answers that there are; the same verdict said twice, with nothing new since, is one.
    Errors: `invalid` (rejected without a reason or with a time; a time after it was received; one that is not the
    suggested one, without a reason).
    """
    if adopted_at is not None:
        if verdict == Verdict.REJECTED or adopted_at > check_in.received_at:
            raise invalid(
                "captured_at", _("Only an accepted check-in takes another time, and none after it was received.")
            )
        if not reason and not is_suggested(check_in, adopted_at):
            raise invalid("reason", _("Whoever adopts a time that was not suggested says why."))
    with transaction.atomic():
        # Who records a neighbour of it holds what the lead owes, and may doubt this one: its key stays free for that.
        check_in = CheckIn.objects.select_for_update(no_key=True).get(pk=check_in.pk)
        said = judge_check_in(check_in, verdict=verdict, reason=reason, adopted_at=adopted_at, by=by, at=at)
        if said is not None:
            events.append(
                "check_in.reviewed", by=by, at=at, about=("check_in", check_in.pk), division_path=path_of(check_in),
                verdict=verdict, reason=reason, adopted_at=adopted_at.isoformat() if adopted_at else None,
                review=said.pk,
            )  # fmt: skip
    return check_in


def _repeat(standing: CheckIn, declared: DeclaredCheckIn, files: Files, by: User, at: datetime) -> CheckIn:
    if not check_ins_visible_to(by, local_day(at)).filter(pk=standing.pk).exists():
        raise DomainError(Code.NOT_FOUND)
    if standing.digest != declared.digest:
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY)
    if files and not can_upload_photo(by, standing, local_day(at)):
        raise DomainError(Code.NOT_ALLOWED)
    return receive_photos(standing, files=files, by=by, at=at)[0]


def _create(declared: DeclaredCheckIn, references: References, files: Files, by: User, at: datetime) -> CheckIn:
    # Before places are read: a list of divisions that is being loaded holds the same locks.
    bodies = bodies_obligation(references.task)
    periods = enter_periods(references.lead, declared.captured_at, names=bodies, by=by, now=at)
    position = declared.location.position
    captured_on = local_day(declared.captured_at)
    located = locate(position, captured_on) if position else None
    visit = Visit(references.lead, captured_on, located, references.site)
    check_in = CheckIn(**_columns(declared, references, position, by, at))
    flags, touches, names = count(check_in, declared, references, visit, periods=periods, by=by, at=at)
    photos = [
        Photo(
            check_in=check_in, sha256=photo.sha256, bytes=photo.bytes, content_type=photo.content_type,
            captured_at=photo.captured_at, caption=photo.caption,
        )
        for photo in sorted(declared.photos, key=lambda photo: photo.sha256)
    ]  # fmt: skip
    are_new = enclosures.enclose(photos, files, at)
    flags += begin(check_in, photos, at)
    insert_of(CheckIn)(check_in)
    insert_of(Photo)(*photos)
    insert_of(Flag)(*flags)
    if references.companions:
        check_in.companions.add(*references.companions)
    complete = check_in.state == DeclaredState.COMPLETE
    receipt = issue(check_in, [(photo.sha256, photo.blob_id) for photo in photos], at) if complete else None
    events.append(
        "check_in.recorded", by=by, at=at, about=("check_in", check_in.pk), division_path=visit.path,
        lead=references.lead.pk, captured_at=declared.captured_at.isoformat(), digest=check_in.digest,
        photos=[photo.sha256 for photo in photos if photo.blob_id], state=check_in.state, receipt=receipt,
        raised={str(flag.code): flag.figures for flag in flags}, touches=sorted(touches),
        names=sorted(each.pk for each in names), distance_m=roughly_m(check_in.distance_m),
        inside_target=check_in.inside_target, **sending_of(declared),
    )  # fmt: skip
    _remember(check_in, photos, flags, references.companions, are_new=are_new, signed=receipt is not None)
    return check_in


def _remember(
    check_in: CheckIn, photos: list[Photo], flags: list[Flag], companions: list[Leader], *, are_new: bool, signed: bool
) -> None:
    """Let the row know what was stored with it, so that nothing is read again for the answer."""
    if not signed:
        without(check_in, "receipt")
    for photo in photos if are_new else ():
        if photo.blob is not None:
            without(photo.blob, "picture")
    as_prefetched(
        check_in, photos=photos, flags=sorted(flags, key=attrgetter("code")), addenda=[],
        companions=sorted(companions, key=attrgetter("pk")),
    )  # fmt: skip


def _columns(
    declared: DeclaredCheckIn, references: References, position: Position | None, by: User, at: datetime
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
        "received_at": at, "state": DeclaredState.INCOMPLETE,
    }  # fmt: skip
