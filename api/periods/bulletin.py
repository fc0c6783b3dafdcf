"""GET periods/{period}/bulletin and bulletin.pdf."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.clock import now
from api.etags import Tagged
from api.fields import Id, Instant
from api.filtering import refuse_unknown
from api.hazards.summary import LineOut
from api.me.serializers import NamedOut
from api.periods.figures_serializers import FiguresOut
from api.periods.filters import parse_period
from api.periods.summary import PeriodLineOut
from api.permissions import user_of
from api.schema import problems
from api.scoped import one_division_asked
from api.throttles import Exports
from fieldwork.supervision.bulletins.bulletin import Bulletin, bulletin_of
from fieldwork.supervision.bulletins.printing import engine, printed

PDF = "application/pdf"
PARAMETERS = [OpenApiParameter("division", str, description="it and all below; default: your office's own")]


class PublishedOut(serializers.Serializer[Any]):
    """As it was published, which never changes."""

    at = Instant()
    figures = FiguresOut()
    amended = serializers.IntegerField(help_text="obligations that were amended since")


class BodyLapseOut(serializers.Serializer[Any]):
    obligation = Id()
    name = serializers.CharField(help_text="of a pair both, the upper one first")
    duty = serializers.CharField()
    article = serializers.CharField()


class LapsesOut(serializers.Serializer[Any]):
    """Bodies are named; people are counted."""

    of_bodies = serializers.IntegerField()
    bodies = BodyLapseOut(many=True, help_text="at most 500, by name")
    of_people = serializers.IntegerField(help_text="obligations")
    people = serializers.IntegerField(help_text="whose they are")


class StillToComeOut(serializers.Serializer[Any]):
    """What is still incomplete."""

    check_ins = serializers.IntegerField(help_text="of which photos have not arrived")
    filings = serializers.IntegerField(help_text="of which files have not arrived")
    reviews = serializers.IntegerField(help_text="check-ins that wait for a verdict")
    facts = serializers.BooleanField(help_text="whether changed facts still wait to be followed")


class BulletinOut(serializers.Serializer[Bulletin]):
    """The bulletin (通报) of a period. Lines are ordered by name; there is no ranking."""

    period = serializers.CharField()
    previous = serializers.CharField(help_text="the period it is compared with")
    division = NamedOut()
    issuer = serializers.CharField()
    at = Instant(help_text="as it stood then")
    published = PublishedOut(allow_null=True, help_text="null: not published yet")
    total = PeriodLineOut()
    divisions = PeriodLineOut(many=True, help_text="directly below; one's own bodies under one's own name")
    rules = PeriodLineOut(many=True)
    lapses = LapsesOut()
    hazards = LineOut()
    hazards_by_division = LineOut(many=True)
    to_come = StillToComeOut()


def _asked(request: Request, period: str) -> Bulletin:
    refuse_unknown(request, frozenset({"division"}))
    division = one_division_asked(user_of(request), request.query_params.get("division"))
    return bulletin_of(parse_period("period", period), division, now())


class BulletinData(Tagged):
    """The bulletin as data."""

    @extend_schema(operation_id="periods_bulletin", responses=BulletinOut, parameters=PARAMETERS)
    @problems(403)
    def get(self, request: Request, period: str) -> Response:
        """For offices, auditors among them: figures by status, division and duty beside those of the period before,
        lapses of bodies by name and of people as counts, hazards, and what is still incomplete."""
        return Response(BulletinOut(_asked(request, period)).data)


class BulletinDocument(APIView):
    """The bulletin as a document."""

    throttle_classes = [Exports]

    @extend_schema(
        operation_id="periods_bulletin_pdf", responses={(200, PDF): OpenApiTypes.BINARY}, parameters=PARAMETERS
    )
    @problems(403, 503)
    def get(self, request: Request, period: str) -> HttpResponse:
        """The same as an official letter in Chinese, its number left blank. 503 where the installation cannot set
        type: it says what to install."""
        made = printed(_asked(request, period), engine())
        answer = HttpResponse(made, content_type=PDF)
        answer["Content-Disposition"] = f'attachment; filename="bulletin-{period}.pdf"'
        answer["Cache-Control"] = "private, no-store"
        return answer
