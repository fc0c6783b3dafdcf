"""Check-ins."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.check_ins.filters import CheckInFilters
from api.check_ins.parsers import CheckInMultipart
from api.check_ins.serializers import CheckInIn, CheckInOut
from api.clock import now, today
from api.kept import Kept
from api.parsers import JSONParser
from api.permissions import user_of
from api.reviews.serializers import CheckInReviewIn
from api.reviews.views import Proofs
from api.schema import problems
from api.uploads import Received
from fieldwork.directory.models import Leader, User
from fieldwork.duties.queries import served_by
from fieldwork.inspections.actions import record_check_in, review_check_in
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.inspections.queries import check_ins_visible_to, with_evidence
from fieldwork.inspections.rules import can_review_check_in, seen_exactly

MULTIPART = {
    "type": "object",
    "additionalProperties": False,
    "required": ["check_in"],
    "properties": {
        "check_in": {"$ref": "#/components/schemas/CheckInInRequest"},
        "photo": {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "matched by digest"},
    },
}


_in, _out = Kept(CheckInIn), Kept(CheckInOut)


class CheckIns(Proofs[CheckIn]):
    """Proof of inspections on site (现场检查打卡)."""

    serializer_class = CheckInOut
    queryset = CheckIn.objects.none()
    filterset_class = CheckInFilters
    visible = check_ins_visible_to
    source_kind = "check_in"
    review_class = CheckInReviewIn
    parser_classes = [JSONParser, CheckInMultipart]
    ordering = ("-captured_at", "-id")
    ordering_fields = ("captured_at", "received_at")

    def get_queryset(self) -> QuerySet[CheckIn]:
        return with_evidence(super().get_queryset().select_related("receipt")).prefetch_related(
            Prefetch("companions", Leader.objects.order_by("pk")), Prefetch("photos", self.photos())
        )

    def photos(self) -> QuerySet[Photo]:
        return Photo.objects.select_related("blob__picture").order_by("sha256")

    def known_of(self, rows: list[CheckIn]) -> dict[str, Any]:
        exact = seen_exactly(user_of(self.request), rows, today()) if rows else set()
        return {**super().known_of(rows), "exact": exact}

    @extend_schema(
        request={"application/json": CheckInIn, "multipart/form-data": MULTIPART},
        responses={200: CheckInOut, 201: CheckInOut},
    )
    @problems(422)
    def update(self, request: Request, pk: UUID) -> Response:
        """Record an inspection; the same again is answered with the object as it stands now."""
        with Received.of(request.data) as received:
            given = _in.read(received.declared)
            check_in, created = record_check_in(given.declared(pk), files=received.files, by=user_of(request), at=now())
        if not created:
            return Response(self.stands(check_in.pk))
        known = {"served": served_by(self.source_kind, [str(pk)]), "reviews": {}, "exact": {pk}}
        return Response(_out.written(check_in, known), status=201)

    @extend_schema(request=CheckInReviewIn, responses=CheckInOut)
    def review(self, request: Request, pk: UUID) -> Response:
        """Accept it, or reject it with a reason; it counts anew at once. The latest verdict holds."""
        return super().review(request, pk)

    def may_review(self, user: User, row: CheckIn) -> bool:
        return can_review_check_in(user, row, today())

    def judge(self, row: CheckIn, given: dict[str, Any], user: User) -> CheckIn:
        adopted_at = given.pop("captured_at")
        return review_check_in(row, **given, adopted_at=adopted_at, by=user, at=now())
