"""Accounts: made, changed, deactivated and signed out; never deleted, for events name them.

The tokens of devices are the API's and push addresses those of reminders; both hang at the user, and are reached
from here by that alone.
"""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from axes.utils import reset
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory import attempts
from fieldwork.directory.bounds import lock
from fieldwork.directory.dated import check_columns
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Division, Leader, Organisation, User
from fieldwork.directory.records import facts, path_of, record


class UserChanges(TypedDict, total=False):
    """What of an account may change; what is left out stays."""

    name: str
    language: str
    office: str
    division: Division | None
    organisation: Organisation | None
    leader: Leader | None
    active: bool


@transaction.atomic
def create_user(
    *, username: str, name: str = "", password: str | None = None, leader: Leader | None = None,
    organisation: Organisation | None = None, office: str = "", division: Division | None = None,
    language: str = settings.LANGUAGE_CODE, by: Actor, at: datetime,
) -> User:  # fmt: skip
    """Somebody who signs in; without a password, only after activation.

    `division` is the scope of `office`; of an assistant it says who looks after the account.
    """
    user = User(
        username=User.normalize_username(username.strip()),
        name=name.strip() or (leader.name if leader else ""),
        leader=leader, organisation=organisation, office=office, division=division, language=language,
        date_joined=at,
    )  # fmt: skip
    user.set_password(password)
    check_columns(user)
    _check_user(user)
    if leader:
        _check_is_free(leader)
    if password is not None:
        check_password("password", password, user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise invalid("username", _("This user name is taken.")) from None
    record("created", user, by=by, at=at, since=local_day(at), row=facts(user))
    return user


@transaction.atomic
def change_user(user: User, *, by: Actor, at: datetime, **changes: Unpack[UserChanges]) -> User:
    """Change an account; deactivating it signs every device out and takes its activation codes back.

    An account once used stays its leader's: what that person did is told under it. Tells `user.changed`, with the
    columns that differ as they were and are; when none does, nothing happens.
    """
    leader = changes.get("leader")
    if leader:
        lock(leader)
    fresh = lock(user)
    before = facts(fresh)
    for field, value in changes.items():
        setattr(fresh, "is_active" if field == "active" else field, value)
    fresh.name = fresh.name.strip()
    after = facts(fresh)
    differing = [name for name in after if after[name] != before[name]]
    if not differing:
        return fresh
    check_columns(fresh)
    _check_user(fresh)
    if "leader_id" in differing:
        _check_may_be_given(fresh, before["leader_id"], leader)
    fresh.save(update_fields=differing)
    if not fresh.is_active:
        end_sessions(fresh)
        fresh.activation_codes.filter(used_at__isnull=True).update(used_at=at)
    record(
        "changed", fresh, by=by, at=at, since=local_day(at),
        was={name: before[name] for name in differing}, now={name: after[name] for name in differing},
    )  # fmt: skip
    return fresh


@transaction.atomic
def sign_out(user: User, *, by: Actor, at: datetime) -> None:
    """Sign every device of the user out, and every browser at the office's pages.

    Tells `session.ended`, unless none was signed in; of who holds an office always, for browsers are not counted.
    """
    if end_sessions(user) or user.office:
        tell("session.ended", user, by=by, at=at, device="all")


@transaction.atomic
def unlock(user: User, *, by: Actor, at: datetime) -> None:
    """Forget the failed sign-ins of an account, wherever they came from. Tells `user.unlocked`, if there were any."""
    paused_addresses, counted = reset(username=user.username), attempts.forgive(user.username)
    if paused_addresses or counted:
        tell("user.unlocked", user, by=by, at=at)


def end_sessions(user: User, *, but_device: int | None = None) -> int:
    """Take all tokens and push addresses of the user's devices; the caller tells of it, in its own transaction.

    Whoever signs in next on one may be somebody else, who is not to be shown what was meant for this user. Browsers at
    the office's pages are no devices and all go. Answers how many devices were signed in.
    """
    User.objects.filter(pk=user.pk).update(session_nonce=F("session_nonce") + 1)
    tokens: Any = user.auth_token_set
    devices: Any = user.devices
    devices.exclude(pk=but_device).update(
        push_kind="", push_value="", push_switched=False, push_ended_at=None, push_ended_for=""
    )
    ended: int = tokens.exclude(device=but_device).delete()[0]
    return ended


def tell(kind: str, user: User, *, by: Actor, at: datetime, **data: Any) -> None:
    """Append an event about signing in, in whose scope the account lies."""
    events.append(kind, by=by, at=at, about=("user", user.pk), division_path=path_of(user), **data)


def check_password(field: str, password: str, user: User) -> None:
    """Raise every fault of a new password at once, as `invalid` on `field`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        faults = tuple(
            FieldError(field, fault.code or Code.INVALID, text) for fault in error.error_list for text in fault.messages
        )
        raise DomainError(Code.INVALID, errors=faults) from None


def _check_user(user: User) -> None:
    if user.language not in dict(settings.LANGUAGES):
        raise invalid("language", _("There is no such language here."))
    if user.office in (Office.SUPERVISOR, Office.AUDITOR) and user.division is None:
        raise invalid("division", _("A supervisor or auditor needs a division as scope."))
    if User.objects.filter(username=user.username).exclude(pk=user.pk).exists():
        raise invalid("username", _("This user name is taken."))


def _check_is_free(leader: Leader) -> None:
    if User.objects.filter(leader=lock(leader)).exists():
        raise invalid("leader", _("This leader already has an account."))


def _check_may_be_given(user: User, was: int | None, leader: Leader | None) -> None:
    if was is not None and user.last_login is not None:
        raise invalid("leader", _("This account has been used by its leader; make another one."))
    if leader:
        _check_is_free(leader)
