"""Working days and holidays: what the yearly notice says, and single days said by hand."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.periods import YEARS
from fieldwork.directory.models import User
from fieldwork.reminders.models import Workday
from fieldwork.reminders.notices import set_workday
from fieldwork.reminders.queries import workdays_visible_to
from fieldwork.reminders.rules import can_set_workdays
from fieldwork.supervision.admin.base import ActingAdmin
from fieldwork.supervision.admin.clock import of_office
from fieldwork.supervision.admin.forms import ActionForm
from fieldwork.supervision.admin.showing import yes_or_no


class WorkdayForm(ActionForm):
    """One day; a day that stands already is said anew."""

    def act(self, given: dict[str, Any]) -> Workday:
        if not can_set_workdays(self.by):
            raise DomainError(Code.NOT_ALLOWED)
        return set_workday(**{"day": self.instance.day, **given}, by=self.by, at=self.at)


class YearFilter(SimpleListFilter):
    title = _("year")
    parameter_name = "year"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(day.year), str(day.year)) for day in Workday.objects.dates("day", "year", order="DESC")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value is None:
            return queryset
        if not value.isascii() or not value.isdecimal() or int(value) not in YEARS:
            raise IncorrectLookupParameters
        return queryset.filter(day__range=(date(int(value), 1, 1), date(int(value), 12, 31)))


class WorkdayAdmin(ActingAdmin[Workday]):
    """Days that are worked, or not, whatever the calendar says. A year's come from its notice (`load_workdays`)."""

    visible = workdays_visible_to
    form = change_form = WorkdayForm
    added = ("day", "worked", "source")
    fields = added
    changed = ("worked", "source")
    list_display = ("day", "weekday", "is_worked", "source")
    list_display_links = ("day",)
    list_filter = (YearFilter,)
    search_fields = ("source",)
    ordering = ("-day",)

    def manages(self, user: User, row: Workday) -> bool:
        return can_set_workdays(user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and can_set_workdays(of_office(request))

    def label(self, row: Workday) -> str:
        return date_format(row.day)

    @admin.display(description=_("day of the week"))
    def weekday(self, row: Workday) -> str:
        return date_format(row.day, "l")

    @admin.display(description=_("worked"), ordering="worked")
    def is_worked(self, row: Workday) -> Any:
        return yes_or_no(row.worked)
