"""The step on a tenure's page that hands its post over."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.directory.models import Linkage, Tenure, User
from fieldwork.directory.queries import lasting, leaders_visible_to
from fieldwork.directory.rules import can_manage_tenure
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.sought import Seat, Sought
from fieldwork.supervision.admin.steps import Step
from fieldwork.supervision.handover import HandOver, hand_over

if TYPE_CHECKING:
    Choices = forms.ModelMultipleChoiceField[Any]
else:
    Choices = forms.ModelMultipleChoiceField


class Links(Choices):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_kind_display()} · {obj.target}"


class Successor(Sought):
    """Named with the posts held: of one name there may be several in one place."""

    def offer(self, desk: Seat) -> None:
        super().offer(desk)
        tenures = Tenure.objects.select_related("post__organisation").order_by("-starts_on", "-pk")
        people: Any = self.queryset
        self.queryset = people.select_related("division").prefetch_related(Prefetch("tenures", tenures, "tenures_seen"))


class HandOverForm(forms.Form):
    """Shown with all links chosen that stand."""

    leader = Successor(Tenure, "leader", leaders_visible_to, label=_("successor"))
    on = forms.DateField(label=_("first day of the successor"), widget=AdminDateWidget)
    acting = forms.BooleanField(label=_("acting"), required=False)
    reason = forms.CharField(
        label=_("reason"), required=False, max_length=500, help_text=_("Needed where that day lies in the past.")
    )
    linkages = Links(
        None, label=_("linkages that go along"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("An industry and its department go together. What stays behind ends with the tenure."),
    )  # fmt: skip

    def __init__(self, data: Any, row: Any) -> None:
        standing = _standing(row)
        super().__init__(data, initial={"on": row.seat.on, "linkages": [one.pk for one in standing]})
        field: Any = self.fields["linkages"]
        field.queryset = standing
        self.fields["leader"].offer(row.seat)  # type: ignore[attr-defined]  # it is the one above

    def clean(self) -> dict[str, Any]:
        """All is what the default says: then also those that one cannot see on this page yet go along."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        field: Any = self.fields["linkages"]
        if "linkages" in given:
            chosen = list(given["linkages"])
            given["linkages"] = None if len(chosen) == field.queryset.count() else chosen
        return given


def _standing(tenure: Tenure) -> QuerySet[Linkage]:
    ends = lasting(today())
    if tenure.ends_on is not None:
        ends |= Q(ends_on=tenure.ends_on)
    found = Linkage.objects.filter(ends, tenure=tenure)
    return found.select_related("division", "industry", "organisation").order_by("pk")


def _allowed(user: User, row: Any) -> bool:
    return can_manage_tenure(user, row, today())


def _act(row: Any, given: dict[str, Any], by: User, at: datetime) -> None:
    if not can_manage_tenure(by, Tenure(leader=given["leader"], post=row.post), today()):
        raise DomainError(Code.NOT_ALLOWED)
    try:
        hand_over(row, HandOver(**given), by=by, at=at)
    except DomainError as error:
        faults = (FieldError(one.field.partition(".")[0], one.code, one.detail) for one in error.errors)
        raise DomainError(error.code, error.detail, tuple(faults)) from None


HAND_OVER = Step(
    name="hand-over", words=_("Hand the post over"), told=_("The post has been handed over."),
    asks=_(
        "The tenure ends on the day before, the successor's begins with the links; open hazards follow the post."
    ),
    allowed=_allowed, act=_act, form=HandOverForm,
)  # fmt: skip
