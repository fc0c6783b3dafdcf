"""Filters of users."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet

from api.clock import today
from api.filtering import FlagFilter, IdFilter, SearchFilter, WithinFilter
from api.me.roles import ROLES
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation, Division, Organisation, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import NOTHING, standing, users_placed


def assists(on: Any) -> Exists:
    """Whether a leader has delegated to the user on that day."""
    return Exists(Delegation.objects.filter(standing(on), assistant=OuterRef("pk")))


def has_unit(on: Any) -> Exists:
    """Whether the user's unit stands on that day."""
    return Exists(Organisation.objects.filter(standing(on), pk=OuterRef("organisation")))


class PlacedFilter(WithinFilter):
    """Users with an office, home, unit, leader or delegation in the division with this id, or below it."""

    def filter(self, qs: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        if value is None:
            return qs
        path = Division.objects.filter(pk=value).values_list("path", flat=True).first()
        return qs.filter(users_placed(lambda field: within(path, field)) if path else NOTHING)


class UserFilters(django_filters.FilterSet):
    division = PlacedFilter()
    organisation = IdFilter(field_name="organisation")
    leader = IdFilter(field_name="leader")
    office = django_filters.ChoiceFilter(choices=[(office, office) for office in Office.values if office])
    role = django_filters.ChoiceFilter(choices=[(role, role) for role in ROLES], method="with_role")
    active = FlagFilter(field_name="is_active")
    search = SearchFilter("name", "username")

    def with_role(self, queryset: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        match value:
            case "leader":
                return queryset.filter(leader__isnull=False)
            case "assistant":
                return queryset.filter(assists(today()))
            case "unit":
                return queryset.filter(has_unit(today()))
        return queryset.filter(office=value)
