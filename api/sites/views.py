"""sites: list, near a point, read, begin, end."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.pagination import page_size
from api.resources import Managed
from api.sites.filters import SiteFilters
from api.sites.near import nearest
from api.sites.serializers import DATUMS, FARTHEST_M, NEAR_M, NearIn, SiteIn, SiteOut
from fieldwork.core.geo import Datum, to_wgs84
from fieldwork.directory import actions
from fieldwork.directory.models import Division, Site, User
from fieldwork.directory.queries import sites_visible_to


class Sites(Managed[Site]):
    """Enterprises and places (场所) that may be inspected."""

    queryset = Site.objects.none()
    visible = sites_visible_to
    related = ("division",)
    serializer_class = SiteOut
    input_class = SiteIn
    filterset_class = SiteFilters
    ordering_fields = ("name",)
    parameters = ("near", "radius_m", "datum")

    def division_of(self, row: Site) -> Division:
        return row.division

    def begin(self, given: dict[str, Any], user: User) -> Site:
        self.require_manager(given["division"])
        return actions.create_site(**given, by=user, at=now())

    @extend_schema(
        parameters=[
            OpenApiParameter("near", str, description="`latitude,longitude`: one page of the nearest, nearest first"),
            OpenApiParameter("radius_m", {"type": "integer", "minimum": 1, "maximum": FARTHEST_M, "default": NEAR_M}),
            OpenApiParameter("datum", str, enum=DATUMS, default="wgs84", description="of `near`"),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With `near`, the nearest within `radius_m`: at most `page_size`, and no further pages."""
        if not set(self.parameters) & set(request.query_params):
            return super().list(request, *args, **kwargs)
        given = NearIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        latitude, longitude = asked["near"]
        position = to_wgs84(latitude, longitude, Datum(asked["datum"]))
        sites = self.filter_queryset(self.get_queryset())
        found = nearest(sites, position, asked["radius_m"], page_size(request))
        context = {
            **self.get_serializer_context(),
            "distances": {site.pk: round(far, 1) for far, site in found},
        }
        rows = SiteOut([site for _far, site in found], many=True, context=context).data
        return Response({"next": None, "previous": None, "results": rows})

    @extend_schema(request=SiteIn, responses={201: SiteOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
