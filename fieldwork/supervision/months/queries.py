"""What of the published periods X may see."""

from datetime import date

from django.db.models import QuerySet

from fieldwork.directory.models import User
from fieldwork.directory.queries import scope
from fieldwork.supervision.models import Freeze


def freezes_visible_to(user: User, on: date) -> QuerySet[Freeze]:
    """Those of the divisions in the scope of the user's office."""
    return Freeze.objects.filter(scope(user, "division__path"))
