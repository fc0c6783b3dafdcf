"""What of the published periods X may see, and when what was amended was known."""

from datetime import date, datetime

from django.db.models import F, Q, QuerySet

from fieldwork.directory.models import User
from fieldwork.directory.queries import scope
from fieldwork.supervision.models import Freeze


def freezes_visible_to(user: User, on: date) -> QuerySet[Freeze]:
    """Those of the divisions in the scope of the user's office."""
    return Freeze.objects.filter(scope(user, "division__path"))


def known_by(at: datetime) -> Q:
    """Amendments that were known at an instant: what they rest on had happened, or, where that had happened before the
    publication, which did not know of it, it had been found."""
    return Q(at__gt=F("frozen__freeze__at"), at__lte=at) | Q(noted_at__lte=at)
