"""When a check-in is complete, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q

from fieldwork.core.enums import DeclaredState
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn, Flag, Photo
from fieldwork.inspections.receipts import issue_receipt

MISSING = Q(blob__isnull=True, lost_at__isnull=True)
LOST = Q(blob__isnull=True, lost_at__isnull=False)


def settle_state(check_in: CheckIn, at: datetime) -> str | None:
    """Complete once every declared photo is here or lost; until then flagged, and counting all the same.

    Answers what the event that is to be appended says as `receipt`: the digest of what was signed just now, or None.
    """
    photos = check_in.photos.aggregate(
        missing=Count("pk", filter=MISSING), lost=Count("pk", filter=LOST), stored=Count("blob")
    )
    completes = not photos["missing"] and check_in.state != DeclaredState.COMPLETE
    if completes:
        check_in.state = DeclaredState.COMPLETE
    # A photo that is here has yet to be looked at.
    check_in.checked_at = None if photos["missing"] or photos["stored"] else at
    check_in.save(update_fields=["state", "checked_at"])
    _flag(check_in, {"missing": photos["missing"], "lost": photos["lost"]}, at)
    return issue_receipt(check_in, at) if completes else None


def begin(check_in: CheckIn, photos: Sequence[Photo], at: datetime) -> list[Flag]:
    """Give a check-in that is not inserted yet the state that its photos let it have; answers the flags of that."""
    missing = sum(photo.blob_id is None for photo in photos)
    check_in.state = DeclaredState.INCOMPLETE if missing else DeclaredState.COMPLETE
    check_in.checked_at = None if photos else at
    code = FlagCode.PHOTOS_MISSING
    return [Flag(check_in=check_in, code=code, figures={"missing": missing}, raised_at=at)] if missing else []


_CODES = {"missing": FlagCode.PHOTOS_MISSING, "lost": FlagCode.PHOTO_LOST}


def _flag(check_in: CheckIn, figures: dict[str, int], at: datetime) -> None:
    """One flag for each figure that is not zero, none for the others."""
    gone = [_CODES[name] for name, count in figures.items() if not count]
    Flag.objects.filter(check_in=check_in, code__in=gone).delete()
    for name, count in figures.items():
        if count:
            found = {"figures": {name: count}}
            Flag.objects.update_or_create(
                check_in=check_in, code=_CODES[name], defaults=found, create_defaults={**found, "raised_at": at}
            )
