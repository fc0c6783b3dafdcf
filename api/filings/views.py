"""Filings."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.filings.filters import FilingFilters
from api.filings.parsers import FilingMultipart
from api.filings.serializers import FilingIn, FilingOut
from api.parsers import JSONParser
from api.permissions import user_of
from api.reviews.serializers import ReviewIn
from api.reviews.views import Proofs
from api.schema import problems
from api.uploads import Received
from fieldwork.directory.models import User
from fieldwork.filings.actions import record_filing, review_filing
from fieldwork.filings.doubts import doubts_of
from fieldwork.filings.models import Attachment, Filing
from fieldwork.filings.queries import filings_visible_to
from fieldwork.filings.rules import can_review_filing

MULTIPART = {
    "type": "object",
    "additionalProperties": False,
    "required": ["filing"],
    "properties": {
        "filing": {"$ref": "#/components/schemas/FilingInRequest"},
        "attachment": {
            "type": "array", "items": {"type": "string", "format": "binary"}, "description": "matched by digest",
        },
    },
}  # fmt: skip


class Filings(Proofs[Filing]):
    """Proof of work done at a desk (履职报备): meetings, lists, letters, reports."""

    serializer_class = FilingOut
    queryset = Filing.objects.none()
    filterset_class = FilingFilters
    visible = filings_visible_to
    source_kind = "filing"
    related = ("leader", "organisation", "lower_organisation")
    parser_classes = [JSONParser, FilingMultipart]
    ordering = ("-held_on", "-id")
    ordering_fields = ("held_on", "received_at")

    def get_queryset(self) -> QuerySet[Filing]:
        return super().get_queryset().prefetch_related(Prefetch("attachments", Attachment.objects.order_by("sha256")))

    def known_of(self, rows: list[Filing]) -> dict[str, Any]:
        return {**super().known_of(rows), "doubts": doubts_of(rows)}

    @extend_schema(
        request={"application/json": FilingIn, "multipart/form-data": MULTIPART},
        responses={200: FilingOut, 201: FilingOut},
    )
    @problems(422)
    def update(self, request: Request, pk: UUID) -> Response:
        """File what was done; the same again is answered with the object as it stands now."""
        with Received.of(request.data) as received:
            given = FilingIn(data=received.declared)
            given.is_valid(raise_exception=True)
            filing, created = record_filing(given.declared(pk), files=received.files, by=user_of(request), at=now())
        return Response(self.stands(filing.pk), status=201 if created else 200)

    @extend_schema(request=ReviewIn, responses=FilingOut)
    def review(self, request: Request, pk: UUID) -> Response:
        """Accept it, or return it with a reason; it counts anew at once. The latest verdict holds."""
        return super().review(request, pk)

    def may_review(self, user: User, row: Filing) -> bool:
        return can_review_filing(user, row, today())

    def judge(self, row: Filing, given: dict[str, Any], user: User) -> Filing:
        return review_filing(row, **given, by=user, at=now())
