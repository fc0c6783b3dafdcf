"""Excusing from an obligation at its page, and taking that back; who was excused from it, and why."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.duties.enums import ExcuseKind, Outcome
from fieldwork.duties.models import Excuse, Obligation
from fieldwork.duties.rules import can_excuse_obligation
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import filings_visible_to
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.showing import NOTHING, instant, link_to, table
from fieldwork.supervision.admin.steps import Step
from fieldwork.supervision.months.excusing import excuse, take_back

BEFORE = timedelta(days=31)  # by which a leave may be asked for ahead of the period

if TYPE_CHECKING:
    Choices = forms.ModelChoiceField[Filing]
else:
    Choices = forms.ModelChoiceField


class Documents(Choices):
    def label_from_instance(self, obj: Filing) -> str:
        return f"{date_format(obj.held_on)} · {obj.title or obj.get_kind_display()}"


class ExcuseForm(forms.Form):
    kind = forms.ChoiceField(label=_("kind of excuse"), choices=ExcuseKind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("Whoever is excused reads it."),
    )  # fmt: skip
    document = Documents(
        None, label=_("document"), required=False,
        help_text=_("A filing of whom it is about, with the document that proves the reason."),
    )  # fmt: skip

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data)
        field: Any = self.fields["document"]
        field.queryset = _documents(row)


def _documents(row: Any) -> QuerySet[Filing]:
    """Filings of the same subject, in sight of who looks, from a while before the period on."""
    subject = {"leader": row.leader_id} if row.leader_id else {"organisation": row.organisation_id}
    found = filings_visible_to(row.seat.user, row.seat.on).filter(held_on__gte=row.starts_on - BEFORE, **subject)
    return found.order_by("-held_on", "-pk")


def _document(excuse: Excuse) -> object:
    return link_to(Filing(pk=excuse.document), _("document")) if excuse.document else NOTHING


def _excusable(user: User, row: Obligation) -> bool:
    return row.outcome == Outcome.PENDING and can_excuse_obligation(user, row, today())


def _is_excused(user: User, row: Obligation) -> bool:
    standing = row.excuses.filter(taken_back_at__isnull=True)
    return standing.exists() and can_excuse_obligation(user, row, today())


def _may(user: User, row: Obligation) -> bool:
    return can_excuse_obligation(user, row, today())


def _excuse(row: Obligation, given: dict[str, Any], by: User, at: datetime) -> None:
    document = given["document"].pk if given["document"] else None
    excuse(row, kind=given["kind"], reason=given["reason"], document=document, by=by, at=at, on=local_day(at))


def _take_back(row: Obligation, _given: dict[str, Any], by: User, at: datetime) -> None:
    take_back(row, by=by, at=at, on=local_day(at))


EXCUSING = (
    Step(
        name="excuse", words=_("Excuse"), told=_("The excuse has been recorded."),
        asks=_("An excuse is no performance: it is shown and counted apart, and a later proof still counts."),
        allowed=_excusable, act=_excuse, form=ExcuseForm, may_try=_may,
    ),
    Step(
        name="take-back", words=_("Take the excuse back"), told=_("The excuse has been taken back."),
        asks=_("It stays on record. What was not performed is overdue again."),
        allowed=_is_excused, act=_take_back, may_try=_may,
    ),
)  # fmt: skip


def excuses_in_full(row: Obligation) -> str:
    """Every excuse that was granted, the latest first."""
    heads = (
        _("kind of excuse"), _("reason"), _("document"), _("granted by"), _("granted at"), _("taken back by"),
        _("taken back at"),
    )  # fmt: skip
    granted = row.excuses.select_related("granted_by", "taken_back_by").order_by("-pk")
    return table(
        heads,
        (
            (
                one.get_kind_display(), one.reason, _document(one), one.granted_by, instant(one.granted_at),
                one.taken_back_by, instant(one.taken_back_at),
            )
            for one in granted
        ),
    )  # fmt: skip
