"""GET reviews: what waits for a supervisor, and each case whole."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.check_ins.views import CheckIns
from api.clock import now, today
from api.enclosures import bytes_of
from api.permissions import user_of
from api.resources import Shown
from api.reviews.case_serializers import CaseOut, CaseRowOut
from api.reviews.filters import CaseFilters
from api.schema import problems
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.media_types import IMAGES
from fieldwork.duties.models import Review
from fieldwork.duties.queries import reviews_of
from fieldwork.inspections.enums import CaseState
from fieldwork.inspections.examining import examine_check_in, examine_photo
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.inspections.queries import cases_visible_to, divisions_of, in_state, with_evidence

RELATED = ("lead", "site", "task__division", "task__industry", "task__organisation")


class Cases(Shown[CheckIn]):
    """What an office reviews (审核), and what its auditors look at."""

    serializer_class = CaseRowOut
    queryset = CheckIn.objects.none()
    visible = cases_visible_to
    related = RELATED
    filterset_class = CaseFilters
    ordering = ("-received_at", "-id")
    ordering_fields = ("received_at", "captured_at")

    def get_queryset(self) -> QuerySet[CheckIn]:
        """What waits, unless something else is asked for."""
        found = with_evidence(super().get_queryset())
        return found if self.request.query_params.get("state") else found.filter(in_state(CaseState.WAITING))

    def get_serializer(self, *args: Any, **kwargs: Any) -> CaseRowOut:
        shown = args[0] if args else []
        rows = shown if isinstance(shown, list) else [shown]
        reviews = reviews_of("check_in", [str(row.pk) for row in rows])
        known: dict[str, Any] = {"reviews": reviews, "divisions": divisions_of(rows), "exact": ()}
        kwargs["context"] = {**self.get_serializer_context(), **known}
        return CaseRowOut(*args, **kwargs)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Check-ins that wait for a verdict: doubted, answered since they were rejected, or doubted anew.

        Distances are told to 100 m: with the target's seat they would tell where, and no look at a list is on record.
        The case itself has them exactly.
        """
        return super().list(request, *args, **kwargs)


class Case(CheckIns):
    """One case: only here does the office see the exact position and the photos as they were sent."""

    visible = cases_visible_to
    related = RELATED
    takes_keys = False

    def photos(self) -> QuerySet[Photo]:
        return super().photos().select_related("blob__picture")

    def known_of(self, rows: list[CheckIn]) -> dict[str, Any]:
        ids = [str(row.pk) for row in rows]
        history = Review.objects.filter(performance__source_kind="check_in", performance__source_id__in=ids)
        exact = {row.pk for row in rows}
        known = {"exact": exact, "divisions": divisions_of(rows), "history": list(history.order_by("pk"))}
        return {**super().known_of(rows), **known}

    @extend_schema(responses=CaseOut, operation_id="reviews_retrieve")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The check-in with everything that speaks for it or against it. Who looks is on record."""
        check_in = self.get_object()
        examine_check_in(check_in, by=user_of(request), at=now())
        context = {**self.get_serializer_context(), **self.known_of([check_in])}
        return Response(CaseOut(check_in, context=context).data)


class CasePhoto(APIView):
    """The bytes of one photo as the phone sent them."""

    @extend_schema(
        responses={(200, media_type): OpenApiTypes.BINARY for media_type in IMAGES},
        operation_id="reviews_photos_retrieve",
    )
    @problems(410)
    def get(self, request: Request, pk: UUID, sha256: str) -> FileResponse:
        """The original. Who looks is on record."""
        user = user_of(request)
        photos = Photo.objects.select_related("check_in", "blob").filter(check_in__in=cases_visible_to(user, today()))
        photo = photos.filter(check_in=pk, sha256=sha256, blob__isnull=False).first()
        if photo is None:
            raise DomainError(Code.NOT_FOUND)
        response = bytes_of(photo)
        examine_photo(photo, by=user, at=now())
        response["Cache-Control"] = "private, no-store"  # the next look is one more
        return response
