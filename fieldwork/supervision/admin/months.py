"""Published periods: as they were published, what has been amended since, and publishing one."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import invalid
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.duties.enums import Status
from fieldwork.supervision.admin.base import ActingAdmin
from fieldwork.supervision.admin.clock import now
from fieldwork.supervision.admin.duties import who_owes
from fieldwork.supervision.admin.filters import PeriodFilter, WithinFilter
from fieldwork.supervision.admin.forms import ActionForm
from fieldwork.supervision.admin.showing import NOTHING, column, instant, lines, link_to, table, yes_or_no
from fieldwork.supervision.models import Amendment, Freeze
from fieldwork.supervision.months.figures import figures_now
from fieldwork.supervision.months.freezing import freeze
from fieldwork.supervision.months.queries import freezes_visible_to

SHOWN = 200


class FreezeForm(ActionForm):
    def act(self, given: dict[str, Any]) -> Freeze:
        self.require_manager(given["division"])
        try:
            period = Period.parse(given["period"])
        except ValueError:
            raise invalid("period", _("A period, as in 2026-11, 2026-Q4, 2026-H2 or 2026.")) from None
        return freeze(period, given["division"], reason=given["reason"], by=self.by, at=self.at)[0]


def _figures(row: Freeze) -> str:
    """As published, and as they stand now."""
    present = figures_now(Period.parse(row.period), row.division, now()).statuses
    published = row.figures["statuses"]
    heads = (_("state"), _("as published"), _("now"))
    return table(heads, ((label, published[status], present[status]) for status, label in Status.choices))


def _incomplete(row: Freeze) -> str:
    named = row.incomplete
    return lines(
        [
            f"{_('check-ins whose photos had not arrived')}: {named['check_ins']['count']}",
            f"{_('filings whose files had not arrived')}: {named['filings']['count']}",
            f"{_('check-ins that waited for a verdict')}: {named['reviews']['count']}",
            f"{_('changed facts still to be followed')}: {yes_or_no(named['facts'])}",
        ]
    )


def _amendments(row: Freeze) -> str:
    """The latest first; and how many more there are, which `GET periods/{period}/amendments` has."""
    subjects = ("leader", "organisation", "lower_organisation")
    found = Amendment.objects.filter(frozen__freeze=row).order_by("-pk")
    found = found.select_related(*(f"frozen__obligation__{subject}" for subject in subjects))
    heads = (_("who is to do it"), _("before"), _("after"), _("why"), _("reason"), _("when"))
    shown = list(found[:SHOWN])
    more = found.count() - SHOWN if len(shown) == SHOWN else 0
    rows = table(
        heads,
        (
            (
                link_to(one.frozen.obligation, who_owes(one.frozen.obligation)), one.get_before_display() or NOTHING,
                one.get_after_display() or NOTHING, one.get_why_display(), one.reason or NOTHING, instant(one.at),
            )
            for one in shown
        ),
    )  # fmt: skip
    return lines([rows, _("And %(more)s more.") % {"more": more}]) if more else rows


class FreezeAdmin(ActingAdmin[Freeze]):
    """定稿: a period of a division, once."""

    visible = freezes_visible_to
    related = ("division", "by")
    form = FreezeForm
    added = ("period", "division", "reason")
    autocomplete_fields = ("division",)
    list_display = (
        column(_("period"), lambda row: row.period, order="period"),
        column(_("division"), lambda row: row.division, order="division__path"),
        column(_("published by"), lambda row: row.by),
        column(_("published at"), lambda row: instant(row.at), order="at"),
    )
    list_filter = (WithinFilter, PeriodFilter)
    search_fields = ("division__name", "reason")
    ordering = ("-pk",)
    fields: ClassVar[Any] = (
        *list_display,
        column(_("reason"), lambda row: row.reason),
        column(_("figures"), _figures),
        column(_("incomplete when published"), _incomplete),
        column(_("amended since"), _amendments),
    )

    def division_of(self, row: Freeze) -> Division:
        return row.division

    def get_readonly_fields(self, request: HttpRequest, obj: Freeze | None = None) -> Any:
        return () if obj is None else self.fields
