"""`?mine=true`: what rests on my own tenures, not all that I may see."""

from typing import Any

import django_filters
from django.db.models import QuerySet


class MineFilters(django_filters.FilterSet):
    """For rows that belong to a leader, by the column or path `leader_path`."""

    leader_path = "leader"
    mine = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="only_mine")

    def only_mine(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        if value != "true":
            return queryset
        leader = getattr(self.request.user, "leader_id", None)
        return queryset.filter(**{self.leader_path: leader}) if leader else queryset.none()
