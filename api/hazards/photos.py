"""The bytes of one photo that a hazard, or a submission, declares."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.check_ins.parsers import RawPhoto
from api.clock import now, today
from api.enclosures import EnclosedFile, bytes_of, documented
from api.hazards.serializers import HazardDetailOut
from api.hazards.views import Hazards
from api.idempotency import once
from api.parsers import JSONParser
from api.permissions import user_of
from api.photos.lost import LossIn
from api.photos.showing import SIZES, derivative_of
from api.schema import problems
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.media_types import IMAGES
from fieldwork.core.uploads import Incoming
from fieldwork.directory.models import User
from fieldwork.hazards.actions import declare_hazard_photo_lost, receive_hazard_photos
from fieldwork.hazards.examining import see_photo
from fieldwork.hazards.models import Hazard, HazardPhoto
from fieldwork.hazards.queries import hazards_visible_to, standpoint_of, with_course
from fieldwork.hazards.rules import sendable
from fieldwork.inspections.pictures.derivatives import Size


@documented("hazards_photos", IMAGES)
class HazardPhotos(EnclosedFile):
    """The bytes of one declared photo."""

    parser_classes = [RawPhoto]
    media_types = IMAGES

    def declared(self, request: Request, pk: UUID, sha256: str) -> HazardPhoto | None:
        visible = hazards_visible_to(user_of(request), today()).filter(pk=pk)
        photos = HazardPhoto.objects.select_related("hazard__division", "submission", "blob")
        return photos.filter(hazard__in=visible, sha256=sha256).order_by("pk").first()

    def may_upload(self, user: User, row: Any) -> bool:
        known = with_course(Hazard.objects.filter(pk=row.hazard_id)).get()
        return bool(sendable(known, row.sha256, standpoint_of(user, today()).parties(known)))

    def receive(self, row: Any, file: Incoming, user: User) -> bool:
        _hazard, arrived = receive_hazard_photos(row.hazard, files={row.sha256: file}, by=user, at=now())
        return bool(arrived)

    @extend_schema(
        parameters=[OpenApiParameter("size", enum=SIZES, default="original")],
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in IMAGES},
        operation_id="hazards_photos_retrieve",
    )
    @problems(410)
    def get(self, request: Request, pk: UUID, sha256: str) -> FileResponse:
        """The photo, for those who may see the hazard. Where nothing smaller can be made of it, that is 404, and
        `derivatives` of the photo says why. That others than who took it looked is on record once a day."""
        size = request.query_params.get("size", "original")
        if size not in SIZES:
            raise invalid("size", _("One of %(sizes)s.") % {"sizes": ", ".join(SIZES)})
        photo = self.stored(request, pk, sha256)
        shown = bytes_of(photo) if size == "original" else derivative_of(photo, Size(size))
        see_photo(photo, by=user_of(request), at=now())
        return shown


class LostHazardPhotos(Hazards):
    """Photos that will not come."""

    parser_classes = [JSONParser]
    takes_keys = True

    @extend_schema(request=LossIn, responses=HazardDetailOut, operation_id="hazards_photos_lost")
    def lose(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Say that the phone has lost it. Should it turn up, send it all the same."""
        return once(request, lambda: self._lose(request, pk, sha256))

    def _lose(self, request: Request, pk: UUID, sha256: str) -> Response:
        hazard, user = self.get_queryset().filter(pk=pk, photos__sha256=sha256).first(), user_of(request)
        if hazard is None:
            raise DomainError(Code.PHOTO_NOT_DECLARED)
        photos = sendable(hazard, sha256, self.standpoint.parties(hazard))
        if not photos:
            raise DomainError(Code.NOT_ALLOWED)
        given = LossIn(data=request.data)
        given.is_valid(raise_exception=True)
        declare_hazard_photo_lost(hazard, photos=photos, **given.validated_data, by=user, at=now())
        return Response(self.stands(pk))
