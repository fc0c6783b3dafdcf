"""Filters of check-ins."""

import django_filters
from django.db.models import QuerySet

from api.filtering import IdFilter
from api.mine import MineFilters
from api.periods.filters import NAMES, parse_period
from fieldwork.core.enums import DeclaredState
from fieldwork.duties.queries import proofs_of
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn


class CheckInFilters(MineFilters):
    leader_path = "lead"
    period = django_filters.CharFilter(method="captured_in", label=f"captured in this period: {NAMES}")
    during = django_filters.CharFilter(method="captured_in", label=f"captured in this period: {NAMES}")
    state = django_filters.ChoiceFilter(choices=DeclaredState.choices, method="so_far")
    flag = django_filters.ChoiceFilter(choices=FlagCode.choices, field_name="flags__code")
    lead = IdFilter(field_name="lead")
    obligation = IdFilter(method="counting_for")

    def counting_for(self, queryset: QuerySet[CheckIn], _name: str, value: int) -> QuerySet[CheckIn]:
        """What proves it, of what one may see."""
        proofs = proofs_of(value).filter(source_kind="check_in").values_list("source_id", flat=True)
        return queryset.filter(pk__in=list(proofs))

    def so_far(self, queryset: QuerySet[CheckIn], _name: str, value: str) -> QuerySet[CheckIn]:
        # What is incomplete was not checked, and an index holds just that.
        unchecked = {"checked_at__isnull": True} if value == DeclaredState.INCOMPLETE else {}
        return queryset.filter(state=value, **unchecked)

    def captured_in(self, queryset: QuerySet[CheckIn], name: str, value: str) -> QuerySet[CheckIn]:
        period = parse_period(name, value)
        # The same as by `captured_on`, and the column that lists are ordered by: an index finds where a page begins.
        return queryset.filter(captured_at__gte=period.starts_at(), captured_at__lt=period.ends_at())
