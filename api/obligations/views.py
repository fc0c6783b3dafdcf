"""GET obligations."""

from django.db.models import Prefetch, QuerySet

from api.clock import now
from api.obligations.filters import ObligationFilters
from api.obligations.serializers import ObligationOut
from api.resources import Shown
from fieldwork.duties.models import Basis, Excuse, Obligation, Task
from fieldwork.duties.queries import obligations_visible_to
from fieldwork.duties.status import status_case


class Obligations(Shown[Obligation]):
    """What is owed, with every article that it rests on."""

    serializer_class = ObligationOut
    queryset = Obligation.objects.none()
    filterset_class = ObligationFilters
    visible = obligations_visible_to
    related = ("leader", "organisation", "lower_organisation")
    ordering = ("-due_at", "-id")
    ordering_fields = ("due_at",)

    def get_queryset(self) -> QuerySet[Obligation]:
        bases = Basis.objects.select_related("rule__version__policy").order_by("pk")
        return (
            super()
            .get_queryset()
            .annotate(status=status_case(now()))
            .prefetch_related(
                Prefetch("bases", bases),
                Prefetch("tasks", Task.objects.order_by("pk")),
                Prefetch("excuses", Excuse.objects.order_by("pk")),
            )
        )
