"""Filters of policies."""

import django_filters

from api.filtering import SearchFilter


class PolicyFilters(django_filters.FilterSet):
    code = django_filters.CharFilter(max_length=50)
    search = SearchFilter("title")
