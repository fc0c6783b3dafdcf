"""Check-ins, and the photos behind them."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.check_ins.filters import CheckInFilters
from api.check_ins.parsers import CheckInMultipart, RawPhoto, Received
from api.check_ins.serializers import PHOTO_TYPES, CheckInIn, CheckInOut
from api.clock import now, today
from api.parsers import JSONParser
from api.permissions import user_of
from api.resources import Shown
from api.schema import problems
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.uploads import Incoming, original
from fieldwork.directory.models import Leader
from fieldwork.duties.queries import served_by
from fieldwork.inspections.actions import receive_photos, record_check_in
from fieldwork.inspections.models import CheckIn, Flag, Photo
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_upload_photo

SIZES = ["original", "large", "thumb"]


class CheckIns(Shown[CheckIn]):
    """Proof of inspections on site (现场检查打卡)."""

    serializer_class = CheckInOut
    queryset = CheckIn.objects.none()
    filterset_class = CheckInFilters
    visible = check_ins_visible_to
    parser_classes = [JSONParser, CheckInMultipart]
    ordering = ("-captured_at", "-id")
    ordering_fields = ("captured_at", "received_at")

    def get_queryset(self) -> QuerySet[CheckIn]:
        return (
            super()
            .get_queryset()
            .prefetch_related(
                Prefetch("companions", Leader.objects.order_by("pk")),
                Prefetch("photos", Photo.objects.order_by("sha256")),
                Prefetch("flags", Flag.objects.order_by("code")),
            )
        )

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else []
        check_ins = shown if isinstance(shown, list) else [shown]
        served = served_by("check_in", [str(check_in.pk) for check_in in check_ins])
        kwargs["context"] = {**self.get_serializer_context(), "served": served}
        return CheckInOut(*args, **kwargs)

    @extend_schema(
        request={"application/json": CheckInIn, "multipart/form-data": CheckInIn},
        responses={200: CheckInOut, 201: CheckInOut},
    )
    @problems(422)
    def update(self, request: Request, pk: UUID) -> Response:
        """Record an inspection; the same again is answered with the object as it stands now."""
        data: Any = request.data
        received = data if isinstance(data, Received) else Received(data)
        try:
            given = CheckInIn(data=received.check_in)
            given.is_valid(raise_exception=True)
            check_in, created = record_check_in(given.declared(pk), files=received.files, by=user_of(request), at=now())
        finally:
            received.discard()
        standing = self.get_queryset().get(pk=check_in.pk)
        return Response(self.get_serializer(standing).data, status=201 if created else 200)


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
        photo = self._declared(request, pk, sha256, missing=Code.NOT_FOUND)
        size = request.query_params.get("size", "original")
        if size not in SIZES:
            raise invalid("size", ", ".join(SIZES))
        if photo.blob is None:
            raise DomainError(Code.NOT_FOUND, _("The photo has not arrived yet."))
        if size != "original":
            raise DomainError(Code.NOT_READY)
        response = FileResponse(original(sha256).open("rb"), content_type=photo.blob.content_type)
        response["Cache-Control"] = "private, max-age=31536000, immutable"
        return response

    def head(self, request: Request, pk: UUID, sha256: str) -> HttpResponse:
        """How much of it is stored."""
        photo = self._declared(request, pk, sha256)
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
        photo = self._declared(request, pk, sha256)
        user = user_of(request)
        if not can_upload_photo(user, photo.check_in, today()):
            raise DomainError(Code.NOT_ALLOWED)
        if photo.blob_id:
            return Response(status=200)
        if request.content_type not in PHOTO_TYPES:
            raise DomainError(Code.UNSUPPORTED_MEDIA)
        file: Any = request.data
        if not isinstance(file, Incoming):
            raise DomainError(Code.DIGEST_MISMATCH, _("The body is empty."))
        with file:
            if file.sha256 != sha256:
                raise DomainError(Code.DIGEST_MISMATCH)
            _check_in, arrived = receive_photos(photo.check_in, files={sha256: file}, by=user, at=now())
        return Response(status=201 if arrived else 200)

    def _declared(self, request: Request, pk: UUID, sha256: str, missing: Code = Code.PHOTO_NOT_DECLARED) -> Photo:
        visible = check_ins_visible_to(user_of(request), today())
        photo = (
            Photo.objects.select_related("check_in__lead", "blob")
            .filter(check_in__in=visible.filter(pk=pk), sha256=sha256)
            .first()
        )
        if photo is None:
            raise DomainError(missing)
        return photo
