"""Filters of obligations."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from api.based import BasedWithin
from api.clock import now
from api.filtering import FlagFilter, IdFilter
from api.mine import OwedFilters
from api.periods.filters import PeriodFilters
from fieldwork.duties.at_risk import at_risk
from fieldwork.duties.enums import Activity, Status
from fieldwork.duties.models import Obligation
from fieldwork.duties.status import status_case


class ObligationFilters(OwedFilters, PeriodFilters):
    status = django_filters.ChoiceFilter(choices=Status.choices, method="by_status")
    activity = django_filters.ChoiceFilter(choices=Activity.choices)
    duty = django_filters.CharFilter(max_length=60, method="of_duty")
    leader = IdFilter(field_name="leader")
    division = BasedWithin("pk")
    at_risk = FlagFilter(method="by_risk", label="open, and so late in its period that it may lapse")

    def of_duty(self, queryset: QuerySet[Obligation], _name: str, value: str) -> QuerySet[Obligation]:
        """Of each body too, where it is owed by body."""
        return queryset.filter(Q(duty=value) | Q(duty__startswith=f"{value}@"))

    def by_risk(self, queryset: QuerySet[Obligation], _name: str, value: str) -> QuerySet[Obligation]:
        risky = at_risk(now())
        return queryset.filter(risky if value == "true" else ~risky)

    def by_status(self, queryset: QuerySet[Obligation], _name: str, value: str) -> QuerySet[Any]:
        return queryset.alias(at_present=status_case(now())).filter(at_present=value)
