"""Filters beside a list: where, on which day, and in which state. None offers more than a page of choices."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import Division, User
from fieldwork.directory.paths import STEP
from fieldwork.directory.queries import divisions_visible_to, standing
from fieldwork.duties.models import Opening
from fieldwork.supervision.admin.clock import of_office, today
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import Words

Choices = list[tuple[str, str]]
PERIODS_OFFERED = 24


def around(user: User, chosen: Division | None) -> Choices:
    """The divisions above the chosen one that the user sees, it, and those directly below; indented."""
    visible = divisions_visible_to(user, today())
    if chosen is None:
        top = visible.filter(pk=user.division_id) if user.division_id else visible.filter(parent=None)
        roots = list(top)
        below = visible.filter(standing(today()), parent__in=roots) if user.division_id else top
        return [(str(row.pk), row.name) for row in below.order_by("path")]
    path = chosen.path
    above = visible.filter(path__in=[path[:end] for end in range(STEP, len(path), STEP)]).order_by("path")
    below = visible.filter(standing(today()), parent=chosen).order_by("path")
    line = [*above, chosen]
    shown = [(str(row.pk), f"{'　' * depth}{row.name}") for depth, row in enumerate(line)]
    return shown + [(str(row.pk), f"{'　' * len(line)}{row.name}") for row in below]


class WithinFilter(SimpleListFilter):
    """A division and all below it; offers those above the chosen one in scope, it, and those directly below."""

    title = _("division")
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        self._admin = model_admin
        user = of_office(request)
        self._chosen = self._find(divisions_visible_to(user, today()))
        return around(user, self._chosen)

    def _find(self, visible: QuerySet[Division]) -> Division | None:
        value = self.value()
        if not value:
            return None
        found = visible.filter(pk=number).first() if (number := id_of(value)) else None
        if found is None:
            raise IncorrectLookupParameters
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self._chosen is None else queryset.filter(self._admin.lies_within(self._chosen.path))


class StandingFilter(SimpleListFilter):
    """Dated rows by whether they hold today, or on a day that is typed in."""

    title = _("days on which it holds")
    parameter_name = "on"
    template = "supervision/day_filter.html"
    button = _("Show this day")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Words]]:
        return [("today", _("today")), ("ended", _("ended")), ("coming", _("not yet begun"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case "today":
                return queryset.filter(standing(today()))
            case "ended":
                return queryset.filter(ends_on__lt=today())
            case "coming":
                return queryset.filter(starts_on__gt=today())
        return queryset.filter(standing(self._day()))

    def _day(self) -> date:
        try:
            return date.fromisoformat(str(self.value()))
        except ValueError:
            raise IncorrectLookupParameters from None

    @property
    def day(self) -> str:
        """What the field for a day shows."""
        words = [value for value, _words in self.lookup_choices]
        return "" if self.value() in (None, *words) else str(self.value())

    def choices(self, changelist: Any) -> Iterator[Any]:
        self.others = {name: value for name, value in changelist.params.items() if name != self.parameter_name}
        return super().choices(changelist)


class ChoiceFilter(SimpleListFilter):
    """Rows by the value of a column that holds one of a few."""

    field: ClassVar[str]
    choice_list: ClassVar[Sequence[tuple[Any, Words]]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Words]]:
        return [(str(value), words) for value, words in self.choice_list if value != ""]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if value not in {str(known) for known, _words in self.choice_list}:
            raise IncorrectLookupParameters
        return queryset.filter(self.chosen(value))

    def chosen(self, value: str) -> Q:
        return Q(**{self.field: value})


def choosing(title: Words, field: str, choices: Sequence[tuple[Any, Any]], name: str = "") -> type[ChoiceFilter]:
    """A filter by `field`; `name` is its parameter in the address, else the field's."""
    values = {"title": title, "parameter_name": name or field, "field": field, "choice_list": tuple(choices)}
    return type("Chosen", (ChoiceFilter,), values)


class PeriodFilter(SimpleListFilter):
    """The periods opened last."""

    title = _("period")
    parameter_name = "period"
    path = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = Opening.objects.order_by("-ends_on", "period").values_list("period", flat=True)[:PERIODS_OFFERED]
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.path: self.value()}) if self.value() else queryset


class TaskPeriodFilter(PeriodFilter):
    path = "obligation__period"
