"""POST organisations/{id}/rename: a body is called otherwise and stays the same body."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now
from api.idempotency import once
from api.organisations.serializers import OrganisationOut, RenameIn
from api.organisations.views import Organisations
from api.permissions import user_of
from api.schema import problems
from fieldwork.directory.models import Organisation
from fieldwork.directory.renaming import rename


class Renamings(Organisations):
    @extend_schema(request=RenameIn, responses=OrganisationOut, operation_id="organisations_rename")
    @problems(409)
    def rename(self, request: Request, pk: int) -> Response:
        """Call a body otherwise (更名) from a day on; posts, tenures, links and what it owes go on.

        The same name again changes nothing.
        """
        organisation: Organisation = self.get_object()
        return once(request, lambda: self._rename(request, organisation))

    def _rename(self, request: Request, organisation: Organisation) -> Response:
        self.require_manager_of(organisation)
        given = RenameIn(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(self._out(rename(organisation, **given.validated_data, by=user_of(request), at=now())))
