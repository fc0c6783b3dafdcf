"""GET periods/{period}, and POST periods/{period}/freeze."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now
from api.etags import Tagged
from api.fields import Instant
from api.filtering import refuse_unknown
from api.idempotency import once
from api.periods.figures_serializers import FreezeIn, FreezeOut, PeriodOut
from api.periods.filters import parse_period
from api.permissions import user_of
from api.schema import problems
from api.scoped import DIVISION, division_asked, one_division_asked
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.directory.rules import MANAGERS
from fieldwork.supervision.models import Amendment, Freeze
from fieldwork.supervision.months.figures import figures_now
from fieldwork.supervision.months.freezing import freeze
from fieldwork.supervision.months.known import figures_known
from fieldwork.supervision.months.queries import known_by

SHOWN = 200
AS_OF = """an instant, with offset: the figures as they were known then. Of a published period from its publication on
exactly: as published, with what was amended by then. Before that reckoned from what had been received, reviewed and
excused by then, and from what was known to be owed; not covered: terms of office, rules, minimum and due day are those
of today, and what has changed of a basis since is taken to have stood"""


class PeriodFigures(Tagged):
    """A period of a division: its figures, how it was published, and what was amended since."""

    @extend_schema(
        responses=PeriodOut,
        operation_id="periods_retrieve",
        parameters=[
            OpenApiParameter("division", str, description=DIVISION),
            OpenApiParameter("as_of", {"type": "string", "format": "date-time"}, description=AS_OF.replace("\n", " ")),
        ],
    )
    @problems(403)
    def get(self, request: Request, period: str) -> Response:
        """For offices, auditors among them. `figures` stand now, or as of an instant; `freeze` never changes."""
        refuse_unknown(request, frozenset({"division", "as_of"}))
        division = division_asked(user_of(request), request.query_params.get("division"))
        this = parse_period("period", period)
        as_of = _as_of(request)
        published = _published(this, division, as_of)
        figures = figures_known(this, division, as_of, published) if as_of else figures_now(this, division, now())
        told = _told(this, division, figures, published, as_of)
        return Response(PeriodOut({**told, "all_amendments": _all_amendments(request)}).data)


def _told(
    period: Period, division: Division | None, figures: Any, published: Freeze | None, as_of: datetime | None
) -> dict[str, Any]:
    amendments = Amendment.objects.filter(frozen__freeze=published).select_related("frozen")
    if as_of is not None:
        amendments = amendments.filter(known_by(as_of))
    shown = list(amendments.order_by("-pk")[:SHOWN]) if published else []
    return {
        "period": str(period), "division": division.pk if division else None, "starts_on": period.starts_on,
        "ends_on": period.ends_on, "as_of": as_of, "figures": figures, "freeze": published,
        "amendments": shown, "amended": amendments.count() if len(shown) == SHOWN else len(shown),
    }  # fmt: skip


def _all_amendments(request: Request) -> str:
    """Of the same division, as of the same instant."""
    query = request.query_params.urlencode()
    return request.build_absolute_uri(f"{request.path.rstrip('/')}/amendments{query and '?'}{query}")


def _as_of(request: Request) -> datetime | None:
    raw = request.query_params.get("as_of")
    if raw is None:
        return None
    given = Instant(label="as_of")
    at: datetime = given.run_validation(raw)
    if at > now():
        raise invalid("as_of", _("That has not come yet."))
    return at


def _published(period: Period, division: Division | None, as_of: datetime | None) -> Freeze | None:
    """None before it was published."""
    found = Freeze.objects.filter(period=str(period), division=division).select_related("division")
    return found.filter(at__lte=as_of).first() if as_of else found.first()


class Freezes(APIView):
    """Publishing a period (定稿)."""

    takes_keys = True

    @extend_schema(request=FreezeIn, responses={200: FreezeOut, 201: FreezeOut}, operation_id="periods_freeze")
    def post(self, request: Request, period: str) -> Response:
        """Store how a period that has ended stands in a division and below, and name what is still to come.

        Once; the same again is answered 200 with what stands, with another reason 409. What changes later becomes an
        amendment.
        """
        return once(request, lambda: self._freeze(request, period))

    def _freeze(self, request: Request, period: str) -> Response:
        user = user_of(request)
        if user.office not in MANAGERS:
            raise DomainError(Code.NOT_ALLOWED)
        this = parse_period("period", period)
        given = FreezeIn(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        asked: dict[str, Any] = given.validated_data
        division = asked.get("division") or one_division_asked(user, None)
        made, first = freeze(this, division, reason=asked["reason"], by=user, at=now())
        return Response(FreezeOut(made).data, status=201 if first else 200)
