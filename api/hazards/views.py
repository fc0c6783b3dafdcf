"""Hazards: list, near a point, as a map, read, report."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.hazards.filters import HazardFilters
from api.hazards.map import COLUMNS, GEOJSON, FeaturesOut, MapPages, feature
from api.hazards.parsers import HazardMultipart
from api.hazards.serializers import HazardDetailOut, HazardIn, HazardOut
from api.near import NEAR_NAMES, NEAR_PARAMETERS, Asked, asked_near, nearest
from api.pagination import page_size
from api.parsers import JSONParser
from api.permissions import user_of
from api.resources import Shown
from api.schema import problems
from api.uploads import Received
from fieldwork.core.errors import invalid
from fieldwork.hazards.actions import report_hazard
from fieldwork.hazards.models import Hazard, Step
from fieldwork.hazards.queries import Standpoint, hazards_visible_to, standpoint_of, with_course

FORMATS = ("json", "geojson")
MULTIPART = {
    "type": "object",
    "additionalProperties": False,
    "required": ["hazard"],
    "properties": {
        "hazard": {"$ref": "#/components/schemas/HazardInRequest"},
        "photo": {"type": "array", "items": {"type": "string", "format": "binary"}, "description": "matched by digest"},
    },
}


_FEATURES = forced_singular_serializer(FeaturesOut)  # type: ignore[no-untyped-call]


class Hazards(Shown[Hazard]):
    """Findings (隐患), from the report to the re-inspection."""

    serializer_class = HazardOut
    queryset = Hazard.objects.none()
    visible = hazards_visible_to
    filterset_class = HazardFilters
    parser_classes = [JSONParser, HazardMultipart]
    ordering = ("-found_at", "-id")
    ordering_fields = ("found_at", "received_at")
    parameters = (*NEAR_NAMES, "format")

    @cached_property
    def standpoint(self) -> Standpoint:
        return standpoint_of(user_of(self.request), today())

    def get_queryset(self) -> QuerySet[Hazard]:
        return with_course(self.seen())

    def seen(self) -> QuerySet[Hazard]:
        """What is in sight; of a list asked for what is mine, that alone, which indexes find."""
        mine = "pk" not in self.kwargs and self.request.query_params.get("mine") == "true"
        return Hazard.objects.filter(self.standpoint.mine() if mine else self.standpoint.sees())

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "standpoint": self.standpoint}

    @extend_schema(
        parameters=[
            *NEAR_PARAMETERS,
            OpenApiParameter("format", str, enum=FORMATS, default="json", description="`geojson`: for a map, WGS-84"),
        ],
        responses={
            (200, "application/json"): HazardOut(many=True),
            (200, GEOJSON): _FEATURES,
        },
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With `near`, the nearest within `radius_m`: at most `page_size`, and no further pages."""
        asked, shape = asked_near(request), request.query_params.get("format", "json")
        if shape not in FORMATS:
            raise invalid("format", _("One of %(formats)s.") % {"formats": ", ".join(FORMATS)})
        if shape == "geojson":
            return self._map(request, asked)
        if asked is None:
            return super().list(request, *args, **kwargs)
        found = nearest(self.filter_queryset(self.get_queryset()), *asked, page_size(request), "wgs84_")
        context = {
            **self.get_serializer_context(),
            "distances": {hazard.pk: round(far, 1) for far, hazard in found},
        }
        rows = HazardOut([hazard for _far, hazard in found], many=True, context=context).data
        return Response({"next": None, "previous": None, "results": rows})

    def _map(self, request: Request, asked: Asked | None) -> Response:
        placed, pages = self.filter_queryset(self.seen().filter(wgs84_latitude__isnull=False)), MapPages()
        if asked is None:
            page = pages.paginate_queryset(placed.values(*COLUMNS), request, self)
        else:
            found = nearest(placed.only(*COLUMNS), *asked, page_size(request, pages.usual, pages.most), "wgs84_")
            page = [{name: getattr(hazard, name) for name in COLUMNS} for _far, hazard in found]
        return pages.collection([feature(row, today()) for row in page])

    @extend_schema(responses=HazardDetailOut)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With every step that was taken."""
        self.get_object()
        return Response(self.stands(pk))

    @extend_schema(
        request={"application/json": HazardIn, "multipart/form-data": MULTIPART},
        responses={200: HazardDetailOut, 201: HazardDetailOut},
    )
    @problems(422)
    def update(self, request: Request, pk: UUID) -> Response:
        """Report what was found; the same again is answered with the object as it stands now."""
        with Received.of(request.data) as received:
            given = HazardIn(data=received.declared)
            given.is_valid(raise_exception=True)
            hazard, created = report_hazard(given.declared(pk), files=received.files, by=user_of(request), at=now())
        return Response(self.stands(hazard.pk), status=201 if created else 200)

    def stands(self, pk: UUID) -> Any:
        """The object as it stands now, for the answer; also where a step has taken it out of sight."""
        steps = Prefetch("steps", Step.objects.select_related("by").order_by("number"))
        hazard = with_course(Hazard.objects.filter(pk=pk)).prefetch_related(steps).get()
        return HazardDetailOut(hazard, context=self.get_serializer_context()).data
