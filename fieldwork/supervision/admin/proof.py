"""Check-ins and filings: what was proved, the doubts about it, and a supervisor's verdict."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from fieldwork.core.enums import DeclaredState
from fieldwork.core.uploads import original
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.paths import within
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.duties.queries import reviews_of
from fieldwork.filings.actions import review_filing
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import filings_visible_to
from fieldwork.filings.rules import can_review_filing
from fieldwork.inspections.actions import review_check_in
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.inspections.rules import can_review_check_in
from fieldwork.supervision.admin.base import ShownAdmin
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.filters import WithinFilter, choosing
from fieldwork.supervision.admin.showing import NOTHING, column, day, instant, lines, minute, table
from fieldwork.supervision.admin.steps import Step

AREA = "post__organisation__division__path"
SEEN_INLINE = ("image/jpeg", "image/png", "image/webp")


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label=_("verdict"), choices=Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("reason"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("Needed to reject. Who filed it reads it."),
    )  # fmt: skip


def _step(allowed: Any, act: Any) -> Step:
    return Step(
        name="review", words=_("Accept or reject"), told=_("The verdict has been recorded."),
        asks=_("What is rejected no longer counts; a later verdict takes the place of this one."),
        allowed=allowed, act=act, form=VerdictForm,
    )  # fmt: skip


def _review_check_in(row: CheckIn, given: dict[str, Any], by: User, at: datetime) -> None:
    review_check_in(row, verdict=given["verdict"], reason=given["reason"], adopted_at=None, by=by, at=at)


def _review_filing(row: Filing, given: dict[str, Any], by: User, at: datetime) -> None:
    review_filing(row, verdict=given["verdict"], reason=given["reason"], by=by, at=at)


class ProofAdmin(ShownAdmin[Any]):
    """Declared once, never changed here; only a verdict is added."""

    source: str
    enclosures: str
    list_per_page = 50

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.file_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_file"
        return [path("<uuid:object_id>/files/<str:sha256>", view, name=name), *super().get_urls()]

    def file_view(self, request: HttpRequest, object_id: Any, sha256: str) -> HttpResponse | FileResponse:
        """The bytes of one enclosure, to whoever sees the proof; only pictures are shown in the page."""
        row = self.get_object(request, str(object_id))
        enclosed = (
            getattr(row, self.enclosures).filter(sha256=sha256, blob__isnull=False).select_related("blob").first()
        )
        if enclosed is None:
            raise Http404
        kind = enclosed.blob.content_type
        response = FileResponse(
            original(sha256).open("rb"), content_type=kind, as_attachment=kind not in SEEN_INLINE,
            filename=getattr(enclosed, "name", "") or sha256[:12],
        )  # fmt: skip
        response["Cache-Control"] = "private, no-store"
        return response

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The page's verdicts are read at once."""
        page = super().get_changelist_instance(request)
        _judge(page.result_list, self.source)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        found = super().get_object(request, object_id, from_field)
        _judge([found], self.source)
        return found

    def files(self, row: Any) -> str:
        return lines(
            self._shown(row, one) for one in getattr(row, self.enclosures).select_related("blob").order_by("pk")
        )

    def _shown(self, row: Any, one: Any) -> SafeString | str:
        words = getattr(one, "name", "") or getattr(one, "caption", "") or one.sha256[:12]
        if one.blob is None:
            return format_html("{}（{}）", words, _("not yet arrived"))
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_file", args=[row.pk, one.sha256])
        if one.blob.content_type in SEEN_INLINE:
            return format_html('<a href="{0}"><img src="{0}" alt="{1}" loading="lazy"></a>', address, words)
        return format_html('<a href="{}">{}</a>', address, words)


def _judge(rows: Collection[Any] | QuerySet[Any], source: str) -> None:
    reviews = reviews_of(source, [str(row.pk) for row in rows])
    for row in rows:
        row.review = reviews.get(str(row.pk))


def verdict_of(row: Any) -> Any:
    return row.review.get_verdict_display() if row.review else None


def _verdict_in_full(row: Any) -> Any:
    if row.review is None:
        return None
    one = row.review
    return table(
        (_("verdict"), _("reason"), _("reviewed by"), _("reviewed at")),
        [(one.get_verdict_display(), one.reason or NOTHING, one.by, instant(one.at))],
    )


