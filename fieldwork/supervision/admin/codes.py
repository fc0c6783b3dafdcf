"""Activation codes on paper: chosen people, one page that asks, one page to print. A code is shown this once."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import DomainError
from fieldwork.directory.activation import issue_codes, never_activated
from fieldwork.directory.models import Leader, User
from fieldwork.directory.queries import leaders_visible_to, users_visible_to
from fieldwork.directory.rules import manageable_leaders, renewable
from fieldwork.supervision.admin.clock import now, of_office, today
from fieldwork.supervision.admin.filters import ChoiceFilter
from fieldwork.supervision.admin.ids import id_of
from fieldwork.supervision.admin.showing import Words, list_of

MOST = 2000  # slips printed at once, as the API makes
CHOSEN = "codes_for"  # in the session: an address would hold too few, and stay in logs

NONE: Words = _("no account")
NOT_ACTIVE: Words = _("not yet activated")
ACTIVE: Words = _("activated")
CLOSED: Words = _("deactivated")
PAPER: dict[str, Words] = {
    "name": _("full name"),
    "organisation": _("organisation"),
    "post": _("post"),
    "username": _("user name"),
    "code": _("activation code"),
    "expires": _("valid until"),
    "server": _("server"),
    "how": _("Open the app, choose “First sign-in”, type the activation code, and set a password of your own."),
    "once": _("These codes are shown this once. Print or cut now; making new ones takes these back."),
    "secret": _("For the person named only. Whoever has the code can sign in as them."),
    "print": _("Print"),
    "back": _("Back to the list"),
}


def account_of(user: User | None) -> Words:
    """How far an account is, in words."""
    if user is None:
        return NONE
    if not user.is_active:
        return CLOSED
    return ACTIVE if user.has_usable_password() else NOT_ACTIVE


class AccountFilter(ChoiceFilter):
    """Leaders by their account."""

    title = _("account")
    parameter_name = "account"
    choice_list = [("none", NONE), ("waiting", NOT_ACTIVE), ("active", ACTIVE), ("closed", CLOSED)]
    prefix = "user__"

    def chosen(self, value: str) -> Q:
        open_, waiting = Q(**{f"{self.prefix}is_active": True}), never_activated(self.prefix)
        return {
            "none": Q(user__isnull=True),
            "waiting": open_ & waiting,
            "active": open_ & ~waiting,
            "closed": Q(**{f"{self.prefix}is_active": False}),
        }[value]


class OwnAccountFilter(AccountFilter):
    """Accounts by how far they are."""

    choice_list = AccountFilter.choice_list[1:]
    prefix = ""

    def chosen(self, value: str) -> Q:
        open_, waiting = Q(is_active=True), never_activated()
        return {"waiting": open_ & waiting, "active": open_ & ~waiting, "closed": ~open_}[value]


@admin.action(description=_("Print activation codes"), permissions=["add"])
def print_codes(page: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
    """On to the page that asks."""
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(ids) > MOST:
        messages.error(request, _("At most %(most)d at once; please filter the list.") % {"most": MOST})
        return None
    which = "leaders" if chosen.model is Leader else "users"
    request.session[CHOSEN] = {which: ",".join(map(str, ids))}
    return HttpResponseRedirect(reverse("admin:activation_codes"))


@dataclass(frozen=True, slots=True)
class Person:
    """One who is to get a code: a leader, with an account or not, or an account alone."""

    leader: Leader | None
    user: User | None

    def refusal(self, users: Container[int], leaders: Container[int]) -> Words | None:
        """Why not, in words, where codes may be made for `users` and for `leaders`."""
        if self.user is not None and not self.user.is_active:
            return CLOSED
        if self.user is not None and self.user.pk not in users:
            return _("This account reaches beyond what you manage, or is your own.")
        if self.leader is not None and self.leader.pk not in leaders:
            return _("This leader holds posts beyond what you manage.")
        return None

    @property
    def name(self) -> str:
        return str(self.leader or self.user)

    @property
    def username(self) -> str:
        return self.user.username if self.user else ""

    @property
    def state(self) -> Words:
        return account_of(self.user)


def codes_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Ask for whom; with POST make the codes and show them to be printed. Who may not be given one is left out."""
    by, chosen = of_office(request), _chosen(request)
    people = _people(by, chosen)
    refused = _refused(by, people)
    left_out = {id(person) for person, _why in refused}
    given = [person for person in people if id(person) not in left_out]
    back = list_of(Leader if chosen.get("leaders") else User)
    if request.method == "POST" and given:
        try:
            return _print(request, given, by, back)
        except DomainError as error:
            messages.error(request, str(error.detail))
    context |= {
        "title": _("Print activation codes"), "chosen": chosen, "given": given, "refused": refused, "back": back,
        "asks": _("Each gets a new code; a code made before is taken back. Who has no account gets one."),
        "nobody": _("Nobody of those chosen can be given a code."),
        "left_out": _("Left out"), "button": _("Make the codes"),
        "heads": (_("full name"), _("user name"), _("account")),
    }  # fmt: skip
    return TemplateResponse(request, "supervision/codes.html", context)


def _chosen(request: HttpRequest) -> dict[str, str]:
    """Ids by what they are of: as the page that asked sends them back, of a row's own button, or of a list."""
    sent = request.POST if request.method == "POST" else request.GET
    named = {name: sent[name] for name in ("leaders", "users") if name in sent}
    return named or (request.session.get(CHOSEN, {}) if request.method == "GET" else {})


def _people(by: User, chosen: dict[str, str]) -> list[Person]:
    """Those chosen whom the user sees; others are as if they were not there."""
    leaders = leaders_visible_to(by, today()).filter(pk__in=_ids(chosen, "leaders")).select_related(
        "user__division", "user__organisation__division"
    )  # fmt: skip
    users = users_visible_to(by, today()).filter(pk__in=_ids(chosen, "users")).select_related(
        "leader", "division", "organisation__division"
    )  # fmt: skip
    found = [Person(leader, getattr(leader, "user", None)) for leader in leaders.order_by("pk")]
    return found + [Person(user.leader, user) for user in users.order_by("pk")]


def _refused(by: User, people: list[Person]) -> list[tuple[Person, Words]]:
    """Who gets none, and why; as many queries for a thousand as for one."""
    on = today()
    users = {user.pk for user in renewable(by, [person.user for person in people if person.user], on)}
    leaders = [person.leader for person in people if person.leader]
    managed = {leader.pk for leader in manageable_leaders(by, leaders, on)}
    return [(person, why) for person in people if (why := person.refusal(users, managed))]


def _ids(chosen: dict[str, str], name: str) -> list[int]:
    words = chosen.get(name, "").split(",")
    return [number for word in words if (number := id_of(word))][:MOST]


def _print(request: HttpRequest, people: list[Person], by: User, back: str) -> HttpResponse:
    issued = issue_codes(
        users=[person.user for person in people if person.user and person.leader is None],
        leaders=[person.leader for person in people if person.leader],
        by=by,
        at=now(),
    )
    request.session.pop(CHOSEN, None)
    context = {
        "title": _("activation codes"), "issued": issued, "words": PAPER, "back": back,
        "server": request.build_absolute_uri("/"),
    }  # fmt: skip
    return TemplateResponse(request, "supervision/slips.html", context)
