"""Check-ins."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.check_ins.filters import CheckInFilters
from api.check_ins.parsers import CheckInMultipart, Received
from api.check_ins.serializers import CheckInIn, CheckInOut
from api.clock import now
from api.parsers import JSONParser
from api.permissions import user_of
from api.resources import Shown
from api.schema import problems
from fieldwork.directory.models import Leader
from fieldwork.duties.queries import served_by
from fieldwork.inspections.actions import record_check_in
from fieldwork.inspections.models import CheckIn, Flag, Photo
from fieldwork.inspections.queries import check_ins_visible_to

MULTIPART = {
    "type": "object",
    "required": ["check_in"],
    "properties": {
        "check_in": {"$ref": "#/components/schemas/CheckInInRequest"},
        "photo": {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "matched by digest"},
    },
}


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
        request={"application/json": CheckInIn, "multipart/form-data": MULTIPART},
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
