"""Doubts about a check-in, for a person to weigh. Each with the figures that raised it; none stops the phone."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldwork.core.amounts import HOUR, distance_in_words, span_in_words
from fieldwork.core.geo import Datum
from fieldwork.inspections.declared import DeclaredCheckIn
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.serving import Fit

Raised = dict[FlagCode, dict[str, Any]]


def raised_by(
    declared: DeclaredCheckIn, fit: Fit, *, inside_as: Datum | None, by_staff: bool, received_at: datetime
) -> Raised:
    """The flags of a check-in as it arrives, but for those that follow from others of its lead or from pictures.

    What was on paper first is marked so, and not doubted for its delay or for what a phone says. `inside_as` is the
    datum in which its degrees lie inside, if they lie outside in the declared one.
    """
    raised: Raised = {}
    if declared.on_paper:
        raised[FlagCode.ON_PAPER] = {}
    else:
        raised |= _doubts_of_the_fix(declared) | _doubts_of_the_clock(declared, received_at)
        if not declared.photos:
            raised[FlagCode.NO_PHOTO] = {}
    if by_staff:
        raised[FlagCode.PREPARED_BY_STAFF] = {}
    if fit.inside is False:
        distance = {} if fit.distance_m is None else {"distance_m": round(fit.distance_m)}
        if inside_as is None:
            raised[FlagCode.OUTSIDE_TARGET] = distance
        else:
            datums = {"given": declared.location.datum.value, "datum": inside_as.value}
            raised[FlagCode.WRONG_DATUM_SUSPECTED] = datums | distance
    return raised


def _doubts_of_the_fix(declared: DeclaredCheckIn) -> Raised:
    raised: Raised = {}
    fix = declared.location
    if fix.latitude is None or fix.longitude is None:
        return {FlagCode.NO_LOCATION: {"reason": fix.missing_reason}}
    if fix.accuracy_m is not None and fix.accuracy_m > settings.LOW_ACCURACY_M:
        raised[FlagCode.LOW_ACCURACY] = {"accuracy_m": math.ceil(fix.accuracy_m), "limit_m": settings.LOW_ACCURACY_M}
    if fix.fix_age_s is not None and fix.fix_age_s > settings.STALE_FIX_S:
        raised[FlagCode.STALE_FIX] = {"age_s": math.ceil(fix.fix_age_s), "limit_s": settings.STALE_FIX_S}
    if fix.mocked:
        raised[FlagCode.MOCKED_LOCATION] = {}
    return raised


def _doubts_of_the_clock(declared: DeclaredCheckIn, received_at: datetime) -> Raised:
    """A clock that is off makes nothing late: then the delay is that by the phone's own clock."""
    raised: Raised = {}
    skew = _skew(declared, received_at)
    late = received_at - declared.captured_at
    if abs(skew) > timedelta(minutes=settings.CLOCK_SKEW_MINUTES):
        late += skew
        # Nothing was captured after it had come.
        suggested = min(declared.captured_at - skew, received_at).astimezone(UTC).isoformat()
        minutes = round(skew.total_seconds() / 60)
        side = "ahead_minutes" if minutes > 0 else "behind_minutes"
        raised[FlagCode.CLOCK_SKEW] = {
            side: abs(minutes), "suggested_at": suggested, "limit_minutes": settings.CLOCK_SKEW_MINUTES,
        }  # fmt: skip
    late_h = late.total_seconds() / 3600
    if late_h > settings.UPLOADED_LATE_HOURS:
        raised[FlagCode.UPLOADED_LATE] = {"hours": math.ceil(late_h), "limit_hours": settings.UPLOADED_LATE_HOURS}
    return raised


def _skew(declared: DeclaredCheckIn, received_at: datetime) -> timedelta:
    """How far the phone's clock was ahead when it sent; without its clock, how far ahead it captured."""
    if declared.clock_at_send is not None:
        return declared.clock_at_send - received_at
    return max(declared.captured_at - received_at, timedelta())


