"""Files that declarations enclose: as they are declared and shown, and the bytes of one of them."""

import logging
from typing import Any, ClassVar
from uuid import UUID

from django.core.validators import RegexValidator
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Flag, Instant, Text
from api.permissions import user_of
from fieldwork.core.enclosures import require_type
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.uploads import Incoming, original
from fieldwork.directory.models import User

logger = logging.getLogger(__name__)


class EnclosedIn(serializers.Serializer[Any]):
    """A file that is sent along, or will be: SHA-256 in hex, size in bytes."""

    sha256 = Text(validators=[RegexValidator(r"\A[0-9a-fA-F]{64}\Z")])

    def validate_sha256(self, value: str) -> str:
        return value.lower()


class SendingIn(serializers.Serializer[Any]):
    """The phone that sends, and its clock then; no part of the content."""

    id = Text(allow_blank=True, default="", max_length=100)
    clock_at_send = Instant(allow_null=True, default=None)


class EnclosingIn(serializers.Serializer[Any]):
    """What every declaration of a phone says."""

    prepared_by_staff = Flag(default=False)
    on_paper = Flag(default=False)
    device = SendingIn(allow_null=True, default=None)

    def sent(self) -> dict[str, Any]:
        """The validated request; `device` as the domain has it."""
        given = dict(self.validated_data)
        device = given.pop("device") or {"id": "", "clock_at_send": None}
        return {**given, "device_id": device["id"], "clock_at_send": device["clock_at_send"]}


def distinct(files: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """Each once; a file declared twice, and not alike, is invalid, and so are too many."""
    found = [file for place, file in enumerate(files) if file not in files[:place]]
    if len({file["sha256"] for file in found}) < len(found):
        raise serializers.ValidationError(_("One file is declared twice, and not alike."))
    if len(found) > limit:
        raise serializers.ValidationError(_("At most %(limit)d files.") % {"limit": limit})
    return found


class EnclosedOut(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    bytes = serializers.IntegerField()
    content_type = serializers.CharField()
    received = serializers.SerializerMethodField()

    def get_received(self, file: Any) -> bool:
        return file.blob_id is not None


class EnclosedFile(APIView):
    """The bytes of one declared file."""

    media_types: ClassVar[tuple[str, ...]]

    def declared(self, request: Request, pk: UUID, sha256: str) -> Any:
        """The row of `Enclosure`, of what one may see, with its `blob`; or None."""
        raise NotImplementedError

    def may_upload(self, user: User, row: Any) -> bool:
        raise NotImplementedError

    def receive(self, row: Any, file: Incoming, user: User) -> bool:
        """Call the action; whether the file was still missing."""
        raise NotImplementedError

    def stored(self, request: Request, pk: UUID, sha256: str) -> Any:
        """The row, once its bytes are here."""
        row = self.declared(request, pk, sha256)
        if row is None:
            raise DomainError(Code.NOT_FOUND)
        if row.blob is None:
            raise DomainError(Code.NOT_FOUND, _("The file has not arrived yet."))
        return row

    def head(self, request: Request, pk: UUID, sha256: str) -> HttpResponse:
        """How much of it is stored."""
        row = self._require_declared(request, pk, sha256)
        offset = row.bytes if row.blob_id else 0
        return HttpResponse(headers={"Upload-Offset": str(offset), "Upload-Length": str(row.bytes)})

    def put(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Send its bytes; 200 if they are here already."""
        row, user = self._require_declared(request, pk, sha256), user_of(request)
        if not self.may_upload(user, row):
            raise DomainError(Code.NOT_ALLOWED)
        if row.blob_id:
            return Response(status=200)
        called = request._request.content_type or ""  # without parameters, in lower case
        if called not in self.media_types:
            raise DomainError(Code.UNSUPPORTED_MEDIA)
        file: Any = request.data
        if not isinstance(file, Incoming):
            raise DomainError(Code.DIGEST_MISMATCH, _("The body is empty."))
        with file:
            if file.sha256 != sha256:
                raise DomainError(Code.DIGEST_MISMATCH)
            require_type(file, called)
            return Response(status=201 if self.receive(row, file, user) else 200)

    def _require_declared(self, request: Request, pk: UUID, sha256: str) -> Any:
        row = self.declared(request, pk, sha256)
        if row is None:
            raise DomainError(Code.PHOTO_NOT_DECLARED)
        return row


def bytes_of(row: Any) -> FileResponse:
    """The stored bytes of a row of `Enclosure`."""
    try:
        file = original(row.sha256).open("rb")
    except FileNotFoundError:
        logger.exception("a recorded original is missing: %s", row.sha256)
        raise DomainError(Code.UNAVAILABLE) from None
    response = FileResponse(file, content_type=row.blob.content_type)
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response
