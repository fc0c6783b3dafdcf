"""Filters of organisations."""

import django_filters

from api.filtering import IdFilter, SearchFilter, StandingFilter, WithinFilter
from fieldwork.directory.enums import DepartmentKind, OrganisationKind


class OrganisationFilters(django_filters.FilterSet):
    on = StandingFilter()
    division = WithinFilter(field_name="division__path")
    kind = django_filters.ChoiceFilter(choices=OrganisationKind.choices)
    department_kind = django_filters.ChoiceFilter(choices=[c for c in DepartmentKind.choices if c[0]])
    industry = IdFilter(field_name="industry")
    search = SearchFilter("name")
