"""Hazards: what was found, where it stands, all that was done about it, and the steps that the office takes."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.models import User
from fieldwork.hazards.enums import Category, Grade, HazardState
from fieldwork.hazards.examining import see_photo
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.queries import (
    alike,
    hazards_visible_to,
    listed,
    listing_of,
    overdue,
    standpoint_of,
    with_course,
)
from fieldwork.supervision.admin.clock import now, of_office, today
from fieldwork.supervision.admin.enclosures import EnclosingAdmin
from fieldwork.supervision.admin.filters import ChoiceFilter, WithinFilter, choosing
from fieldwork.supervision.admin.hazard_course import (
    deadline_of,
    extensions,
    listings,
    points,
    position,
    steps,
    submissions,
    visit,
)
from fieldwork.supervision.admin.hazard_forms import Desk
from fieldwork.supervision.admin.hazard_steps import STEPS
from fieldwork.supervision.admin.showing import (
    NOTHING,
    Words,
    column,
    day,
    instant,
    lines,
    link_to,
    table,
    unbroken,
    yes_or_no,
)

ALIKE = 10  # shown as what may be the same
_YES_OR_NO = (("yes", _("Yes")), ("no", _("No")))
Fields = tuple[Any, ...]


class OverdueFilter(ChoiceFilter):
    """Those whose deadline has passed while somebody was to rectify them."""

    title = _("overdue")
    parameter_name = "overdue"
    choice_list = _YES_OR_NO

    def chosen(self, value: str) -> Q:
        late = overdue(today()) & Q(deadline__isnull=False)
        return late if value == "yes" else ~late


class ListedFilter(ChoiceFilter):
    """Those that are listed for supervision now."""

    title = _("listed for supervision")
    parameter_name = "listed"
    choice_list = _YES_OR_NO

    def chosen(self, value: str) -> Q:
        return listed() if value == "yes" else ~listed()


def _place(row: Hazard) -> Any:
    return row.site or row.site_name


def _where(row: Hazard) -> SafeString:
    return format_html('<div class="roomy">{}</div>', lines(filter(None, (_place(row), row.division))))


def _belongs_to(row: Hazard) -> str | None:
    return f"{row.post.organisation} · {row.post}" if row.post else None


def _declared(row: Hazard) -> Words:
    return Grade(json.loads(row.content)["grade"]).label


def _lost(row: Hazard) -> SafeString | str:
    """Declared photos without bytes: still awaited, or lost and why."""
    absent = (photo for photo in row.photos.all() if photo.blob_id is None)
    heads = (_("photo"), _("lost"), _("reason"))
    return table(heads, ((one.sha256[:12], instant(one.lost_at), one.lost_reason or NOTHING) for one in absent))


class HazardAdmin(EnclosingAdmin):
    """隐患, from the report to the look back."""

    visible = hazards_visible_to
    related = ("division", "site", "check_in", "lead")
    enclosures = "photos"
    steps = STEPS
    list_display = (
        column(_("description of the hazard"), lambda row: _in_short(row.description)),
        column(_("place"), _where, order="division__path"),
        column(_("state"), lambda row: unbroken(row.get_state_display()), order="state"),
        column(_("deadline"), deadline_of, order="deadline"),
        column(_("grade of the hazard"), lambda row: unbroken(row.get_grade_display()), order="grade"),
        column(_("listed for supervision"), lambda row: yes_or_no(listing_of(row) is not None)),
        column(_("category of the hazard"), lambda row: row.get_category_display(), order="category"),
        column(_("found on"), lambda row: day(row.found_on), order="found_at"),
    )
    list_filter = (
        WithinFilter,
        choosing(_("state"), "state", HazardState.choices),
        OverdueFilter,
        choosing(_("grade of the hazard"), "grade", Grade.choices),
        ListedFilter,
        choosing(_("category of the hazard"), "category", Category.choices),
    )
    search_fields = ("description", "site__name", "site_name", "division__name", "lead__name", "rectifying_unit__name")
    linked_by = ("site", "lead", "rectifying_unit")
    ordering = ("-found_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("listings")

    def looked_at(self, enclosed: Any, user: User) -> None:
        see_photo(enclosed, by=user, at=now())

    def glanced_at(self, photo: Any, user: User) -> None:
        see_photo(photo, by=user, at=now())

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With its course, and whose eyes see it."""
        found = super().get_object(request, object_id, from_field)
        more = ("site", "lead", "post__organisation", "uploaded_by", "check_in__lead", "duplicate_of__site")
        row: Any = with_course(Hazard.objects.filter(pk=found.pk)).select_related(*more).get()
        user = of_office(request)
        row.desk = Desk(user, today(), self.admin_site, standpoint_of(user, today()))
        return row

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(heading, {"fields": fields}) for heading, fields in self._groups]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field for _heading, fields in self._groups for field in fields]

    @cached_property
    def _groups(self) -> tuple[tuple[Words, Fields], ...]:
        return (
            (_("As it was found"), self._found()),
            (_("How it stands"), self._standing()),
            (_("What was done"), self._course()),
        )

    def _found(self) -> Fields:
        return (
            column(_("description of the hazard"), lambda row: lines(row.description.splitlines())),
            column(_("category of the hazard"), lambda row: row.get_category_display()),
            column(_("grade as declared"), _declared),
            column(_("division"), lambda row: row.division),
            column(_("place"), lambda row: link_to(row.site) if row.site else row.site_name),
            column(_("industry"), lambda row: row.industry),
            column(_("regulating department"), lambda row: row.regulator),
            column(_("position (WGS-84)"), position),
            column(_("found by"), lambda row: row.lead),
            column(_("post that it belongs to"), _belongs_to),
            column(_("found at"), lambda row: instant(row.found_at)),
            column(_("check-in"), _visit),
            column(_("deadline as proposed"), lambda row: day(row.proposed_deadline)),
            column(_("uploaded by"), lambda row: row.uploaded_by),
            column(_("received at"), lambda row: instant(row.received_at)),
            column(_("prepared by staff"), lambda row: yes_or_no(row.prepared_by_staff)),
            column(_("entered from paper"), lambda row: yes_or_no(row.on_paper)),
            column(_("photos of the hazard"), self._before),
            column(_("photos not here"), _lost),
        )

    def _standing(self) -> Fields:
        return (
            column(_("state"), lambda row: row.get_state_display()),
            column(_("grade of the hazard"), lambda row: row.get_grade_display()),
            column(_("deadline"), deadline_of),
            column(_("rectifying unit"), lambda row: row.rectifying_unit),
            column(_("person who answers for rectifying it"), lambda row: row.rectifying_person),
            column(_("five settled points"), points),
            column(_("listed for supervision"), lambda row: yes_or_no(listing_of(row) is not None)),
            column(_("called rectified on"), lambda row: day(row.submitted_on)),
            column(_("closed at"), lambda row: instant(row.closed_at)),
            column(_("looked back at"), lambda row: instant(row.looked_back_at)),
            column(_("reported already as"), lambda row: self._links([row.duplicate_of] if row.duplicate_of else [])),
            column(_("others reported as this one"), lambda row: self._links(row.duplicates.order_by("found_at"))),
            column(_("may be the same"), self._alike),
        )

    def _course(self) -> Fields:
        return (
            column(_("listings"), listings),
            column(_("extensions"), extensions),
            column(_("submissions"), lambda row: submissions(row, self.shown)),
            column(_("steps"), steps),
        )

    def _before(self, row: Hazard) -> SafeString | str:
        return lines(self.shown(row, photo) for photo in row.photos.all() if photo.submission_id is None)

    def _alike(self, row: Any) -> SafeString | str:
        seen = hazards_visible_to(row.desk.user, row.desk.on).filter(alike(row))
        return self._links(seen.select_related("division", "site").order_by("-found_at", "-pk")[:ALIKE])

    def _links(self, rows: Iterable[Hazard]) -> SafeString | str:
        return lines(link_to(row, self.choice(row)) for row in rows)

    def label(self, row: Hazard) -> str:
        return f"{_place(row) or row.division} · {row.get_category_display()} · {row.found_on}"

    def choice(self, row: Hazard) -> str:
        return f"{self.label(row)} · {_in_short(row.description)}"

    def narrowed(self, field: str, on: date) -> Q:
        return ~Q(state=HazardState.DISMISSED)


def _visit(row: Hazard) -> Any:
    """The check-in, if it has arrived."""
    if row.check_in_id is None:
        return None
    return visit(row.check_in) or _("not yet arrived")


def _in_short(text: str) -> str:
    most = 40
    return text if len(text) <= most else f"{text[:most]}…"
