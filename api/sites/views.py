"""sites: list, near a point, read, begin, end."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.near import NEAR_NAMES, NEAR_PARAMETERS, asked_near, nearest
from api.pagination import page_size
from api.resources import Managed
from api.sites.filters import SiteFilters
from api.sites.serializers import SiteIn, SiteOut
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
    parameters = NEAR_NAMES

    def division_of(self, row: Site) -> Division:
        return row.division

    def begin(self, given: dict[str, Any], user: User) -> Site:
        self.require_manager(given["division"])
        return actions.create_site(**given, by=user, at=now())

    @extend_schema(parameters=NEAR_PARAMETERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With `near`, the nearest within `radius_m`: at most `page_size`, and no further pages."""
        asked = asked_near(request)
        if asked is None:
            return super().list(request, *args, **kwargs)
        sites = self.filter_queryset(self.get_queryset())
        found = nearest(sites, *asked, page_size(request))
        context = {
            **self.get_serializer_context(),
            "distances": {site.pk: round(far, 1) for far, site in found},
        }
        rows = SiteOut([site for _far, site in found], many=True, context=context).data
        return Response({"next": None, "previous": None, "results": rows})

    @extend_schema(request=SiteIn, responses={201: SiteOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
