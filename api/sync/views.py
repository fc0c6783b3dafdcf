"""GET sync."""

import re
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.check_ins.views import CheckIns
from api.clock import now, today
from api.divisions.views import Divisions
from api.filings.views import Filings
from api.filtering import refuse_unknown
from api.hazards.views import Hazards
from api.industries.views import Industries
from api.linkages.views import Linkages
from api.notifications.views import Notifications
from api.obligations.views import Obligations
from api.organisations.views import Organisations
from api.permissions import user_of
from api.schema import problems
from api.sites.views import Sites
from api.sync.cursor import pack, unpack
from api.sync.serializers import KeptCheckInOut, SyncOut
from api.tasks.rows import COLUMNS
from api.tasks.views import Tasks
from api.tasks.views import shown as tasks_shown
from fieldwork.core import changes
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.supervision.sync.kinds import KINDS
from fieldwork.supervision.sync.round import Round, begin, page

_VIEWS: dict[str, type[GenericAPIView[Any]]] = {
    "obligations": Obligations, "tasks": Tasks, "check_ins": CheckIns, "filings": Filings, "hazards": Hazards,
    "notifications": Notifications, "linkages": Linkages, "sites": Sites, "divisions": Divisions,
    "industries": Industries, "organisations": Organisations,
}  # fmt: skip
LIMIT = 500
_SIZE = re.compile("[0-9]{1,3}", re.ASCII)


class Sync(APIView):
    """What is mine and changed since the phone last asked."""

    @extend_schema(
        responses=SyncOut,
        operation_id="sync",
        parameters=[
            OpenApiParameter("cursor", str, description="of the last answer; without it all comes afresh"),
            OpenApiParameter(
                "page_size", {"type": "integer", "minimum": 1, "maximum": LIMIT, "default": LIMIT},
                description="objects a page",
            ),
        ],
    )  # fmt: skip
    @problems(410)
    def get(self, request: Request) -> Response:
        """Once an answer is applied its cursor takes the place of the one before; no change is ever missed, and some
        may come twice. After `cursor_expired`, or a 400 that names `cursor`, forget everything and ask without one:
        it is of another time, another server, or somebody else."""
        refuse_unknown(request, frozenset({"cursor", "page_size"}))
        user, size = user_of(request), _size(request)
        epoch, begun = changes.epoch_begun()
        mark = changes.present(epoch)  # before anything else is read
        this, on = self._round(request, mark, begun), today()
        found, behind = page(user, this, on, size)
        shown = {name: _shown(request, name, found.ids.get(name, [])) for name in KINDS}
        return Response(
            {
                **shown,
                "gone": [{"kind": noun, "id": str(pk)} for noun, pk in found.gone],
                "cursor": pack(behind, user, begun),
                "has_more": found.rest is not None,
            }
        )

    def _round(self, request: Request, mark: changes.Mark, begun: Any) -> Round:
        """The round that the phone is in the middle of, or a new one."""
        user, cursor = user_of(request), request.query_params.get("cursor")
        if not cursor:
            return begin(user, None, mark, today(), now())
        known = unpack(cursor, user, mark.epoch, begun)
        if known.goal.mark.running > mark.running:  # the database is an older one than that
            raise DomainError(Code.CURSOR_EXPIRED)
        return known if known.place else begin(user, known.goal, mark, today(), now())


def _size(request: Request) -> int:
    raw = request.query_params.get("page_size", str(LIMIT))
    if not (_SIZE.fullmatch(raw) and 1 <= int(raw) <= LIMIT):
        raise invalid("page_size", _("A number from 1 to %(limit)d.") % {"limit": LIMIT})
    return int(raw)


def _shown(request: Request, name: str, ids: list[Any]) -> list[Any]:
    """The objects of these ids as their list shows them, in this order."""
    if not ids:
        return []
    view = _VIEWS[name]()
    view.request, view.args, view.kwargs, view.format_kwarg = request, (), {}, None
    rows = view.get_queryset().filter(pk__in=ids).order_by("-pk")
    if isinstance(view, Tasks):
        return tasks_shown(list(rows.values(*COLUMNS)))
    if isinstance(view, CheckIns):
        view.serializer_class = KeptCheckInOut
    return list(view.get_serializer(list(rows), many=True).data)
