"""GET tasks."""

from typing import Any

from django.db.models import F, QuerySet

from api.clock import now
from api.resources import Shown
from api.tasks.filters import TaskFilters
from api.tasks.serializers import TaskOut
from fieldwork.duties.models import Task
from fieldwork.duties.queries import last_visits, tasks_visible_to
from fieldwork.duties.status import task_status_case


class Tasks(Shown[Task]):
    """Where to go, by when, and when one was last there."""

    serializer_class = TaskOut
    queryset = Task.objects.none()
    filterset_class = TaskFilters
    visible = tasks_visible_to
    related = ("obligation", "division", "industry", "organisation__division")
    ordering = ("-due_at", "id")
    ordering_fields = ("due_at",)

    def get_queryset(self) -> QuerySet[Task]:
        return super().get_queryset().annotate(status=task_status_case(now()), due_at=F("obligation__due_at"))

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else []
        tasks = shown if isinstance(shown, list) else [shown]
        kwargs["context"] = {**self.get_serializer_context(), "last_visits": last_visits(tasks)}
        return TaskOut(*args, **kwargs)
