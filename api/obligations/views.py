"""GET obligations."""

from django.db.models import Prefetch, QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from api.clock import now, today
from api.etags import Tagged
from api.obligations.filters import ObligationFilters
from api.obligations.serializers import ObligationOut
from api.permissions import user_of
from fieldwork.duties.models import Basis, Obligation, Task
from fieldwork.duties.queries import obligations_visible_to
from fieldwork.duties.status import status_case


class Obligations(Tagged, ListModelMixin, RetrieveModelMixin, GenericViewSet[Obligation]):
    """What is owed, with every article that it rests on."""

    serializer_class = ObligationOut
    queryset = Obligation.objects.none()
    filterset_class = ObligationFilters
    ordering = ("-due_at", "id")
    ordering_fields = ("due_at",)

    def get_queryset(self) -> QuerySet[Obligation]:
        bases = Basis.objects.select_related("rule__version__policy").order_by("pk")
        return (
            obligations_visible_to(user_of(self.request), today())
            .annotate(status=status_case(now()))
            .select_related("leader", "organisation")
            .prefetch_related(Prefetch("bases", bases), Prefetch("tasks", Task.objects.order_by("pk")))
        )
