"""Filters of sites."""

import django_filters

from api.filtering import IdFilter, SearchFilter, StandingFilter, WithinFilter


class SiteFilters(django_filters.FilterSet):
    on = StandingFilter()
    division = WithinFilter(field_name="division__path")
    industry = IdFilter(field_name="industry")
    regulator = IdFilter(field_name="regulator")
    uscc = django_filters.CharFilter(max_length=18)
    search = SearchFilter("name", "address")
