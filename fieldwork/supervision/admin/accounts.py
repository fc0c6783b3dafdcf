"""Accounts, and assistants who prepare for leaders. No password is ever set here: people activate by a code."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.directory.accounts import change_user, create_user, sign_out, unlock
from fieldwork.directory.actions import delegate, withdraw_delegation
from fieldwork.directory.bounds import lock
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Delegation, Tenure, User
from fieldwork.directory.paths import within
from fieldwork.directory.queries import delegations_visible_to, users_visible_to
from fieldwork.directory.rules import can_change_user, can_manage_leaders, can_manage_users, can_renew_users
from fieldwork.reminders.preferences import chosen_by, set_preferences
from fieldwork.supervision.admin.base import ActingAdmin, DatedAdmin, Shortcut
from fieldwork.supervision.admin.clock import today
from fieldwork.supervision.admin.codes import OwnAccountFilter, account_of, print_codes
from fieldwork.supervision.admin.filters import StandingFilter, WithinFilter, choosing
from fieldwork.supervision.admin.forms import ActionForm, EndForm
from fieldwork.supervision.admin.steps import Step

AREA = "post__organisation__division__path"


class UserForm(ActionForm):
    """A new account; an assistant's or a unit's have no office."""

    def act(self, given: dict[str, Any]) -> User:
        columns = {name: given[name] for name in ("username", "name", "leader", "organisation", "office", "division")}
        if not can_manage_users(self.by, [User(**columns)], today()):
            raise DomainError(Code.NOT_ALLOWED)
        return create_user(**columns, by=self.by, at=self.at)


class UserChangeForm(ActionForm):
    """Only what was changed on the page is sent on: the rest stays as others may have changed it meanwhile."""

    renamed = {"active": "is_active"}

    def act(self, given: dict[str, Any]) -> User:
        changes: Any = {"active" if name == "is_active" else name: given[name] for name in self.changed_data}
        if not can_change_user(self.by, self.instance, changes, today()):
            raise DomainError(Code.NOT_ALLOWED)
        return change_user(self.instance, by=self.by, at=self.at, **changes)


def _may_help(user: User, row: User) -> bool:
    return row.pk != user.pk and can_manage_users(user, [row], today())


def _sign_out(row: User, _given: dict[str, Any], by: User, at: datetime) -> None:
    sign_out(row, by=by, at=at)


SIGN_OUT = Step(
    name="sign_out", words=_("Sign all devices out"), told=_("All devices of this account have been signed out."),
    asks=_("For a phone that was lost: every device has to sign in again."),
    allowed=_may_help, act=_sign_out,
)  # fmt: skip


def _unlock(row: User, _given: dict[str, Any], by: User, at: datetime) -> None:
    unlock(row, by=by, at=at)


UNLOCK = Step(
    name="unlock", words=_("Unlock"), told=_("Wrong passwords so far no longer count."),
    asks=_("After too many wrong passwords an account takes none for a while. This ends the wait at once."),
    allowed=_may_help, act=_unlock,
)  # fmt: skip


class ContactsForm(forms.Form):
    """Where a person is reached outside the app; what is emptied is forgotten."""

    mail = forms.CharField(label=_("mail address"), required=False, max_length=254)
    wecom = forms.CharField(label=_("user id in WeCom"), required=False, max_length=64)


def _contacts_form(data: Any, row: User) -> forms.Form:
    return ContactsForm(data, initial=chosen_by(row).contacts)


def _set_contacts(row: User, given: dict[str, Any], by: User, at: datetime) -> None:
    lock(row)  # what the page does not name is kept as it is
    try:
        set_preferences(user=row, contacts={**chosen_by(row).contacts, **given}, by=by, at=at)
    except DomainError as error:
        faults = tuple(replace(fault, field=fault.field.rpartition(".")[2]) for fault in error.errors)
        raise DomainError(error.code, errors=faults) from None


CONTACTS = Step(
    name="contacts", words=_("Contacts for reminders"), told=_("The contacts have been set."),
    asks=_("Where this person is reached outside the app. Reminders go there: make sure that it is theirs."),
    allowed=_may_help, act=_set_contacts, form=_contacts_form,
)  # fmt: skip


class UserAdmin(ActingAdmin[User]):
    """Whoever signs in. Never deleted, for events name them; deactivated instead."""

    visible = users_visible_to
    related = ("leader__division", "organisation__division", "division")
    form, change_form = UserForm, UserChangeForm
    added = ("username", "name", "leader", "organisation", "office", "division")
    changed = ("name", "leader", "organisation", "office", "division", "is_active")
    fields = ("username", *changed, "state", "last_login", "date_joined")
    autocomplete_fields = ("leader", "organisation", "division")
    list_display = ("username", "name", "leader", "organisation", "office", "division", "state", "last_login")
    list_filter = (WithinFilter, OwnAccountFilter, choosing(_("office held"), "office", Office.choices))
    search_fields = ("username", "name", "leader__name")
    ordering = ("-pk",)
    actions = (print_codes,)
    steps = (CONTACTS, UNLOCK, SIGN_OUT)

    def lies_within(self, path: str) -> Q:
        """By office or home, unit, or a post of the leader."""
        leaders = Tenure.objects.filter(within(path, AREA)).values("leader")
        return within(path, "division__path") | within(path, "organisation__division__path") | Q(leader__in=leaders)

    def manages(self, user: User, row: User) -> bool:
        return row.pk != user.pk and can_manage_users(user, [row], today())

    def label(self, row: User) -> str:
        return f"{row.get_full_name()}（{row.username}）"

    def narrowed(self, field: str, on: date) -> Q:
        return Q(is_active=True)

    def shortcuts(self, row: User, user: User) -> Iterator[Shortcut]:
        if row.is_active and can_renew_users(user, [row], today()):
            yield _("Print an activation code"), f"{reverse('admin:activation_codes')}?users={row.pk}"
        yield from super().shortcuts(row, user)

    @admin.display(description=_("account"))
    def state(self, row: User) -> str:
        return str(account_of(row))


class DelegationForm(ActionForm):
    def act(self, given: dict[str, Any]) -> Delegation:
        on = today()
        if not (
            can_manage_leaders(self.by, [given["leader"]], on) and can_manage_users(self.by, [given["assistant"]], on)
        ):
            raise DomainError(Code.NOT_ALLOWED)
        return delegate(**given, by=self.by, at=self.at)


def _may_withdraw(user: User, row: Delegation) -> bool:
    return row.starts_on > today() and can_manage_leaders(user, [row.leader], today())


def _withdraw(row: Delegation, _given: dict[str, Any], by: User, at: datetime) -> None:
    withdraw_delegation(row, by=by, at=at)


class DelegationAdmin(DatedAdmin[Delegation]):
    """Assistants who prepare and upload for a leader, named as such (代为整理上传)."""

    visible = delegations_visible_to
    related = ("assistant", "leader__division")
    form, change_form = DelegationForm, EndForm
    added = fields = ("assistant", "leader", "starts_on", "ends_on")
    autocomplete_fields = ("assistant", "leader")
    list_display = ("assistant", "leader", "starts_on", "ends_on")
    list_filter = (StandingFilter, WithinFilter)
    search_fields = ("assistant__username", "assistant__name", "leader__name")
    ordering = ("-pk",)
    steps = (
        Step(
            name="withdraw", words=_("Withdraw"), told=_("It has been withdrawn."), removes=True,
            asks=_("This has not begun yet and can be taken back as if it had never been entered."),
            allowed=_may_withdraw, act=_withdraw,
        ),
    )  # fmt: skip

    def lies_within(self, path: str) -> Q:
        leaders = Tenure.objects.filter(within(path, AREA)).values("leader")
        return Q(leader__in=leaders) | within(path, "leader__division__path")

    def manages(self, user: User, row: Delegation) -> bool:
        return can_manage_leaders(user, [row.leader], today())
