"""Filters of posts."""

import django_filters

from api.filtering import FlagFilter, IdFilter, SearchFilter, StandingFilter, WithinFilter


class PostFilters(django_filters.FilterSet):
    on = StandingFilter()
    division = WithinFilter(field_name="organisation__division__path")
    organisation = IdFilter(field_name="organisation")
    role = django_filters.CharFilter(max_length=60)
    safety_portfolio = FlagFilter()
    search = SearchFilter("title")
