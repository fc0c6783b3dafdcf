"""`period=` is exact, `during=` means overlapping."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from fieldwork.core.errors import invalid
from fieldwork.core.periods import Period

NAMES = "`2026-11`, `2026-Q4`, `2026-H2` or `2026`"


def parse_period(field: str, name: str) -> Period:
    """The period of that name; `invalid` on `field` for any other text."""
    try:
        return Period.parse(name)
    except ValueError:
        raise invalid(field, _("A period, as in 2026-11, 2026-Q4, 2026-H2 or 2026.")) from None


class PeriodFilters(django_filters.FilterSet):
    """For rows with `period`, `starts_on` and `ends_on`, of their own or behind `owner` ("obligation__")."""

    owner = ""
    period = django_filters.CharFilter(method="in_period", label=f"exactly this period: {NAMES}")
    during = django_filters.CharFilter(method="overlapping", label=f"what overlaps this period: {NAMES}")

    def in_period(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.owner}period": str(parse_period(name, value))})

    def overlapping(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        period = parse_period(name, value)
        return queryset.filter(
            **{f"{self.owner}starts_on__lte": period.ends_on, f"{self.owner}ends_on__gte": period.starts_on}
        )
