"""Doubts that a check-in's pictures raise. They follow from what is stored, not from who looked first: of two check-ins
with one picture, the one that was received later is doubted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from fieldwork.core import events
from fieldwork.core.events import SYSTEM
from fieldwork.core.geo import Position
from fieldwork.inspections.enums import FlagCode, PictureProblem
from fieldwork.inspections.flags import Raised
from fieldwork.inspections.models import CheckIn, Flag, Photo, Picture
from fieldwork.inspections.pictures import likeness
from fieldwork.inspections.queries import path_of

CODES = [
    FlagCode.NO_PHOTO, FlagCode.SAME_PHOTO, FlagCode.SIMILAR_PHOTO, FlagCode.PHOTO_ELSEWHERE,
    FlagCode.PHOTO_TAKEN_EARLIER,
]  # fmt: skip
_UNREADABLE = (PictureProblem.BROKEN, PictureProblem.FATAL)


def doubt(check_in: CheckIn, at: datetime) -> None:
    """Raise what its pictures give cause for, and leave an event where that is news; under the lock of pictures."""
    standing = {FlagCode(flag.code): flag for flag in check_in.flags.filter(code__in=CODES)}
    news: Raised = {}
    for code, figures in _raised_by(check_in).items():
        flag = standing.get(code)
        if flag is None:
            Flag.objects.create(check_in=check_in, code=code, figures=figures, raised_at=at)
        elif flag.figures != figures:
            flag.figures, flag.weighed_by = figures, None  # what a verdict weighed was less
            flag.save(update_fields=["figures", "weighed_by"])
        else:
            continue
        news[code] = figures
    if news:
        events.append(
            "check_in.flagged", by=SYSTEM, at=at, about=("check_in", check_in.pk), division_path=path_of(check_in),
            raised={code.value: figures for code, figures in news.items()},
        )  # fmt: skip


def doubted_since(photo: Photo, picture: Picture) -> QuerySet[CheckIn]:
    """Check-ins received later with the same picture, or one like it: they were looked at before it was here."""
    alike = [photo.sha256, *_alike(picture)]
    others = Photo.objects.filter(sha256__in=alike, blob__isnull=False, checked_at__isnull=False).exclude(
        check_in=photo.check_in_id
    )
    return CheckIn.objects.filter(_received_after(photo.check_in), pk__in=others.values("check_in"))


def _raised_by(check_in: CheckIn) -> Raised:
    pictures = Picture.objects.filter(looked_at__isnull=False, blob__in=check_in.photos.values("blob"))
    shown = list(pictures.order_by("pk"))
    reused = set(_earlier(check_in, (picture.pk for picture in shown)).values_list("sha256", flat=True))
    return (
        _unreadable(check_in, shown)
        | _elsewhere(check_in, shown)
        | _taken_earlier(check_in, shown)
        | _same(check_in, reused)
        | _similar(check_in, [picture for picture in shown if picture.pk not in reused])
    )


def _unreadable(check_in: CheckIn, shown: Sequence[Picture]) -> Raised:
    """Files in which nobody can see anything are no photo; other photos of it may be awaited, or not looked at yet."""
    unseen = check_in.photos.filter(Q(checked_at__isnull=True), Q(blob__isnull=False) | Q(lost_at__isnull=True))
    if check_in.on_paper or not shown or unseen.exists():
        return {}
    if any(picture.problem not in _UNREADABLE for picture in shown):
        return {}
    return {FlagCode.NO_PHOTO: {"unreadable": len(shown)}}


def _same(check_in: CheckIn, reused: Iterable[str]) -> Raised:
    first = _earlier(check_in, reused).first()
    return {} if first is None else {FlagCode.SAME_PHOTO: {**_said_of(first.check_in), "sha256": first.sha256}}


def _similar(check_in: CheckIn, shown: Iterable[Picture]) -> Raised:
    """The most alike of all, and among those the first."""
    found = []
    for picture in shown:
        alike = _alike(picture)
        for bits in sorted(set(alike.values())):
            first = _earlier(check_in, (digest for digest in alike if alike[digest] == bits)).first()
            if first is not None:
                found.append((bits, first.check_in.received_at, first.check_in_id, picture.pk, first))
                break
    if not found:
        return {}
    bits, _at, _pk, sha256, first = min(found, key=lambda one: one[:4])
    figures = {**_said_of(first.check_in), "sha256": sha256, "like_sha256": first.sha256, "bits": bits}
    return {FlagCode.SIMILAR_PHOTO: figures}


def _alike(picture: Picture) -> dict[str, int]:
    """In how many bits other pictures differ that are like it, by digest."""
    own = _bands(picture)
    if own is None:
        return {}
    rows = likeness.near(own).exclude(pk=picture.pk).values_list("pk", *likeness.NAMES)
    apart = {str(pk): likeness.distance(own, bands) for pk, *bands in rows.iterator()}
    return {pk: bits for pk, bits in apart.items() if bits <= settings.SIMILAR_PHOTO_BITS}


def _bands(picture: Picture) -> likeness.Bands | None:
    bands: Sequence[int | None] = [getattr(picture, name) for name in likeness.NAMES]
    known = tuple(band for band in bands if band is not None)
    return known if len(known) == likeness.BANDS else None


def _earlier(check_in: CheckIn, digests: Iterable[str]) -> QuerySet[Photo]:
    """Stored photos of these digests in other check-ins that were received before, the first one first."""
    photos = Photo.objects.filter(_received_before(check_in), sha256__in=list(digests), blob__isnull=False)
    others = photos.exclude(check_in=check_in).select_related("check_in")
    return others.order_by("check_in__received_at", "check_in", "sha256")


def _received_before(check_in: CheckIn) -> Q:
    at_once = Q(check_in__received_at=check_in.received_at, check_in__lt=check_in.pk)
    return Q(check_in__received_at__lt=check_in.received_at) | at_once


def _received_after(check_in: CheckIn) -> Q:
    return Q(received_at__gt=check_in.received_at) | Q(received_at=check_in.received_at, pk__gt=check_in.pk)


def _said_of(other: CheckIn) -> dict[str, str]:
    pk: UUID = other.pk
    return {"captured_on": other.captured_on.isoformat(), "check_in": str(pk)}


def _elsewhere(check_in: CheckIn, shown: Iterable[Picture]) -> Raised:
    if check_in.wgs84_latitude is None or check_in.wgs84_longitude is None:
        return {}
    position = Position(check_in.wgs84_latitude, check_in.wgs84_longitude)
    limit = settings.PHOTO_ELSEWHERE_M + (check_in.accuracy_m or 0)
    apart = [
        (position.distance_m(Position(picture.latitude, picture.longitude)), picture.pk)
        for picture in shown
        if picture.latitude is not None and picture.longitude is not None
    ]
    farthest, sha256 = max(apart, default=(0.0, ""))
    if farthest <= limit:
        return {}
    figures = {"distance_m": round(farthest), "limit_m": round(limit), "sha256": sha256}
    return {FlagCode.PHOTO_ELSEWHERE: figures}


def _taken_earlier(check_in: CheckIn, shown: Iterable[Picture]) -> Raised:
    """Not for what was on paper first: its photos may be of any time."""
    taken = [(picture.taken_at, picture.pk) for picture in shown if picture.taken_at is not None]
    if check_in.on_paper or not taken:
        return {}
    earliest, sha256 = min(taken)
    hours = (check_in.captured_at - earliest).total_seconds() / 3600
    limit = settings.PHOTO_TAKEN_EARLIER_HOURS
    if hours <= limit:
        return {}
    return {FlagCode.PHOTO_TAKEN_EARLIER: {"hours": round(hours), "limit_hours": limit, "sha256": sha256}}
