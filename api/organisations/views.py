"""organisations: list, read, begin, end."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.organisations.filters import OrganisationFilters
from api.organisations.serializers import OrganisationIn, OrganisationOut
from api.resources import Managed
from fieldwork.directory import actions
from fieldwork.directory.models import Division, Organisation, User
from fieldwork.directory.queries import organisations_visible_to


class Organisations(Managed[Organisation]):
    """Bodies (单位): party committees, governments, departments, safety committees, resident units."""

    queryset = Organisation.objects.none()
    visible = organisations_visible_to
    related = ("division",)
    prefetched = ("former_names",)
    serializer_class = OrganisationOut
    input_class = OrganisationIn
    filterset_class = OrganisationFilters
    ordering_fields = ("name", "starts_on")

    def division_of(self, row: Organisation) -> Division:
        return row.division

    def begin(self, given: dict[str, Any], user: User) -> Organisation:
        self.require_manager(given["division"])
        return actions.create_organisation(**given, by=user, at=now())

    @extend_schema(request=OrganisationIn, responses={201: OrganisationOut})
    def create(self, request: Request) -> Response:
        return super().create(request)
