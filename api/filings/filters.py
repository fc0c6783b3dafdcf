"""Filters of filings."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from api.clock import today
from api.filtering import IdFilter
from api.mine import MineFilters
from api.periods.filters import NAMES, parse_period
from api.permissions import user_of
from fieldwork.core.enums import DeclaredState
from fieldwork.directory.queries import organisation_ids
from fieldwork.duties.enums import Activity, SubjectKind
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import of_organisations


class FilingFilters(MineFilters):
    """`organisation` is on either side of a pair; `duty` the key of a standing duty, `<policy>.<rule>`."""

    period = django_filters.CharFilter(method="held_in", label=f"held in this period: {NAMES}")
    during = django_filters.CharFilter(method="held_in", label=f"held in this period: {NAMES}")
    held_from = django_filters.DateFilter(field_name="held_on", lookup_expr="gte", label="the first day")
    held_to = django_filters.DateFilter(field_name="held_on", lookup_expr="lte", label="the last day, inclusive")
    subject_kind = django_filters.ChoiceFilter(choices=SubjectKind.choices)
    leader = IdFilter(field_name="leader")
    organisation = IdFilter(method="of_organisation")
    kind = django_filters.ChoiceFilter(choices=Activity.choices)
    obligation = IdFilter(field_name="obligations")
    duty = django_filters.CharFilter(method="of_duty", max_length=120)
    state = django_filters.ChoiceFilter(choices=DeclaredState.choices)

    def only_mine(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        """Of the own leader, and of the bodies for which one files."""
        if value != "true":
            return queryset
        user = user_of(self.request)
        own = of_organisations(organisation_ids(user, today()))
        return queryset.filter(own | Q(leader=user.leader_id, leader__isnull=False))

    def held_in(self, queryset: QuerySet[Filing], name: str, value: str) -> QuerySet[Filing]:
        period = parse_period(name, value)
        return queryset.filter(held_on__range=(period.starts_on, period.ends_on))

    def of_organisation(self, queryset: QuerySet[Filing], _name: str, value: int) -> QuerySet[Filing]:
        return queryset.filter(Q(organisation=value) | Q(lower_organisation=value))

    def of_duty(self, queryset: QuerySet[Filing], _name: str, value: str) -> QuerySet[Filing]:
        policy, _dot, code = value.partition(".")
        return queryset.filter(duties__version__policy__code=policy, duties__code=code)
