"""Photos that a phone has lost."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.check_ins.serializers import CheckInOut
from api.check_ins.views import CheckIns
from api.clock import now, today
from api.fields import Text
from api.idempotency import once
from api.parsers import JSONParser
from api.permissions import user_of
from fieldwork.core.errors import Code, DomainError
from fieldwork.inspections.losses import declare_lost
from fieldwork.inspections.rules import can_upload_photo


class LossIn(serializers.Serializer[Any]):
    """Why the photo will not come."""

    reason = Text(max_length=500)


class LostPhotos(CheckIns):
    """Photos that will not come."""

    parser_classes = [JSONParser]

    @extend_schema(request=LossIn, responses=CheckInOut, operation_id="check_ins_photos_lost")
    def lose(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Say that the phone has lost it: the check-in waits no longer. Should it turn up, send it all the same."""
        return once(request, lambda: self._lose(request, pk, sha256))

    def _lose(self, request: Request, pk: UUID, sha256: str) -> Response:
        check_in, user = self.get_queryset().filter(pk=pk, photos__sha256=sha256).first(), user_of(request)
        if check_in is None:
            raise DomainError(Code.PHOTO_NOT_DECLARED)
        if not can_upload_photo(user, check_in, today()):
            raise DomainError(Code.NOT_ALLOWED)
        given = LossIn(data=request.data)
        given.is_valid(raise_exception=True)
        declare_lost(check_in, sha256=sha256, **given.validated_data, by=user, at=now())
        return Response(self.stands(pk))
