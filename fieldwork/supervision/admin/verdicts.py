"""A supervisor's verdict on what was proved: asking for it, showing it, and finding what still waits for one."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.core.validators import MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from fieldwork.core.database import Dashed
from fieldwork.duties.enums import Verdict
from fieldwork.duties.models import Review
from fieldwork.duties.queries import reviews_of
from fieldwork.supervision.admin.filters import ChoiceFilter
from fieldwork.supervision.admin.showing import NOTHING, instant, table
from fieldwork.supervision.admin.steps import Step

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
WAITING = "waiting"


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label=_("verdict"), choices=Verdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("reason"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("Needed to reject. Who filed it reads it."),
    )  # fmt: skip


class TimedVerdictForm(VerdictForm):
    """A verdict with the time to be taken for the true one; a rejection takes none."""

    captured_at = forms.DateTimeField(
        label=_("time that counts"), required=False, validators=[MinValueValidator(EARLIEST)],
        widget=forms.DateTimeInput({"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"),
        help_text=_("Filled in with what the phone's clock should have shown. Left empty, the captured time counts."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("verdict") == Verdict.REJECTED:
            given["captured_at"] = None
        return given


def reviewing(allowed: Any, act: Any, form: Any) -> Step:
    """The page that asks for a verdict; `form` as a step has it."""
    return Step(
        name="review", words=_("Accept or reject"), told=_("The verdict has been recorded."),
        asks=_("What is rejected no longer counts; a later verdict takes the place of this one."),
        allowed=allowed, act=act, form=form,
    )  # fmt: skip


def judge(rows: Collection[Any] | QuerySet[Any], source: str) -> None:
    """Put the latest verdict beside each row; one query."""
    reviews = reviews_of(source, [str(row.pk) for row in rows])
    for row in rows:
        row.review = reviews.get(str(row.pk))


def verdict_of(row: Any) -> Any:
    return row.review.get_verdict_display() if row.review else None


def verdicts_in_full(source: str, row: Any) -> Any:
    """Every verdict on the row, the latest first: that one holds."""
    heads = (_("verdict"), _("reason"), _("time that counts"), _("reviewed by"), _("reviewed at"))
    said = Review.objects.filter(performance__source_kind=source, performance__source_id=str(row.pk))
    return table(
        heads,
        (
            (one.get_verdict_display(), one.reason or NOTHING, instant(one.adopted_at), one.by, instant(one.at))
            for one in said.select_related("by").order_by("-pk")
        ),
    )


class ReviewFilter(ChoiceFilter):
    """What waits for a verdict, and what has which; the latest one holds."""

    title = _("verdict")
    parameter_name = "review"
    choice_list = [(WAITING, _("not yet reviewed")), *Verdict.choices]
    source: ClassVar[str]

    def chosen(self, value: str) -> Q:
        given = Review.objects.filter(
            performance__source_kind=self.source, performance__source_id=Dashed(OuterRef("pk"))
        ).order_by("-pk")
        if value == WAITING:
            return Q(~Exists(given))
        return Q(Exact(Subquery(given.values("verdict")[:1]), Value(value)))


def reviewed(source: str) -> type[ReviewFilter]:
    return type("Reviewed", (ReviewFilter,), {"source": source})
