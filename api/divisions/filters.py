"""Filters of divisions."""

import django_filters

from api.filtering import FlagFilter, IdFilter, SearchFilter, StandingFilter, WithinFilter
from fieldwork.directory.enums import Level


class DivisionFilters(django_filters.FilterSet):
    on = StandingFilter()
    division = WithinFilter(field_name="path")
    parent = IdFilter(field_name="parent")
    level = django_filters.ChoiceFilter(choices=Level.choices)
    street = FlagFilter()
    code = django_filters.CharFilter(max_length=12)
    search = SearchFilter("name")
