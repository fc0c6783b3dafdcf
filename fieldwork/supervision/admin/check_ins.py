"""Check-ins: what was done on site, the doubts about it, what it counts for, and the verdict."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.core.enums import DeclaredState
from fieldwork.directory.models import User
from fieldwork.inspections.actions import review_check_in
from fieldwork.inspections.enums import CaseState, FlagCode
from fieldwork.inspections.examining import see_photos
from fieldwork.inspections.flags import text_of
from fieldwork.inspections.models import CheckIn, Flag
from fieldwork.inspections.queries import cases_visible_to, check_ins_visible_to, in_state
from fieldwork.inspections.rules import ROUGHLY, can_review_check_in, figures_roughly, roughly_m
from fieldwork.supervision.admin.base import Shortcut
from fieldwork.supervision.admin.clock import now, today
from fieldwork.supervision.admin.counting import targets_touched, task_named
from fieldwork.supervision.admin.evidence import evidence_view, look_at_original
from fieldwork.supervision.admin.filters import ChoiceFilter, WithinFilter, choosing
from fieldwork.supervision.admin.proof import ProofAdmin, led_there
from fieldwork.supervision.admin.showing import column, instant, lines, minute, table, yes_or_no
from fieldwork.supervision.admin.verdicts import (
    TimedVerdictForm,
    VerdictForm,
    reviewed,
    reviewing,
    verdict_of,
    verdicts_in_full,
)


def _review(row: CheckIn, given: dict[str, Any], by: User, at: datetime) -> None:
    adopted_at = given.get("captured_at")
    review_check_in(row, verdict=given["verdict"], reason=given["reason"], adopted_at=adopted_at, by=by, at=at)


def _asking(data: Any, row: Any) -> VerdictForm:
    """Where the phone's clock was off, or another time was adopted before, a time is asked for too."""
    adopted_at = row.review and row.review.adopted_at
    off = row.flags.filter(code=FlagCode.CLOCK_SKEW).first()
    if off is None and adopted_at is None:
        return VerdictForm(data)
    suggested = off.figures.get("suggested_at") if off else None
    meant = adopted_at or (datetime.fromisoformat(suggested) if suggested else None)
    return TimedVerdictForm(data, initial={"captured_at": meant})


class CaseFilter(ChoiceFilter):
    """Check-ins by how far their review has come: what waits for a person, whatever was decided before."""

    title = _("review")
    parameter_name = "case"
    choice_list = CaseState.choices

    def chosen(self, value: str) -> Q:
        return in_state(value)


class FlagFilter(ChoiceFilter):
    """Check-ins by the doubts about them: any, none, or one of a kind."""

    title = _("doubts")
    parameter_name = "flag"
    choice_list = [("any", _("any doubt")), ("none", _("no doubt")), *FlagCode.choices]

    def chosen(self, value: str) -> Q:
        raised = Flag.objects.filter(check_in=OuterRef("pk"))
        return {"any": Q(Exists(raised)), "none": Q(~Exists(raised))}.get(value) or Q(Exists(raised.filter(code=value)))


def _position(row: CheckIn) -> str | None:
    """About where."""
    if row.wgs84_latitude is None or row.wgs84_longitude is None:
        return None
    return f"{row.wgs84_latitude:.{ROUGHLY}f}, {row.wgs84_longitude:.{ROUGHLY}f}"


def _doubts(row: CheckIn) -> str:
    """Distances only to 100 m, as the position; the evidence has them exactly."""
    heads = (_("doubt"), _("raised at"), _("weighed by a verdict"))
    return table(
        heads,
        (
            (
                text_of(flag.code, figures_roughly(flag.figures)), instant(flag.raised_at),
                yes_or_no(flag.weighed_by_id is not None),
            )
            for flag in row.flags.all()
        ),
    )  # fmt: skip


def _distance(row: CheckIn) -> str | None:
    metres = roughly_m(row.distance_m)
    return None if metres is None else f"{metres:.0f}"


def _addenda(row: CheckIn) -> str:
    heads = (_("text"), _("answers a rejection"), _("added by"), _("added at"))
    return table(
        heads,
        (
            (one.text, yes_or_no(one.answers_id is not None), one.by, instant(one.at))
            for one in row.addenda.select_related("by").order_by("pk")
        ),
    )


class CheckInAdmin(ProofAdmin):
    """现场检查打卡."""

    visible = check_ins_visible_to
    related = (
        "lead", "site", "uploaded_by", "task__obligation", "task__division", "task__industry", "task__organisation",
    )  # fmt: skip
    source, enclosures = "check_in", "photos"
    shows_inline = False  # each look at an original is on record
    steps = (reviewing(lambda user, row: can_review_check_in(user, row, today()), _review, _asking),)
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
        CaseFilter,
        reviewed("check_in"),
        FlagFilter,
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
            column(_("task named on the phone"), lambda row: task_named(row.task)),
            column(_("targets reached"), lambda row: targets_touched("check_in", str(row.pk))),
            column(_("counts for"), lambda row: row.counting),
            column(_("position, to about a kilometre (WGS-84)"), _position),
            column(_("metres from the target, to 100 m"), _distance),
            column(_("what was seen"), lambda row: row.summary),
            column(_("nothing was found"), lambda row: yes_or_no(row.found_nothing)),
            column(_("uploaded by"), lambda row: row.uploaded_by),
            column(_("doubts"), _doubts),
            column(_("state"), lambda row: row.get_state_display()),
            column(_("verdict"), partial(verdicts_in_full, self.source)),
            column(_("added later"), _addenda),
            column(_("photos"), self.files),
        )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(partial(evidence_view, self))
        return [path("<uuid:object_id>/evidence/", view, name="inspections_checkin_evidence"), *super().get_urls()]

    def shortcuts(self, row: CheckIn, user: User) -> Iterator[Shortcut]:
        if cases_visible_to(user, today()).filter(pk=row.pk).exists():
            yield _("Look at the evidence"), reverse("admin:inspections_checkin_evidence", args=[row.pk])
        yield from super().shortcuts(row, user)

    def looked_at(self, enclosed: Any, user: User) -> None:
        look_at_original(enclosed, user)

    def glanced_at(self, photo: Any, user: User) -> None:
        see_photos(photo.check_in, by=user, at=now())

    def label(self, row: CheckIn) -> str:
        return f"{row.lead} · {minute(row.captured_at)}"

    def lies_within(self, path: str) -> Q:
        return led_there(path, "lead")
