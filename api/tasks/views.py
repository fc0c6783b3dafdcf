"""GET tasks."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.viewsets import GenericViewSet

from api.clock import now, today
from api.etags import Tagged
from api.permissions import user_of
from api.tasks.filters import TaskFilters
from api.tasks.serializers import TaskOut
from fieldwork.duties.models import Task
from fieldwork.duties.queries import last_visits, tasks_visible_to
from fieldwork.duties.status import task_status_case


class Tasks(Tagged, ListModelMixin, RetrieveModelMixin, GenericViewSet[Task]):
    """Where to go, by when, and when one was last there."""

    serializer_class = TaskOut
    queryset = Task.objects.none()
    filterset_class = TaskFilters
    ordering = ("-obligation__due_at", "id")
    ordering_fields = ("obligation__due_at",)

    def get_queryset(self) -> QuerySet[Task]:
        return (
            tasks_visible_to(user_of(self.request), today())
            .annotate(status=task_status_case(now()))
            .select_related("obligation", "division", "industry", "organisation__division")
        )

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else []
        tasks = shown if isinstance(shown, list) else [shown]
        kwargs["context"] = {**self.get_serializer_context(), "last_visits": last_visits(tasks)}
        return TaskOut(*args, **kwargs)
