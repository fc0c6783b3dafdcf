"""Filters of hazards."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet

from api.clock import today
from api.filtering import FlagFilter, IdFilter, WithinFilter, YearFilter
from api.periods.filters import NAMES, parse_period
from api.permissions import user_of
from fieldwork.directory.queries import NOTHING
from fieldwork.duties.queries import tasks_visible_to
from fieldwork.hazards.enums import OPEN, Category, Grade, HazardState
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.queries import alike, hazards_visible_to, listed, overdue, serving


class HazardFilters(django_filters.FilterSet):
    """`task`: what lies where a task leads to; `possible_duplicates_of`: open, of its category, at its place."""

    mine = FlagFilter(method="only_mine")
    state = django_filters.MultipleChoiceFilter(choices=HazardState.choices)
    open = FlagFilter(method="by_open")
    grade = django_filters.ChoiceFilter(choices=Grade.choices)
    category = django_filters.ChoiceFilter(choices=Category.choices)
    overdue = FlagFilter(method="by_overdue")
    listed = FlagFilter(method="by_listed")
    listed_in = YearFilter(field_name="listings__year", distinct=True, label="the year of a listing")
    looked_back = FlagFilter(field_name="looked_back_at", method="by_look_back")
    division = WithinFilter(field_name="division__path")
    industry = IdFilter(method="of_industry")
    site = IdFilter(field_name="site")
    lead = IdFilter(field_name="lead")
    unit = IdFilter(field_name="rectifying_unit")
    regulator = IdFilter(field_name="regulator")
    check_in = django_filters.UUIDFilter(field_name="check_in_id")
    task = IdFilter(method="of_task")
    possible_duplicates_of = django_filters.UUIDFilter(method="like")
    period = django_filters.CharFilter(method="found_in", label=f"found in this period: {NAMES}")
    during = django_filters.CharFilter(method="found_in", label=f"found in this period: {NAMES}")

    def only_mine(self, queryset: QuerySet[Hazard], _name: str, _value: str) -> QuerySet[Hazard]:
        """The view begins with what is mine, if that is asked for."""
        return queryset

    def by_open(self, queryset: QuerySet[Hazard], _name: str, value: str) -> QuerySet[Hazard]:
        return _either(queryset, Q(state__in=OPEN), value)

    def by_overdue(self, queryset: QuerySet[Hazard], _name: str, value: str) -> QuerySet[Hazard]:
        if value == "true":
            return queryset.filter(overdue(today()))
        return queryset.exclude(overdue(today()) & Q(deadline__isnull=False))

    def by_listed(self, queryset: QuerySet[Hazard], _name: str, value: str) -> QuerySet[Hazard]:
        return _either(queryset, listed(), value)

    def by_look_back(self, queryset: QuerySet[Hazard], _name: str, value: str) -> QuerySet[Hazard]:
        """Of what is closed: whether somebody has looked back since."""
        return queryset.filter(state=HazardState.CLOSED, looked_back_at__isnull=value != "true")

    def of_industry(self, queryset: QuerySet[Hazard], _name: str, value: int) -> QuerySet[Hazard]:
        """Also of a section's divisions."""
        return queryset.filter(Q(industry=value) | Q(industry__parent=value))

    def of_task(self, queryset: QuerySet[Hazard], _name: str, value: int) -> QuerySet[Hazard]:
        tasks = tasks_visible_to(user_of(self.request), today()).select_related("obligation", "division")
        task = tasks.filter(pk=value).first()
        return queryset.filter(serving(task) if task else NOTHING)

    def like(self, queryset: QuerySet[Hazard], _name: str, value: UUID) -> QuerySet[Hazard]:
        hazard = hazards_visible_to(user_of(self.request), today()).filter(pk=value).first()
        return queryset.filter(alike(hazard) if hazard else NOTHING)

    def found_in(self, queryset: QuerySet[Hazard], name: str, value: str) -> QuerySet[Hazard]:
        period = parse_period(name, value)
        return queryset.filter(found_on__range=(period.starts_on, period.ends_on))


def _either(queryset: QuerySet[Any], which: Q, value: str) -> QuerySet[Any]:
    return queryset.filter(which) if value == "true" else queryset.exclude(which)
