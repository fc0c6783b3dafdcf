"""Filters of tasks."""

from typing import Any

import django_filters
from django.db.models import QuerySet

from api.based import BasedWithin
from api.clock import now
from api.filtering import IdFilter
from api.mine import OwedFilters
from api.periods.filters import PeriodFilters
from fieldwork.duties.enums import TargetKind, TaskStatus
from fieldwork.duties.models import Task
from fieldwork.duties.status import task_status_case


class TaskFilters(OwedFilters, PeriodFilters):
    owner = "obligation__"
    obligation_path = "obligation"
    target_kind = django_filters.ChoiceFilter(choices=TargetKind.choices)
    status = django_filters.ChoiceFilter(choices=TaskStatus.choices, method="by_status")
    obligation = IdFilter(field_name="obligation")
    leader = IdFilter(field_name="obligation__leader")
    division = BasedWithin("obligation")

    def by_status(self, queryset: QuerySet[Task], _name: str, value: str) -> QuerySet[Any]:
        return queryset.alias(at_present=task_status_case(now())).filter(at_present=value)
