"""Filters of industries."""

import django_filters

from api.filtering import IdFilter, SearchFilter


class IndustryFilters(django_filters.FilterSet):
    parent = IdFilter(field_name="parent")
    code = django_filters.CharFilter(max_length=10)
    search = SearchFilter("name", "code")
