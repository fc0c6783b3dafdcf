"""Filters of cases."""

import django_filters
from django.db.models import QuerySet

from api.check_ins.filters import CheckInFilters
from api.filtering import WithinFilter
from fieldwork.directory.models import Division
from fieldwork.directory.queries import NOTHING
from fieldwork.inspections.enums import CaseState
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import in_state, questioned, served_within

ALL = "all"
STATES = [(str(state), state.label) for state in (CaseState.WAITING, CaseState.ANSWERED, CaseState.DECIDED)]


class CaseFilters(CheckInFilters):
    """`division` as the scope of an office has it: where the lead served on the day."""

    mine = None
    state = django_filters.ChoiceFilter(
        choices=[*STATES, (ALL, ALL)],
        method="so_far",
        label="`waiting` (also what was answered) unless asked otherwise",
    )
    division = WithinFilter(method="led_within")

    def so_far(self, queryset: QuerySet[CheckIn], _name: str, value: str) -> QuerySet[CheckIn]:
        return queryset.filter(questioned() if value == ALL else in_state(value))

    def led_within(self, queryset: QuerySet[CheckIn], _name: str, value: int) -> QuerySet[CheckIn]:
        path = Division.objects.filter(pk=value).values_list("path", flat=True).first()
        return queryset.filter(served_within(path, "lead", "captured_on") if path else NOTHING)
