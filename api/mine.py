"""`?mine=true`: what rests on my own tenures, and on bodies where I hold a post or am the unit; not all I may see."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import BigIntegerField, QuerySet, Value

from api.clock import today
from fieldwork.directory.models import Organisation, Tenure, User
from fieldwork.directory.queries import standing
from fieldwork.duties.models import Obligation

ID = BigIntegerField()


def own_obligations(leader: Any, unit: Any, on: date) -> QuerySet[Obligation, Any]:
    """The ids of the obligations of a leader, of the bodies where that leader holds a post on a day, and of a unit
    that stands on it.

    `leader` and `unit` are expressions; null is nobody. One index after another, where an `or` would read every row.
    """
    held = Tenure.objects.filter(standing(on), leader=leader).values("post__organisation")
    own_unit = Organisation.objects.filter(standing(on), pk=unit).values("pk")
    found = Obligation.objects.order_by().values("pk")
    return found.filter(leader=leader).union(
        found.filter(organisation__in=held),
        found.filter(lower_organisation__in=held),
        found.filter(organisation__in=own_unit),
        found.filter(lower_organisation__in=own_unit),
        all=True,
    )


class MineFilters(django_filters.FilterSet):
    """For rows that belong to a leader, by the column or path `leader_path`."""

    leader_path = "leader"
    mine = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="only_mine")

    def only_mine(self, queryset: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return self.of_user(queryset, self.request.user) if value == "true" else queryset

    def of_user(self, queryset: QuerySet[Any], user: User) -> QuerySet[Any]:
        return queryset.filter(**{self.leader_path: user.leader_id}) if user.leader_id else queryset.none()


class OwedFilters(MineFilters):
    """For obligations, and rows with theirs at `obligation_path`."""

    obligation_path = "pk"

    def of_user(self, queryset: QuerySet[Any], user: User) -> QuerySet[Any]:
        own = own_obligations(Value(user.leader_id, ID), Value(user.organisation_id, ID), today())
        return queryset.filter(**{f"{self.obligation_path}__in": own})
