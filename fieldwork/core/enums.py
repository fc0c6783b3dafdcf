"""States that several apps share."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DeclaredState(TextChoices):
    """Whether every file that a phone declared has arrived."""

    INCOMPLETE = "incomplete", _("incomplete")
    COMPLETE = "complete", _("complete")
