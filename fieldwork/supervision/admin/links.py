"""Links (挂点联系) of tenures to counties, towns, industries and departments."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Division, Industry, Linkage, Organisation, Tenure, User
from fieldwork.directory.queries import linkages_visible_to, standing
from fieldwork.directory.rules import can_manage_tenure
from fieldwork.supervision import actions
from fieldwork.supervision.admin.base import DatedAdmin
from fieldwork.supervision.admin.bulk_links import end_together
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.filters import StandingFilter, WithinFilter, choosing
from fieldwork.supervision.admin.forms import ActionForm, EndForm
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import NOTHING, link_to
from fieldwork.supervision.admin.steps import Step

Target = Division | Industry | Organisation
AREA = "tenure__post__organisation__division"


class LinkageForm(ActionForm):
    """A place, an industry, a department; or an industry with its department, which makes a pair (1个行业及部门)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "organisation" in self.fields:
            self.fields["organisation"].help_text = _("Together with an industry it makes a pair.")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        chosen = {name for name in ("division", "industry", "organisation") if given.get(name)}
        allowed = ({"division"}, {"industry"}, {"organisation"}, {"industry", "organisation"})
        if chosen not in allowed and not self.errors:
            words = _("Choose a place, an industry or a department; or an industry and its department.")
            raise ValidationError(words)
        return given

    def act(self, given: dict[str, Any]) -> Linkage:
        tenure: Tenure = given["tenure"]
        if not can_manage_tenure(self.by, tenure, today()):
            raise DomainError(Code.NOT_ALLOWED)
        days = {"starts_on": given["starts_on"], "ends_on": given["ends_on"]}
        if place := given["division"]:
            return self._link("division", tenure, place.level, place, **days)
        industry = self._industry(tenure, given["industry"], days) if given["industry"] else None
        if not given["organisation"]:
            assert industry is not None, "clean() asks for one of them"
            return industry
        return self._link(
            "organisation", tenure, LinkageKind.DEPARTMENT, given["organisation"], paired_with=industry, **days
        )

    def _industry(self, tenure: Tenure, industry: Industry, days: dict[str, Any]) -> Linkage:
        """The linkage to the industry: for a pair the one that stands already and has no department yet."""
        if self.cleaned_data["organisation"]:
            alone = tenure.linkages.filter(standing(days["starts_on"]), industry=industry, linkage__isnull=True).first()
            if alone is not None:
                return alone
        return self._link("industry", tenure, LinkageKind.INDUSTRY, industry, **days)

    def _link(self, field: str, tenure: Tenure, kind: str, target: Target, **more: Any) -> Linkage:
        try:
            return actions.link(tenure=tenure, kind=kind, target=target, by=self.by, at=self.at, **more)
        except DomainError as error:
            faults = tuple(
                FieldError(field if fault.field in ("target", "paired_with") else fault.field, fault.code, fault.detail)
                for fault in error.errors
            )
            raise DomainError(error.code, error.detail, faults) from None


class LinkageEndForm(EndForm):
    def act(self, given: dict[str, Any]) -> Linkage:
        return actions.end_linkage(linkage=self.instance, **self.ending(given))


def _may_withdraw(user: User, row: Linkage) -> bool:
    return row.starts_on > today() and can_manage_tenure(user, row.tenure, today())


def _withdraw(row: Linkage, _given: dict[str, Any], by: User, at: datetime) -> None:
    actions.withdraw_linkage(linkage=row, by=by, at=at)


WITHDRAW = Step(
    name="withdraw", words=_("Withdraw"), told=_("It has been withdrawn."), removes=True,
    asks=_("This has not begun yet and can be taken back as if it had never been entered."),
    allowed=_may_withdraw, act=_withdraw,
)  # fmt: skip


class InArea(AutocompleteSelect):
    """Asks for choices with the tenure that the page was opened for."""

    tenure: int | None = None

    def get_url(self) -> str:
        return f"{super().get_url()}?tenure={self.tenure}" if self.tenure else str(super().get_url())


class LinkageAdmin(DatedAdmin[Linkage]):
    """What a leader answers for, by whose post. Tasks follow at once."""

    visible = linkages_visible_to
    related = ("division", "industry", "organisation", "paired_with__industry", "tenure__leader", AREA)
    division_path = f"{AREA}__path"
    form, change_form = LinkageForm, LinkageEndForm
    added = ("tenure", "division", "industry", "organisation", "starts_on", "ends_on")
    fields = ("tenure", "kind", "target", "pair", "starts_on", "ends_on")
    autocomplete_fields = ("tenure", "division", "industry", "organisation")
    list_display = ("leader", "post", "kind", "target", "pair", "starts_on", "ends_on")
    list_filter = (StandingFilter, WithinFilter, choosing(_("kind of linkage"), "kind", LinkageKind.choices))
    search_fields = ("tenure__leader__name", "division__name", "industry__name", "organisation__name")
    linked_by = ("tenure", "division", "organisation", "industry")
    ordering = ("-pk",)
    actions = (end_together,)
    steps = (WITHDRAW,)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("division", "organisation"):
            kwargs["widget"] = InArea(db_field, self.admin_site)
            kwargs["widget"].tenure = id_of(request.GET.get("tenure"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def manages(self, user: User, row: Linkage) -> bool:
        return can_manage_tenure(user, row.tenure, today())

    def division_of(self, row: Linkage) -> Division:
        return row.tenure.post.organisation.division

    @admin.display(description=_("leader"), ordering="tenure__leader__name")
    def leader(self, row: Linkage) -> str:
        return row.tenure.leader.name

    @admin.display(description=_("post"))
    def post(self, row: Linkage) -> str:
        return f"{row.tenure.post.organisation} · {row.tenure.post}"

    @admin.display(description=_("target"))
    def target(self, row: Linkage) -> str:
        return str(row.target)

    @admin.display(description=_("paired with the industry"))
    def pair(self, row: Linkage) -> str:
        return link_to(row.paired_with, row.paired_with.target) if row.paired_with else NOTHING
