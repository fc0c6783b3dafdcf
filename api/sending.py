"""Stored bytes on their way out: from this process, or named to the nginx in front, which sends them itself."""

from io import BytesIO
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse

FOR_EVER = "private, max-age=31536000, immutable"


def file_answer(path: Path, content_type: str) -> FileResponse:
    """A file under MEDIA_ROOT that never changes, shown in place. Errors: FileNotFoundError."""
    if settings.ACCEL_PREFIX:
        path.stat()
        response = FileResponse(BytesIO(), content_type=content_type, filename=path.name)
        response["X-Accel-Redirect"] = settings.ACCEL_PREFIX + quote(str(path.relative_to(settings.MEDIA_ROOT)))
    else:
        response = FileResponse(path.open("rb"), content_type=content_type)
    response["Cache-Control"] = FOR_EVER
    return response
