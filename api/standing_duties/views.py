"""GET standing-duties: what may be recorded without being owed."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.clock import today
from api.etags import Tagged
from api.permissions import user_of
from api.standing_duties.serializers import StandingDutyAsking, StandingDutyOut
from fieldwork.directory.models import Leader, Organisation
from fieldwork.directory.queries import leaders_visible_to, organisations_of, organisations_visible_to
from fieldwork.duties.models import Rule
from fieldwork.duties.standing_duties import standing_duties_of


class StandingDuties(Tagged, ListModelMixin, GenericViewSet[Rule]):
    """Standing duties in force today, for the forms of check-ins and filings."""

    queryset = Rule.objects.none()
    serializer_class = StandingDutyOut
    parameters = ("leader", "organisation")
    ordering = ("version__policy__code", "code")

    def get_queryset(self) -> QuerySet[Rule]:
        user, on = user_of(self.request), today()
        asking = StandingDutyAsking(data=self.request.query_params)
        asking.is_valid(raise_exception=True)
        asked = asking.validated_data
        leaders, organisations = Leader.objects.none(), Organisation.objects.none()
        if "leader" in asked:
            leaders = leaders_visible_to(user, on).filter(pk=asked["leader"])
        if "organisation" in asked:
            organisations = organisations_visible_to(user, on).filter(pk=asked["organisation"])
        if not asked:
            leaders, organisations = Leader.objects.filter(user=user), organisations_of(user, on)
        return standing_duties_of(leaders, organisations, on)

    @extend_schema(parameters=[StandingDutyAsking])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those that bind me, or the leader or organisation asked for, if I may see it."""
        return super().list(request, *args, **kwargs)
