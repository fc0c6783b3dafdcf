"""Divisions, industries, sites, and towns where work safety is a problem."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import invalid
from fieldwork.core.geo import Position
from fieldwork.directory.actions import create_site, mark_problem_town
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Division, Industry, ProblemTownMark, Site, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import (
    divisions_visible_to,
    industries_visible_to,
    lasting,
    problem_marks_visible_to,
    sites_visible_to,
)
from fieldwork.directory.rules import can_manage_division
from fieldwork.supervision.admin.base import DatedAdmin, Shortcut, ShownAdmin
from fieldwork.supervision.admin.filters import StandingFilter, WithinFilter, choosing
from fieldwork.supervision.admin.forms import ActionForm
from fieldwork.supervision.admin.merging import MERGE_DIVISION
from fieldwork.supervision.admin.showing import adding, column, link_to, yes_or_no
from fieldwork.supervision.admin.sought import Seated

STREET = column(_("street office"), lambda row: yes_or_no(row.street))


class DivisionAdmin(Seated, ShownAdmin[Division]):
    """Divisions come from an authority's list (`load_divisions`), never from a form; they may be merged here."""

    visible = divisions_visible_to
    related = ("parent", "merged_into")
    steps = (MERGE_DIVISION,)
    division_path = "path"
    fields = (
        "name", "level", STREET, "parent", "authority", "code", "former_code", "edition", "starts_on", "ends_on",
        "merged_into",
        "latitude", "longitude", "radius_m", "seat_source",
    )  # fmt: skip
    list_display = ("name", "level", "parent", "code", "starts_on", "ends_on")
    list_filter = (WithinFilter, StandingFilter, choosing(_("level"), "level", Level.choices))
    search_fields = ("name", "^code")
    ordering = ("path",)

    def label(self, row: Division) -> str:
        return f"{row.name}（{row.parent}）" if row.parent else row.name

    def within_area(self, area: str) -> Q:
        """Whoever serves an area is linked to what lies below it, never to itself."""
        return within(area, "path") & ~Q(path=area)

    def narrowed(self, field: str, on: date) -> Q:
        standing = lasting(on)
        return standing & Q(level=Level.TOWN) if field == "problemtownmark.division" else standing

    def shortcuts(self, row: Division, user: User) -> Iterator[Shortcut]:
        if row.level == Level.TOWN and can_manage_division(user, row):
            yield _("Mark as a problem town"), f"{adding(ProblemTownMark)}?division={row.pk}"
        yield from super().shortcuts(row, user)


class IndustryAdmin(ShownAdmin[Industry]):
    """GB/T 4754-2017, loaded once (`load_industries`)."""

    visible = industries_visible_to
    related = ("parent",)
    fields = list_display = ("code", "name", "parent")
    list_display_links = ("name",)
    search_fields = ("name", "^code")
    ordering = ("code",)

    def label(self, row: Industry) -> str:
        return f"{row.code} {row.name}"


class ProblemTownForm(ActionForm):
    def act(self, given: dict[str, Any]) -> ProblemTownMark:
        self.require_manager(given["division"])
        return mark_problem_town(**given, by=self.by, at=self.at)


class ProblemTownAdmin(DatedAdmin[ProblemTownMark]):
    """安全生产问题突出镇: to which some leaders must be linked."""

    visible = problem_marks_visible_to
    related = ("division__parent",)
    form = ProblemTownForm
    added = fields = ("division", "reason", "starts_on", "ends_on")
    autocomplete_fields = ("division",)
    list_display = ("division", "county", "reason", "starts_on", "ends_on")
    list_filter = (StandingFilter, WithinFilter)
    search_fields = ("division__name", "reason")
    ordering = ("-pk",)

    def division_of(self, row: ProblemTownMark) -> Division:
        return row.division

    @admin.display(description=_("county"))
    def county(self, row: ProblemTownMark) -> str:
        return link_to(row.division.parent)


class SiteForm(ActionForm):
    def act(self, given: dict[str, Any]) -> Site:
        self.require_manager(given["division"])
        latitude, longitude = given.pop("latitude"), given.pop("longitude")
        return create_site(**given, position=_position(latitude, longitude), by=self.by, at=self.at)


def _position(latitude: float | None, longitude: float | None) -> Position | None:
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise invalid(
            "latitude" if latitude is None else "longitude",
            _("Latitude and longitude come together, or neither."),
        )
    try:
        return Position(latitude, longitude)
    except ValueError:
        raise invalid("latitude", _("There is no such place on earth.")) from None


class SiteAdmin(DatedAdmin[Site]):
    """Enterprises and places (场所) that may be inspected. Degrees are WGS-84."""

    visible = sites_visible_to
    related = ("division", "industry", "regulator")
    form = SiteForm
    added = fields = (
        "name", "uscc", "division", "industry", "regulator", "address", "latitude", "longitude", "starts_on", "ends_on",
    )  # fmt: skip
    autocomplete_fields = ("division", "industry", "regulator")
    list_display = ("name", "uscc", "division", "industry", "regulator", "starts_on", "ends_on")
    list_filter = (StandingFilter, WithinFilter)
    search_fields = ("name", "^uscc", "address")
    ordering = ("-pk",)

    def division_of(self, row: Site) -> Division:
        return row.division
