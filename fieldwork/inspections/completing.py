"""When a check-in is complete, and what follows from it."""

from datetime import datetime

from fieldwork.core import enclosures
from fieldwork.core.enums import DeclaredState
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn, Flag


def settle_state(check_in: CheckIn, at: datetime) -> None:
    """Complete once every declared photo is here; until then flagged, and counting all the same."""
    missing = enclosures.missing(check_in.photos.all())
    check_in.state = DeclaredState.INCOMPLETE if missing else DeclaredState.COMPLETE
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
