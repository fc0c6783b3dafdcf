"""The bytes of one declared photo."""

import logging
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.check_ins.parsers import RawPhoto
from api.check_ins.serializers import PHOTO_TYPES
from api.clock import now, today
from api.errors import Problem
from api.permissions import user_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.uploads import Incoming, original
from fieldwork.inspections.actions import receive_photos
from fieldwork.inspections.models import Photo
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_upload_photo

logger = logging.getLogger(__name__)
SIZES = ["original", "large", "thumb"]


class Photos(APIView):
    """The bytes of one declared photo."""

    parser_classes = [RawPhoto]

    @extend_schema(
        parameters=[OpenApiParameter("size", enum=SIZES, default="original")],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in PHOTO_TYPES},
        operation_id="check_ins_photos_retrieve",
    )
    def get(self, request: Request, pk: UUID, sha256: str) -> FileResponse:
        """The photo, for those who may see the check-in."""
        photo = declared_photo(request, pk, sha256, missing=Code.NOT_FOUND)
        size = request.query_params.get("size", "original")
        if size not in SIZES:
            raise invalid("size", ", ".join(SIZES))
        if photo.blob is None:
            raise DomainError(Code.NOT_FOUND, _("The photo has not arrived yet."))
        if size != "original":
            raise Problem(Code.NOT_READY, headers={"Retry-After": "3600"})
        try:
            file = original(sha256).open("rb")
        except FileNotFoundError:
            logger.exception("a recorded original is missing: %s", sha256)
            raise DomainError(Code.UNAVAILABLE) from None
        response = FileResponse(file, content_type=photo.blob.content_type)
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    def head(self, request: Request, pk: UUID, sha256: str) -> HttpResponse:
        """How much of it is stored."""
        photo = declared_photo(request, pk, sha256)
        offset = photo.bytes if photo.blob_id else 0
        return HttpResponse(headers={"Upload-Offset": str(offset), "Upload-Length": str(photo.bytes)})

    @extend_schema(
        request=dict.fromkeys(PHOTO_TYPES, OpenApiTypes.BINARY),
        responses={
            200: OpenApiResponse(description="stored before"),
            201: OpenApiResponse(description="stored"),
        },
        operation_id="check_ins_photos_update",
    )
    @problems(422)
    def put(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Send its bytes; 200 if they are here already."""
        photo = declared_photo(request, pk, sha256)
        user = user_of(request)
        if not can_upload_photo(user, photo.check_in, today()):
            raise DomainError(Code.NOT_ALLOWED)
        if photo.blob_id:
            return Response(status=200)
        if request._request.content_type not in PHOTO_TYPES:  # without parameters, in lower case
            raise DomainError(Code.UNSUPPORTED_MEDIA)
        file: Any = request.data
        if not isinstance(file, Incoming):
            raise DomainError(Code.DIGEST_MISMATCH, _("The body is empty."))
        with file:
            if file.sha256 != sha256:
                raise DomainError(Code.DIGEST_MISMATCH)
            _check_in, arrived = receive_photos(photo.check_in, files={sha256: file}, by=user, at=now())
        return Response(status=201 if arrived else 200)


def declared_photo(request: Request, pk: UUID, sha256: str, missing: Code = Code.PHOTO_NOT_DECLARED) -> Photo:
    """The photo of a check-in that one may see; `missing` says what its absence is called."""
    visible = check_ins_visible_to(user_of(request), today())
    photos = Photo.objects.select_related("check_in__lead", "blob")
    photo = photos.filter(check_in__in=visible.filter(pk=pk), sha256=sha256).first()
    if photo is None:
        raise DomainError(missing)
    return photo
