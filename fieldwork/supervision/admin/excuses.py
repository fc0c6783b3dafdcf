"""Excusing from an obligation at its page, and taking that back; who was excused from it, and why."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.duties.enums import ExcuseKind, Outcome
from fieldwork.duties.models import Obligation
from fieldwork.duties.rules import can_excuse_obligation
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.showing import instant, table
from fieldwork.supervision.admin.steps import Step
from fieldwork.supervision.months.excusing import excuse, take_back


class ExcuseForm(forms.Form):
    kind = forms.ChoiceField(label=_("kind of excuse"), choices=ExcuseKind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text=_("Whoever is excused reads it."),
    )  # fmt: skip


def _asking(data: Any, _row: Any) -> ExcuseForm:
    return ExcuseForm(data)


def _excusable(user: User, row: Obligation) -> bool:
    return row.outcome == Outcome.PENDING and can_excuse_obligation(user, row, today())


def _is_excused(user: User, row: Obligation) -> bool:
    standing = row.excuses.filter(taken_back_at__isnull=True)
    return standing.exists() and can_excuse_obligation(user, row, today())


def _may(user: User, row: Obligation) -> bool:
    return can_excuse_obligation(user, row, today())


def _excuse(row: Obligation, given: dict[str, Any], by: User, at: datetime) -> None:
    excuse(row, kind=given["kind"], reason=given["reason"], by=by, at=at, on=local_day(at))


def _take_back(row: Obligation, _given: dict[str, Any], by: User, at: datetime) -> None:
    take_back(row, by=by, at=at, on=local_day(at))


EXCUSING = (
    Step(
        name="excuse", words=_("Excuse"), told=_("The excuse has been recorded."),
        asks=_("An excuse is no performance: it is shown and counted apart, and a later proof still counts."),
        allowed=_excusable, act=_excuse, form=_asking, may_try=_may,
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
        _("kind of excuse"), _("reason"), _("granted by"), _("granted at"), _("taken back by"), _("taken back at"),
    )  # fmt: skip
    granted = row.excuses.select_related("granted_by", "taken_back_by").order_by("-pk")
    return table(
        heads,
        (
            (
                one.get_kind_display(), one.reason, one.granted_by, instant(one.granted_at), one.taken_back_by,
                instant(one.taken_back_at),
            )
            for one in granted
        ),
    )  # fmt: skip
