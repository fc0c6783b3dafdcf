"""What a clerk says with each step of a hazard; the fields are named as the domain's effects name them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.periods import YEARS
from fieldwork.directory.models import User
from fieldwork.hazards.enums import Action, Grade, HazardState
from fieldwork.hazards.models import Hazard, Listing
from fieldwork.hazards.queries import Standpoint, hazards_visible_to, listing_of, units_nameable_by
from fieldwork.inspections.queries import check_ins_visible_to
from fieldwork.supervision.admin.showing import Words
from fieldwork.supervision.admin.sought import Seat, Sought

MOST, SHORT = 5000, 1000  # characters of a text
STAYS = _("Left empty, what stands is kept.")


@dataclass(frozen=True, slots=True)
class Desk(Seat):
    """And from which standpoint, as a hazard has it."""

    standpoint: Standpoint


class StepForm(forms.Form):
    """`key` becomes the step's id: made when the form is shown, so that whatever is sent twice is one step. `seen` is
    how many had been taken then: nobody decides on what has changed behind the page."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data, initial={"seen": row.steps_taken, **self.suggested(row, listing_of(row), row.desk.on)})
        for field in self.fields.values():
            if isinstance(field, Sought):
                field.offer(row.desk)

    def suggested(self, row: Hazard, listing: Listing | None, on: date) -> dict[str, Any]:
        """What the fields hold before anybody fills them in."""
        return {}


def _text(label: Words, *, required: bool = False, most: int = SHORT, hint: Words = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4, "cols": 60})
    return forms.CharField(label=label, required=required, max_length=most, widget=area, help_text=hint)


def _person(label: Words) -> forms.CharField:
    return forms.CharField(label=label, max_length=100)


def _unit(side: str, label: Words) -> Sought:
    return Sought(Listing, side, units_nameable_by, label=label)


def _check_in(label: Words) -> Sought:
    return Sought(Hazard, "check_in", check_ins_visible_to, label=label, required=False)


def _others(user: User, on: date) -> QuerySet[Hazard]:
    """What another may be a duplicate of."""
    return hazards_visible_to(user, on).exclude(state=HazardState.DISMISSED)


class GradeForm(StepForm):
    grade = forms.ChoiceField(label=_("grade of the hazard"), choices=Grade.choices, widget=forms.RadioSelect)
    reason = _text(_("reason"), hint=_("Needed where the grade changes."))

    def suggested(self, row: Hazard, listing: Listing | None, on: date) -> dict[str, Any]:
        return {"grade": row.grade}


class PlanForm(StepForm):
    measures = _text(_("measures"), most=MOST, hint=STAYS)
    responsibility = _text(_("responsibility"), most=MOST, hint=STAYS)
    funds = _text(_("funds"), most=MOST, hint=STAYS)
    emergency_plan = _text(_("emergency plan"), most=MOST, hint=STAYS)

    def suggested(self, row: Hazard, listing: Listing | None, on: date) -> dict[str, Any]:
        return {name: getattr(row, name) for name in ("measures", "responsibility", "funds", "emergency_plan")}


class AssignForm(PlanForm):
    """A deadline that stands is shown, and moved by an extension alone."""

    rectifying_unit = _unit("rectifying_unit", _("rectifying unit"))
    rectifying_person = _person(_("person who answers for rectifying it"))
    deadline = forms.DateField(
        label=_("deadline"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(date(min(YEARS), 1, 1)), MaxValueValidator(date(max(YEARS), 12, 31))],
    )  # fmt: skip
    measures = _text(_("measures"), required=True, most=MOST)
    field_order = ("rectifying_unit", "rectifying_person", "deadline", "measures")

    def __init__(self, data: Any, row: Any) -> None:
        super().__init__(data, row)
        self.fields["deadline"].disabled = row.state == HazardState.RECTIFYING

    def suggested(self, row: Hazard, listing: Listing | None, on: date) -> dict[str, Any]:
        return {
            **super().suggested(row, listing, on), **_who_rectifies(row, listing),
            "deadline": row.deadline or row.proposed_deadline,
        }  # fmt: skip


class ListForm(StepForm):
    year = forms.IntegerField(label=_("year"), min_value=min(YEARS), max_value=max(YEARS))
    batch = forms.IntegerField(label=_("batch"), min_value=1, max_value=999, initial=1)
    rectifying_unit = _unit("rectifying_unit", _("rectifying unit"))
    rectifying_person = _person(_("person who answers for rectifying it"))
    assisting_unit = _unit("assisting_unit", _("assisting unit"))
    assisting_person = _person(_("person who answers for assisting"))
    supervising_unit = _unit("supervising_unit", _("supervising unit"))
    supervising_person = _person(_("person who answers for supervising"))

    def suggested(self, row: Hazard, listing: Listing | None, on: date) -> dict[str, Any]:
        return {"year": on.year, **_who_rectifies(row, listing)}


def _who_rectifies(row: Hazard, listing: Listing | None) -> dict[str, Any]:
    said = row if row.rectifying_unit_id or listing is None else listing
    return {"rectifying_unit": said.rectifying_unit_id, "rectifying_person": said.rectifying_person}


class LookForm(StepForm):
    check_in = _check_in(_("check-in in which it was looked at"))
    remark = _text(_("remark"))


class ReasonForm(StepForm):
    reason = _text(_("reason"), required=True)


class ReopenForm(ReasonForm):
    check_in = _check_in(_("check-in in which it was found again"))


class DecisionForm(StepForm):
    granted = forms.TypedChoiceField(
        label=_("decision"), choices=[("yes", _("granted")), ("no", _("refused"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )  # fmt: skip
    reason = _text(_("reason"), hint=_("Needed to refuse."))


class DismissForm(StepForm):
    duplicate_of = Sought(Hazard, "duplicate_of", _others, label=_("reported already as"), required=False)
    reason = _text(_("reason"), hint=_("Needed, but for what was reported already."))


FORMS: dict[Action, type[StepForm]] = {
    Action.GRADE: GradeForm,
    Action.ASSIGN: AssignForm,
    Action.PLAN: PlanForm,
    Action.LIST: ListForm,
    Action.ACCEPT: LookForm,
    Action.RETURN: ReasonForm,
    Action.DECIDE_EXTENSION: DecisionForm,
    Action.REOPEN: ReopenForm,
    Action.LOOK_BACK: LookForm,
    Action.DISMISS: DismissForm,
}