_TEXTS = {
    FlagCode.CLOCK_SKEW: _("The phone's clock was off when it sent."),
    FlagCode.OUTSIDE_TARGET: _("Captured outside the target, or in another field."),
    FlagCode.NO_LOCATION: _("Without a position."),
    FlagCode.LOW_ACCURACY: _("The position is only accurate to %(accuracy_m)d m (more than %(limit_m)d m)."),
    FlagCode.STALE_FIX: _("The position was %(age_s)d s old at the check-in (more than %(limit_s)d s)."),
    FlagCode.MOCKED_LOCATION: _("The phone says that its position was simulated."),
    FlagCode.WRONG_DATUM_SUSPECTED: _(
        "Sent as %(given)s the position lies outside the target, read as %(datum)s it lies inside."
    ),
    FlagCode.IMPOSSIBLE_SPEED: _(
        "%(km)d km from the check-in %(minutes)s before, %(kmh)d km/h (more than %(limit_kmh)d)."
    ),
    FlagCode.UPLOADED_LATE: _("Uploaded late, %(hours)s after it was captured (more than %(limit_hours)d hours)."),
    FlagCode.NO_PHOTO: _("Without a photo."),
    FlagCode.PHOTOS_MISSING: _("Declared photos that have not arrived yet: %(missing)d."),
    FlagCode.PHOTO_LOST: _("Declared photos that the phone has lost: %(lost)d."),
    FlagCode.SAME_PHOTO: _("A photo of this check-in stands in the one of %(captured_on)s too."),
    FlagCode.SIMILAR_PHOTO: _(
        "A photo is like one of the check-in of %(captured_on)s: they differ in %(bits)d of 128 features."
    ),
    FlagCode.PHOTO_ELSEWHERE: _(
        "By its own metadata a photo was taken %(distance_m)s from the position (more than %(limit_m)d m)."
    ),
    FlagCode.PHOTO_TAKEN_EARLIER: _(
        "By its own metadata a photo was taken %(hours)s before the check-in (more than %(limit_hours)d hours)."
    ),
    FlagCode.ON_PAPER: _("Entered later from a paper record."),
    FlagCode.PREPARED_BY_STAFF: _("Prepared and uploaded by staff for the leader."),
}
_FULLER = {
    (FlagCode.CLOCK_SKEW, "ahead_minutes"): _("The phone's clock was %(ahead_minutes)s ahead when it sent."),
    (FlagCode.CLOCK_SKEW, "behind_minutes"): _("The phone's clock was %(behind_minutes)s behind when it sent."),
    (FlagCode.OUTSIDE_TARGET, "distance_m"): _(
        "Captured outside the target, %(distance_m)s from its boundary, or from its seat where no boundary is known."
    ),
    (FlagCode.NO_LOCATION, "reason"): _("Without a position: %(reason)s"),
    (FlagCode.NO_PHOTO, "unreadable"): _("Without a photo: nothing can be seen in any of the %(unreadable)d sent."),
}


def text_of(code: str, figures: dict[str, Any]) -> str:
    """A flag in a sentence, in the reader's language; fuller where it has the figure, and its name where one lacks."""
    flag = FlagCode(code)
    text = next((text for (known, key), text in _FULLER.items() if known == flag and figures.get(key)), _TEXTS[flag])
    try:
        return str(text) % _in_words(figures)
    except KeyError:
        return str(flag.label)


_WORDS: dict[str, Callable[[Any], str]] = {
    "ahead_minutes": span_in_words,
    "behind_minutes": span_in_words,
    "minutes": span_in_words,
    "hours": lambda hours: span_in_words(HOUR * hours),
    "distance_m": distance_in_words,
}


def _in_words(figures: dict[str, Any]) -> dict[str, Any]:
    return figures | {name: say(figures[name]) for name, say in _WORDS.items() if name in figures}
