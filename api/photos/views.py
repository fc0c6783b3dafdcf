"""The bytes of one declared photo."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from api.check_ins.parsers import RawPhoto
from api.clock import now, today
from api.enclosures import EnclosedFile, bytes_of, documented
from api.permissions import user_of
from api.photos.showing import SIZES, derivative_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.media_types import IMAGES
from fieldwork.core.uploads import Incoming
from fieldwork.directory.models import User
from fieldwork.inspections.actions import receive_photos
from fieldwork.inspections.examining import see_photos
from fieldwork.inspections.models import Photo
from fieldwork.inspections.pictures.derivatives import Size
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_see_exactly, can_upload_photo


@documented("check_ins_photos", IMAGES)
class Photos(EnclosedFile):
    """The bytes of one declared photo."""

    parser_classes = [RawPhoto]
    media_types = IMAGES

    def declared(self, request: Request, pk: UUID, sha256: str) -> Photo | None:
        visible = check_ins_visible_to(user_of(request), today()).filter(pk=pk)
        photos = Photo.objects.select_related("check_in__lead", "blob")
        return photos.filter(check_in__in=visible, sha256=sha256).first()

    def may_upload(self, user: User, row: Any) -> bool:
        return can_upload_photo(user, row.check_in, today())

    def receive(self, row: Any, file: Incoming, user: User) -> bool:
        _check_in, arrived = receive_photos(row.check_in, files={row.sha256: file}, by=user, at=now())
        return bool(arrived)

    @extend_schema(
        parameters=[OpenApiParameter("size", enum=SIZES, default="original")],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in IMAGES},
        operation_id="check_ins_photos_retrieve",
    )
    @problems(403, 410)
    def get(self, request: Request, pk: UUID, sha256: str) -> FileResponse:
        """The photo, for those who may see the check-in; the original for the lead, who acts for the lead, and who
        uploaded it. Where nothing smaller can be made of it, that is 404, and `derivatives` of the photo says why.
        That others looked is on record once a day: `GET check-ins/{id}/looks`."""
        size = request.query_params.get("size", "original")
        if size not in SIZES:
            raise invalid("size", _("One of %(sizes)s.") % {"sizes": ", ".join(SIZES)})
        photo = self.stored(request, pk, sha256)
        if size == "original" and not can_see_exactly(user_of(request), photo.check_in, today()):
            raise DomainError(Code.NOT_ALLOWED, _("Only its review shows it as it was sent: GET reviews/{id}/photos."))
        shown = bytes_of(photo) if size == "original" else derivative_of(photo, Size(size))
        see_photos(photo.check_in, by=user_of(request), at=now())
        return shown
