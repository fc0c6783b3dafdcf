"""The kinds of flags."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class FlagCode(TextChoices):
    """What a person should look at. A flag never stops a check-in, and a flagged one counts until rejected."""

    OUTSIDE_TARGET = "outside_target", _("outside the target")
    NO_LOCATION = "no_location", _("no position")
    LOW_ACCURACY = "low_accuracy", _("inaccurate position")
    CLOCK_SKEW = "clock_skew", _("the phone's clock was off")
    UPLOADED_LATE = "uploaded_late", _("uploaded late")
    NO_PHOTO = "no_photo", _("no photo")
    PHOTOS_MISSING = "photos_missing", _("photos still missing")
    ON_PAPER = "on_paper", _("entered from a paper record")
    PREPARED_BY_STAFF = "prepared_by_staff", _("prepared by staff")
