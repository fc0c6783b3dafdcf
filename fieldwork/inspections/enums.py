"""The kinds of flags, and how far their review has come."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FlagCode(TextChoices):
    """What a person should look at. A flag never stops a check-in, and a flagged one counts until rejected."""

    OUTSIDE_TARGET = "outside_target", _("outside the target")
    NO_LOCATION = "no_location", _("no position")
    LOW_ACCURACY = "low_accuracy", _("inaccurate position")
    STALE_FIX = "stale_fix", _("old position")
    MOCKED_LOCATION = "mocked_location", _("simulated position")
    WRONG_DATUM_SUSPECTED = "wrong_datum_suspected", _("position probably in another datum")
    CLOCK_SKEW = "clock_skew", _("the phone's clock was off")
    UPLOADED_LATE = "uploaded_late", _("uploaded late")
    IMPOSSIBLE_SPEED = "impossible_speed", _("too far from the last check-in to have come")
    NO_PHOTO = "no_photo", _("no photo")
    PHOTOS_MISSING = "photos_missing", _("photos still missing")
    PHOTO_LOST = "photo_lost", _("photo lost by the phone")
    SAME_PHOTO = "same_photo", _("photo used before")
    SIMILAR_PHOTO = "similar_photo", _("photo like an earlier one")
    PHOTO_ELSEWHERE = "photo_elsewhere", _("photo taken elsewhere")
    PHOTO_TAKEN_EARLIER = "photo_taken_earlier", _("photo taken earlier")
    ON_PAPER = "on_paper", _("entered from a paper record")
    PREPARED_BY_STAFF = "prepared_by_staff", _("prepared by staff")


class PictureProblem(TextChoices):
    """Why nothing could be made of a photo; its original is kept all the same."""

    BROKEN = "broken", _("cannot be read")
    TOO_LARGE = "too_large", _("has too many pixels to be reduced")
    FATAL = "fatal", _("ended the worker that tried")


class CaseState(TextChoices):
    """How far the review of a check-in has come (审核): what waits, waits for a person."""

    WAITING = "waiting", _("waits for a verdict")
    ANSWERED = "answered", _("answered after a rejection")
    DECIDED = "decided", _("decided")
    CLEAR = "clear", _("without a doubt")
