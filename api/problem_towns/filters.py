"""Filters of marks of problem towns."""

import django_filters

from api.filtering import SearchFilter, StandingFilter, WithinFilter


class ProblemTownFilters(django_filters.FilterSet):
    on = StandingFilter()
    division = WithinFilter(field_name="division__path")
    search = SearchFilter("division__name", "reason")
