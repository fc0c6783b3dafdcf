"""What can be shown of a photo: its original, and what the worker has made of it."""

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from api.errors import Problem
from api.sending import file_answer
from fieldwork.core.errors import Code, DomainError, Text
from fieldwork.inspections.enums import PictureProblem
from fieldwork.inspections.models import Photo, Picture
from fieldwork.inspections.pictures.checking import ask_again
from fieldwork.inspections.pictures.derivatives import Size, derived

SIZES = ["original", *(size.value for size in Size)]
SOON_S = 5
_WHY: dict[str, Text] = {
    PictureProblem.BROKEN: _("The photo cannot be read; its original is kept."),
    PictureProblem.TOO_LARGE: _("The photo has too many pixels to be reduced; its original is kept."),
    PictureProblem.FATAL: _("Reducing the photo failed again and again; its original is kept."),
}


def derivative_of(photo: Photo, size: Size) -> FileResponse:
    """Errors: `not_ready` until the worker has come by, `not_found` where nothing can be made of the photo."""
    picture = Picture.objects.filter(pk=photo.sha256, looked_at__isnull=False).first()
    if picture is None:
        raise _not_ready()
    if picture.problem:
        raise DomainError(Code.NOT_FOUND, _WHY[picture.problem])
    try:
        return file_answer(derived(photo.sha256, size), "image/jpeg")
    except FileNotFoundError:
        if photo.blob is None or photo.blob.removed_at is not None:
            raise DomainError(Code.REMOVED) from None
        ask_again(photo)
        raise _not_ready() from None


def _not_ready() -> Problem:
    return Problem(Code.NOT_READY, headers={"Retry-After": str(SOON_S)})
