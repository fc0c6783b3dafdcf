"""Filings: work that is not done on site, what it is to prove and whether it counts, and the verdict."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.core.enums import DeclaredState
from fieldwork.directory.models import User
from fieldwork.directory.paths import within
from fieldwork.duties.enums import Activity
from fieldwork.filings.actions import review_filing
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import filings_visible_to
from fieldwork.filings.rules import can_review_filing
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.filters import WithinFilter, choosing
from fieldwork.supervision.admin.proof import ProofAdmin, led_there
from fieldwork.supervision.admin.showing import column, day, instant, lines, yes_or_no
from fieldwork.supervision.admin.verdicts import VerdictForm, reviewed, reviewing, verdict_of, verdicts_in_full


def _review(row: Filing, given: dict[str, Any], by: User, at: datetime) -> None:
    review_filing(row, verdict=given["verdict"], reason=given["reason"], by=by, at=at)


def _asking(data: Any, _row: Any) -> VerdictForm:
    return VerdictForm(data)


def _subject(row: Filing) -> str:
    bodies = [row.organisation, row.lower_organisation]
    return str(row.leader) if row.leader else " – ".join(str(body) for body in bodies if body)


class FilingAdmin(ProofAdmin):
    """履职报备."""

    visible = filings_visible_to
    related = ("leader", "organisation", "lower_organisation", "uploaded_by")
    source, enclosures = "filing", "attachments"
    steps = (reviewing(lambda user, row: can_review_filing(user, row, today()), _review, _asking),)
    list_display = (
        column(_("title"), lambda row: row.title or row.get_kind_display()),
        column(_("kind of work"), lambda row: row.get_kind_display(), order="kind"),
        column(_("who did it"), _subject),
        column(_("held on"), lambda row: day(row.held_on), order="held_on"),
        column(_("received at"), lambda row: instant(row.received_at), order="received_at"),
        column(_("attachments"), lambda row: len(row.attachments.all())),
        column(_("state"), lambda row: row.get_state_display(), order="state"),
        column(_("verdict"), verdict_of),
    )
    list_filter = (
        WithinFilter,
        reviewed("filing"),
        choosing(_("kind of work"), "kind", Activity.choices),
        choosing(_("state"), "state", DeclaredState.choices),
    )
    search_fields = ("leader__name", "organisation__name", "title", "summary")
    ordering = ("-held_on", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("attachments")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            column(_("title"), lambda row: row.title),
            column(_("kind of work"), lambda row: row.get_kind_display()),
            column(_("who did it"), _subject),
            column(_("held on"), lambda row: day(row.held_on)),
            column(_("received at"), lambda row: instant(row.received_at)),
            column(_("what was done"), lambda row: row.summary),
            column(_("participants"), lambda row: lines(row.participants)),
            column(_("proves"), lambda row: row.counting),
            column(_("uploaded by"), lambda row: row.uploaded_by),
            column(_("prepared by staff"), lambda row: yes_or_no(row.prepared_by_staff)),
            column(_("entered from a paper record"), lambda row: yes_or_no(row.on_paper)),
            column(_("state"), lambda row: row.get_state_display()),
            column(_("verdict"), partial(verdicts_in_full, self.source)),
            column(_("attachments"), self.files),
        )

    def label(self, row: Filing) -> str:
        return f"{_subject(row)} · {row.title or row.get_kind_display()}"

    def lies_within(self, path: str) -> Q:
        return (
            led_there(path, "leader")
            | within(path, "organisation__division__path")
            | within(path, "lower_organisation__division__path")
        )
