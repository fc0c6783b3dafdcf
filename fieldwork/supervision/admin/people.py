"""Leaders, and who holds which post."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.actions import create_leader
from fieldwork.directory.models import Division, Leader, Linkage, Tenure, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import lasting, leaders_visible_to, linkages_visible_to, tenures_visible_to
from fieldwork.directory.rules import can_create_leader, can_manage_tenure
from fieldwork.duties.models import Obligation
from fieldwork.supervision import actions
from fieldwork.supervision.admin.base import ActingAdmin, DatedAdmin, Shortcut
from fieldwork.supervision.admin.bulk_links import link_together
from fieldwork.supervision.admin.clock import MANAGERS, of_office, today
from fieldwork.supervision.admin.codes import AccountFilter, account_of, print_codes
from fieldwork.supervision.admin.filters import StandingFilter, WithinFilter
from fieldwork.supervision.admin.forms import ActionForm, EndForm
from fieldwork.supervision.admin.handing import HAND_OVER
from fieldwork.supervision.admin.roles import RoleFilter
from fieldwork.supervision.admin.showing import (
    NOTHING,
    adding,
    column,
    day,
    lines,
    link_to,
    list_of,
    page_of,
    table,
    yes_or_no,
)
from fieldwork.supervision.admin.sought import Seated

AREA = "post__organisation__division"
MOST_NAMESAKES = 5


class LeaderForm(ActionForm):
    def act(self, given: dict[str, Any]) -> Leader:
        if not can_create_leader(self.by, given["division"]):
            raise DomainError(Code.NOT_ALLOWED)
        return create_leader(**given, by=self.by, at=self.at)


class LeaderAdmin(ActingAdmin[Leader]):
    """People. What they do is told by their tenures; of the person itself nothing changes."""

    visible = leaders_visible_to
    related = ("division", "user")
    form = LeaderForm
    added = ("name", "division")
    fields = ("name", "division", "account", "tenures", "linkages")
    autocomplete_fields = ("division",)
    list_display = ("name", "posts", "division", "account")
    list_filter = (WithinFilter, AccountFilter)
    search_fields = ("name", "user__username")
    ordering = ("-pk",)
    actions = (print_codes,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Leader]:
        user, on = of_office(request), today()
        tenures = tenures_visible_to(user, on).select_related("post__organisation").order_by("-starts_on", "-pk")
        linkages = linkages_visible_to(user, on).select_related("division", "industry", "organisation")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(
                Prefetch("tenures", tenures, "tenures_seen"),
                Prefetch("tenures_seen__linkages", linkages.order_by("-starts_on", "-pk"), "links_seen"),
            )
        )

    def lies_within(self, path: str) -> Q:
        """Who has, had or will have a post there, and who was entered there."""
        return within(path, "division__path") | Q(
            pk__in=Tenure.objects.filter(within(path, f"{AREA}__path")).values("leader")
        )

    def division_of(self, row: Leader) -> Division | None:
        return row.division

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"division": of_office(request).division_id, **super().get_changeform_initial_data(request)}

    def label(self, row: Leader) -> str:
        return f"{row.name}（{row.division}）" if row.division else row.name

    def choice(self, row: Any) -> str:
        """With the posts held: of one name there may be several in one place."""
        posts = "、".join(f"{tenure.post.organisation} · {tenure.post}" for tenure in _held(row))
        return f"{self.label(row)} {posts}".strip()

    def shortcuts(self, row: Leader, user: User) -> Iterator[Shortcut]:
        if user.office in MANAGERS:
            yield _("Give a post"), f"{adding(Tenure)}?leader={row.pk}"
            yield _("Print an activation code"), f"{reverse('admin:activation_codes')}?leaders={row.pk}"
        yield _("Its obligations"), f"{list_of(Obligation)}?leader__exact={row.pk}"
        yield from super().shortcuts(row, user)

    def response_post_save_add(self, request: HttpRequest, obj: Leader) -> HttpResponseRedirect:
        """Two may bear one name; a clerk should know that one was there already."""
        for other in self.get_queryset(request).filter(name=obj.name).exclude(pk=obj.pk)[:MOST_NAMESAKES]:
            words = _("There was already %(leader)s. If this is the same person, please go on with that row.")
            _warn_of(request, words % {"leader": self.choice(other)}, other)
        return super().response_post_save_add(request, obj)

    @admin.display(description=_("posts held"))
    def posts(self, row: Any) -> str:
        return lines(f"{tenure.post.organisation} · {tenure.post}" for tenure in _held(row))

    @admin.display(description=_("account"))
    def account(self, row: Leader) -> str:
        user: User | None = getattr(row, "user", None)
        return f"{user.username}（{account_of(user)}）" if user else str(account_of(None))

    @admin.display(description=_("tenures"))
    def tenures(self, row: Any) -> str:
        return table(
            (_("organisation"), _("post"), _("from"), _("to"), ""),
            (
                (one.post.organisation, one.post, day(one.starts_on), day(one.ends_on), link_to(one, _("Open")))
                for one in row.tenures_seen
            ),
        )

    @admin.display(description=_("linkages"))
    def linkages(self, row: Any) -> str:
        return linkages_table(linkage for tenure in row.tenures_seen for linkage in tenure.links_seen)


def _held(row: Any) -> list[Tenure]:
    return [tenure for tenure in row.tenures_seen if tenure.starts_on <= today() and not _has_ended(tenure)]


def _warn_of(request: HttpRequest, words: str, row: Leader | Tenure) -> None:
    messages.warning(request, format_html('{} <a href="{}">{}</a>', words, page_of(row), _("Open")))


def _has_ended(row: Any) -> bool:
    return row.ends_on is not None and row.ends_on < today()


def linkages_table(linkages: Any) -> str:
    return table(
        (_("kind of linkage"), _("target"), _("from"), _("to"), ""),
        (
            (one.get_kind_display(), one.target, day(one.starts_on), day(one.ends_on), link_to(one, _("Open")))
            for one in linkages
        ),
    )


class TenureForm(ActionForm):
    reason = forms.CharField(
        label=_("reason"), required=False, max_length=500,
        help_text=_("Kept in the history, and told where a published month changes by it."),
    )  # fmt: skip

    def act(self, given: dict[str, Any]) -> Tenure:
        if not can_manage_tenure(self.by, Tenure(leader=given["leader"], post=given["post"]), today()):
            raise DomainError(Code.NOT_ALLOWED)
        return actions.appoint(**given, by=self.by, at=self.at)


class TenureEndForm(EndForm):
    def act(self, given: dict[str, Any]) -> Tenure:
        return actions.end_tenure(tenure=self.instance, **self.ending(given))


ACTING = column(_("acting"), lambda row: yes_or_no(row.acting), order="acting")


class TenureAdmin(Seated, DatedAdmin[Tenure]):
    """Leaders in posts (任职). Duties follow at once; an end ends the linkages too."""

    visible = tenures_visible_to
    related = ("leader", AREA)
    division_path = f"{AREA}__path"
    form, change_form = TenureForm, TenureEndForm
    added = ("leader", "post", "acting", "starts_on", "ends_on", "reason")
    fields: ClassVar[Any] = ("leader", "organisation", "post", ACTING, "starts_on", "ends_on", "linkages")
    autocomplete_fields = ("leader", "post")
    list_display = ("leader", "organisation", "post", ACTING, "starts_on", "ends_on")
    list_filter = (StandingFilter, WithinFilter, RoleFilter)
    search_fields = ("leader__name", "post__title", "post__organisation__name")
    linked_by = ("leader", "post")
    ordering = ("-pk",)
    actions = (link_together,)
    steps = (HAND_OVER,)

    def manages(self, user: User, row: Tenure) -> bool:
        return can_manage_tenure(user, row, today())

    def division_of(self, row: Tenure) -> Division:
        return row.post.organisation.division

    def label(self, row: Tenure) -> str:
        return f"{row.leader} · {row.post.organisation} · {row.post}"

    def narrowed(self, field: str, on: Any) -> Q:
        return lasting(on)

    def shortcuts(self, row: Tenure, user: User) -> Iterator[Shortcut]:
        if self.manages(user, row) and not _has_ended(row):
            yield _("Link"), f"{adding(Linkage)}?tenure={row.pk}"
        yield from super().shortcuts(row, user)

    def response_post_save_add(self, request: HttpRequest, obj: Tenure) -> HttpResponseRedirect:
        """A post may have several holders; a clerk should know that it now has."""
        others = obj.post.tenures.filter(lasting(obj.starts_on)).exclude(pk=obj.pk)
        if obj.ends_on is not None:
            others = others.filter(starts_on__lte=obj.ends_on)
        for other in others.select_related("leader").order_by("pk"):
            words = _("%(leader)s holds this post too. Whoever has left it still needs a last day there.")
            _warn_of(request, words % {"leader": other.leader}, other)
        return super().response_post_save_add(request, obj)

    @admin.display(description=_("organisation"), ordering="post__organisation__name")
    def organisation(self, row: Tenure) -> object:
        return row.post.organisation if row.pk else NOTHING

    @admin.display(description=_("linkages"))
    def linkages(self, row: Tenure) -> str:
        found = row.linkages.select_related("division", "industry", "organisation").order_by("-starts_on", "-pk")
        return linkages_table(found)
