"""Files that declarations enclose: as they are declared and shown, and the bytes of one of them."""

import logging
import re
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.core.validators import RegexValidator
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.errors import Problem
from api.fields import Flag, Instant, Text
from api.permissions import user_of
from api.schema import problems
from api.sending import file_answer
from api.uploads import arriving
from fieldwork.core.enclosures import require_type
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.partials import Partial, WrongOffset
from fieldwork.core.uploads import Incoming, original
from fieldwork.directory.models import User

logger = logging.getLogger(__name__)

OFFSET, LENGTH = "Upload-Offset", "Upload-Length"
PROGRESS = [
    OpenApiParameter(
        OFFSET, int, OpenApiParameter.HEADER, response=[200], required=True,
        description="bytes that are here: all of them if it equals `Upload-Length`",
    ),
    OpenApiParameter(
        LENGTH, int, OpenApiParameter.HEADER, response=[200], required=True, description="bytes that were declared"
    ),
]  # fmt: skip
PIECES = [
    OpenApiParameter(
        OFFSET, int, OpenApiParameter.HEADER, required=True, description="bytes that are here before this piece"
    ),
    OpenApiParameter(
        OFFSET, int, OpenApiParameter.HEADER, response=[200, 201, 204], required=True,
        description="bytes that are here now",
    ),
]  # fmt: skip
WHOLE = [
    OpenApiParameter(
        OFFSET, int, OpenApiParameter.HEADER, response=[200, 201], required=True,
        description="bytes that are here now: all. A 200 without it was not ours, but that of a proxy on the way",
    )
]  # fmt: skip
TOLD = {200: OpenApiResponse(description="declared")}
STORED = {200: OpenApiResponse(description="stored before"), 201: OpenApiResponse(description="stored")}
TAKEN = {
    200: OpenApiResponse(description="stored before"),
    201: OpenApiResponse(description="stored: this was the last piece"),
    204: OpenApiResponse(description="this piece is kept"),
}
V = TypeVar("V", bound=APIView)
_DIGITS = re.compile("[0-9]{1,18}")


def documented(prefix: str, media_types: tuple[str, ...]) -> Callable[[type[V]], type[V]]:
    """Says to the schema how files of these types are sent to a view of `EnclosedFile`, in operations that begin with
    the prefix."""
    body = dict.fromkeys(media_types, OpenApiTypes.BINARY)
    return extend_schema_view(
        head=extend_schema(parameters=PROGRESS, responses=TOLD, operation_id=f"{prefix}_head"),
        put=extend_schema(parameters=WHOLE, request=body, responses=STORED, operation_id=f"{prefix}_update"),
        patch=extend_schema(parameters=PIECES, request=body, responses=TAKEN, operation_id=f"{prefix}_partial_update"),
    )


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

    @problems(409)
    def head(self, request: Request, pk: UUID, sha256: str) -> HttpResponse:
        """How much of it is here; 0 where nothing has come."""
        row = self._require_declared(request, pk, sha256)
        offset = row.bytes if row.blob_id else _partial(row, pk).offset
        return HttpResponse(headers={OFFSET: str(offset), LENGTH: str(row.bytes)})

    @problems(422)
    def put(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Send its bytes; 200 if they are here already."""
        row, user = self._require_expected(request, pk, sha256)
        if row.blob_id:
            return _offset_is(row.bytes, 200)
        called = self._require_kind(request)
        file: Any = request.data
        if not isinstance(file, Incoming):
            raise DomainError(Code.DIGEST_MISMATCH, _("The body is empty."))
        with file:
            arrived = self._receive(row, file, called, user)
        _partial(row, pk).discard()
        return _offset_is(row.bytes, 201 if arrived else 200)

    @problems(422)
    def patch(self, request: Request, pk: UUID, sha256: str) -> Response:
        """Send a piece of its bytes, which begins at `Upload-Offset`; 200 if all are here already.

        On a bad line in pieces of some 256 kB: a proxy in front may keep to itself what came of a broken one.
        """
        row, user = self._require_expected(request, pk, sha256)
        offset, called = _offset(request), self._require_kind(request)
        partial = _partial(row, pk)
        try:
            if row.blob_id:
                return _offset_is(row.bytes, 200)
            end = partial.take(offset, arriving(request))
            if end < row.bytes:
                return _offset_is(end, 204)
            return _offset_is(end, 201 if self._complete(row, partial, called, user) else 200)
        except WrongOffset as wrong:
            row.refresh_from_db(fields=["blob"])
            if row.blob_id:  # a twin was quicker
                return _offset_is(row.bytes, 200)
            raise Problem(wrong.code, wrong.detail, headers={OFFSET: str(wrong.offset)}) from None
        except DomainError as refused:
            raise Problem(refused.code, refused.detail, refused.errors, {OFFSET: "0"}) from None

    def _complete(self, row: Any, partial: Partial, called: str, user: User) -> bool:
        """Receive what is whole; what is refused then is not kept, and all else stays until it is recorded."""
        try:
            file = partial.whole()
        except FileNotFoundError:
            raise WrongOffset(0) from None
        try:
            with file:
                arrived = self._receive(row, file, called, user)
        except DomainError:
            partial.discard()
            raise
        partial.discard()
        return arrived

    def _receive(self, row: Any, file: Incoming, called: str, user: User) -> bool:
        if file.sha256 != row.sha256:
            raise DomainError(Code.DIGEST_MISMATCH)
        require_type(file, called)
        return self.receive(row, file, user)

    def _require_expected(self, request: Request, pk: UUID, sha256: str) -> tuple[Any, User]:
        """The declared row, and whoever may send its bytes."""
        row, user = self._require_declared(request, pk, sha256), user_of(request)
        if not self.may_upload(user, row):
            raise DomainError(Code.NOT_ALLOWED)
        return row, user

    def _require_kind(self, request: Request) -> str:
        """What the sender calls it: without parameters, in lower case."""
        called = request._request.content_type or ""
        if called not in self.media_types:
            raise DomainError(Code.UNSUPPORTED_MEDIA)
        return called

    def _require_declared(self, request: Request, pk: UUID, sha256: str) -> Any:
        row = self.declared(request, pk, sha256)
        if row is None:
            raise DomainError(Code.PHOTO_NOT_DECLARED)
        return row


def _partial(row: Any, pk: UUID) -> Partial:
    return Partial(f"{row._meta.model_name}-{pk}-{row.sha256}", row.bytes)


def _offset(request: Request) -> int:
    given = request.headers.get(OFFSET, "")
    if not _DIGITS.fullmatch(given):
        raise invalid(OFFSET, _("How many bytes are here already, in digits."))
    return int(given)


def _offset_is(offset: int, status: int) -> Response:
    return Response(status=status, headers={OFFSET: str(offset)})


def bytes_of(row: Any) -> FileResponse:
    """The stored bytes of a row of `Enclosure`. Errors: `removed`, by the retention rule."""
    if row.blob.removed_at is not None:
        raise DomainError(Code.REMOVED)
    try:
        return file_answer(original(row.sha256), row.blob.content_type)
    except FileNotFoundError:
        logger.exception("a recorded original is missing: %s", row.sha256)
        raise DomainError(Code.UNAVAILABLE) from None
