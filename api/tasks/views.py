"""GET tasks."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.clock import now, today
from api.pagination import CursorPages
from api.permissions import user_of
from api.resources import Shown
from api.tasks.filters import TaskFilters
from api.tasks.own import ORDERING, TIES, own_tasks, own_touches
from api.tasks.rows import COLUMNS, Row, rows_of, touch_of
from api.tasks.serializers import TaskDetailOut, TaskOut
from fieldwork.duties.enums import TaskStatus
from fieldwork.duties.excuses import excuses_standing
from fieldwork.duties.models import Task
from fieldwork.duties.queries import last_touches, last_visits, tasks_visible_to
from fieldwork.duties.status import task_status_case
from fieldwork.hazards.enums import OPEN
from fieldwork.hazards.queries import hazards_visible_to, serving

_OWN = frozenset({"mine", "page_size"})


class Tasks(Shown[Task]):
    """Where to go, by when, and when one was last there."""

    serializer_class = TaskOut
    queryset = Task.objects.none()
    filterset_class = TaskFilters
    visible = tasks_visible_to
    related = ("obligation", "division", "industry", "organisation__division")
    ordering = ORDERING
    ties = TIES
    ordering_fields = ("due_at",)

    def get_queryset(self) -> QuerySet[Task]:
        return super().get_queryset().annotate(status=task_status_case(now()), due_at=F("obligation__due_at"))

    @extend_schema(responses=TaskDetailOut)
    def retrieve(self, request: Request, pk: int) -> Response:
        """With how many hazards wait where it leads to."""
        task = self.get_object()
        found = hazards_visible_to(user_of(request), today()).filter(serving(task), state__in=OPEN)
        context = {**self._context([task]), "open_hazards": found.count()}
        return Response(TaskDetailOut(task, context=context).data)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        own = request.query_params.get("mine") == "true" and request.query_params.keys() <= _OWN
        return self._own(request) if own else self._any()

    def _own(self, request: Request) -> Response:
        """The first page of what is mine, which every phone asks for all the time."""
        user, pages = user_of(request), CursorPages()
        page = pages.first_page(request, ORDERING, partial(own_tasks, user, today(), now()))
        return pages.get_paginated_response(rows_of(page, own_touches(user)))

    def _any(self) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).values(*COLUMNS)) or []
        return self.get_paginated_response(shown(page))

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        shown = args[0] if args else []
        tasks = shown if isinstance(shown, list) else [shown]
        kwargs["context"] = self._context(tasks)
        return TaskOut(*args, **kwargs)

    def _context(self, tasks: Sequence[Any]) -> dict[str, Any]:
        excused = {task.obligation_id for task in tasks if task.status == TaskStatus.EXCUSED}
        known = {"last_visits": last_visits(tasks), "excuses": excuses_standing(excused)}
        return {**self.get_serializer_context(), **known}


def shown(page: Sequence[Row]) -> list[dict[str, Any]]:
    """Tasks of whomever, as lists have them."""
    return rows_of(page, last_touches({touch_of(task) for task in page}))