def _led_there(path: str, person: str) -> Q:
    tenures = Tenure.objects.filter(within(path, AREA))
    return Q(**{f"{person}__in": tenures.values("leader")})


def _position(row: CheckIn) -> str | None:
    return None if row.wgs84_latitude is None else f"{row.wgs84_latitude:.5f}, {row.wgs84_longitude:.5f}"


def _doubts(row: CheckIn) -> str:
    return lines(flag.get_code_display() for flag in row.flags.all())


class CheckInAdmin(ProofAdmin):
    """现场检查打卡."""

    visible = check_ins_visible_to
    related = ("lead", "site", "uploaded_by")
    source, enclosures = "check_in", "photos"
    steps = (_step(lambda user, row: can_review_check_in(user, row, today()), _review_check_in),)
    list_display = (
        column(_("led by"), lambda row: row.lead, order="lead__name"),
        column(_("captured at"), lambda row: instant(row.captured_at), order="captured_at"),
        column(_("place"), lambda row: row.site or row.site_name),
        column(_("photos"), lambda row: len(row.photos.all())),
        column(_("doubts"), lambda row: lines(flag.get_code_display() for flag in row.flags.all())),
        column(_("state"), lambda row: row.get_state_display(), order="state"),
        column(_("verdict"), verdict_of),
    )
    list_filter = (
        WithinFilter,
        choosing(_("doubts"), "flags__code", FlagCode.choices, "flag"),
        choosing(_("state"), "state", DeclaredState.choices),
    )
    search_fields = ("lead__name", "site_name", "site__name", "summary")
    ordering = ("-captured_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("photos", "flags")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            column(_("led by"), lambda row: row.lead),
            column(_("accompanied by"), lambda row: lines(row.companions.order_by("pk"))),
            column(_("captured at"), lambda row: instant(row.captured_at)),
            column(_("received at"), lambda row: instant(row.received_at)),
            column(_("place"), lambda row: row.site or row.site_name),
            column(_("position (WGS-84)"), _position),
            column(_("metres from the target"), lambda row: None if row.distance_m is None else round(row.distance_m)),
            column(_("what was seen"), lambda row: row.summary),
            column(_("nothing was found"), lambda row: {True: _("Yes"), False: _("No")}.get(row.found_nothing)),
            column(_("uploaded by"), lambda row: row.uploaded_by),
            column(_("doubts"), _doubts),
            column(_("state"), lambda row: row.get_state_display()),
            column(_("verdict"), _verdict_in_full),
            column(_("photos"), self.files),
        )

    def label(self, row: CheckIn) -> str:
        return f"{row.lead} · {minute(row.captured_at)}"

    def lies_within(self, path: str) -> Q:
        return _led_there(path, "lead")


def _subject(row: Filing) -> str:
    bodies = [row.organisation, row.lower_organisation]
    return str(row.leader) if row.leader else " – ".join(str(body) for body in bodies if body)


def _proves(row: Filing) -> str:
    named = [f"{one.get_activity_display()} {one.period}" for one in row.obligations.order_by("pk")]
    return lines([*named, *row.duties.order_by("pk").values_list("name", flat=True)])


class FilingAdmin(ProofAdmin):
    """履职报备."""

    visible = filings_visible_to
    related = ("leader", "organisation", "lower_organisation", "uploaded_by")
    source, enclosures = "filing", "attachments"
    steps = (_step(lambda user, row: can_review_filing(user, row, today()), _review_filing),)
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
            column(_("proves"), _proves),
            column(_("uploaded by"), lambda row: row.uploaded_by),
            column(_("state"), lambda row: row.get_state_display()),
            column(_("verdict"), _verdict_in_full),
            column(_("attachments"), self.files),
        )

    def label(self, row: Filing) -> str:
        return f"{_subject(row)} · {row.title or row.get_kind_display()}"

    def lies_within(self, path: str) -> Q:
        return (
            _led_there(path, "leader")
            | within(path, "organisation__division__path")
            | within(path, "lower_organisation__division__path")
        )
