"""Organisations and the posts in them."""

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from fieldwork.directory.actions import create_organisation
from fieldwork.directory.enums import DepartmentKind, OrganisationKind
from fieldwork.directory.models import Division, Organisation, Post, Tenure, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import lasting, organisations_visible_to, posts_visible_to, standing
from fieldwork.duties.models import Obligation
from fieldwork.supervision import actions
from fieldwork.supervision.admin.base import DatedAdmin, Shortcut
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.filters import StandingFilter, WithinFilter, choosing
from fieldwork.supervision.admin.forms import ActionForm
from fieldwork.supervision.admin.merging import MERGE_BODY, RENAME
from fieldwork.supervision.admin.roles import RoleFilter, known_roles, name_of_role
from fieldwork.supervision.admin.showing import NOTHING, adding, column, day, link_to, list_of, table, yes_or_no
from fieldwork.supervision.admin.sought import Seated


class OrganisationForm(ActionForm):
    def act(self, given: dict[str, Any]) -> Organisation:
        self.require_manager(given["division"])
        return create_organisation(**given, by=self.by, at=self.at)


class OrganisationAdmin(Seated, DatedAdmin[Organisation]):
    """Bodies (单位): committees, governments, departments."""

    visible = organisations_visible_to
    related = ("division", "industry", "merged_into")
    form = OrganisationForm
    added = ("name", "kind", "department_kind", "division", "industry", "starts_on", "ends_on")
    fields: ClassVar[Any] = (*added, "merged_into", "former_names")
    steps = (RENAME, MERGE_BODY)
    autocomplete_fields = ("division", "industry")
    list_display = ("name", "kind", "department_kind", "division", "starts_on", "ends_on")
    list_filter = (
        StandingFilter,
        WithinFilter,
        choosing(_("kind of organisation"), "kind", OrganisationKind.choices),
        choosing(_("kind of department"), "department_kind", DepartmentKind.choices),
    )
    search_fields = ("name", "former_names__name")
    ordering = ("-pk",)

    def division_of(self, row: Organisation) -> Division:
        return row.division

    def label(self, row: Organisation) -> str:
        return f"{row.name}（{row.division}）"

    @admin.display(description=_("former names"))
    def former_names(self, row: Organisation) -> str:
        names = row.former_names.all()
        return table((_("name"), _("to")), ((one.name, day(one.ends_on)) for one in names)) if names else NOTHING

    def within_area(self, area: str) -> Q:
        return within(area, "division__path")

    def narrowed(self, field: str, on: date) -> Q:
        standing = lasting(on)
        departments = field in ("linkage.organisation", "site.regulator")
        return standing & Q(kind=OrganisationKind.DEPARTMENT) if departments else standing

    def shortcuts(self, row: Organisation, user: User) -> Iterator[Shortcut]:
        if self.manages(user, row):
            yield _("Add a post"), f"{adding(Post)}?organisation={row.pk}"
        yield _("Its posts"), f"{list_of(Post)}?organisation__exact={row.pk}"
        yield _("Its obligations"), f"{list_of(Obligation)}?organisation__exact={row.pk}"
        yield from super().shortcuts(row, user)


class PostForm(ActionForm):
    """The role is chosen by its name in the policies."""

    role = forms.ChoiceField(required=False, label=_("role in the policy"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields.get("role")
        if isinstance(role, forms.ChoiceField):
            role.choices = [("", "---------"), *known_roles()]

    def act(self, given: dict[str, Any]) -> Post:
        self.require_manager(given["organisation"].division)
        return actions.create_post(**given, by=self.by, at=self.at)


PORTFOLIO = column(_("in charge of work safety"), lambda row: yes_or_no(row.safety_portfolio), order="safety_portfolio")


class PostAdmin(DatedAdmin[Post]):
    """Seats (职务), each with the role that obliges whoever holds it."""

    visible = posts_visible_to
    related = ("organisation__division",)
    division_path = "organisation__division__path"
    form = PostForm
    added = ("organisation", "title", "role", "safety_portfolio", "starts_on", "ends_on")
    fields: ClassVar[Any] = ("organisation", "title", "role_name", PORTFOLIO, "starts_on", "ends_on", "holders")
    autocomplete_fields = ("organisation",)
    list_display = ("title", "organisation", "role_name", PORTFOLIO, "starts_on", "ends_on")
    list_filter = (StandingFilter, WithinFilter, RoleFilter)
    search_fields = ("title", "organisation__name")
    linked_by = ("organisation",)
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Post]:
        now_in = Tenure.objects.filter(standing(today())).select_related("leader").order_by("pk")
        rows = super().get_queryset(request).annotate(role_words=name_of_role("role"))
        return rows.prefetch_related(Prefetch("tenures", now_in, "now_in"))

    def division_of(self, row: Post) -> Division:
        return row.organisation.division

    def label(self, row: Post) -> str:
        return f"{row.organisation} · {row.title}"

    def choice(self, row: Any) -> str:
        """With who holds it today."""
        holders = "、".join(tenure.leader.name for tenure in row.now_in)
        return f"{self.label(row)}（{_('held by')}：{holders}）" if holders else self.label(row)

    def narrowed(self, field: str, on: date) -> Q:
        return lasting(on)

    def shortcuts(self, row: Post, user: User) -> Iterator[Shortcut]:
        if self.manages(user, row):
            yield _("Give it to a leader"), f"{adding(Tenure)}?post={row.pk}"
        yield from super().shortcuts(row, user)

    @admin.display(description=_("role in the policy"), ordering="role")
    def role_name(self, row: Any) -> str:
        return getattr(row, "role_words", None) or row.role or NOTHING

    @admin.display(description=_("held by"))
    def holders(self, row: Post) -> str:
        tenures = row.tenures.select_related("leader").order_by("-starts_on", "-pk")
        return table(
            (_("leader"), _("from"), _("to"), ""),
            ((one.leader, day(one.starts_on), day(one.ends_on), link_to(one, _("Open"))) for one in tenures),
        )
