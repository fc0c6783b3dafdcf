"""Whether the derivatives of a photo can be had."""

from fieldwork.core.models import Enclosure
from fieldwork.inspections.enums import PictureProblem

PENDING, READY = "pending", "ready"
STATES = [PENDING, READY, *PictureProblem.values]


def derivatives_of(photo: Enclosure) -> str | None:
    """One of `STATES`; None before the photo is here. No query where `blob__picture` is selected."""
    if photo.blob is None:
        return None
    picture = getattr(photo.blob, "picture", None)
    if picture is None or picture.looked_at is None:
        return PENDING
    return picture.problem or READY
