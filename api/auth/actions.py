"""Beginning and ending sessions, and changing passwords: what happens to device tokens."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from api.auth.tokens import LIFETIME
from api.models import DeviceToken
from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.directory import activation
from fieldwork.directory.accounts import check_password, end_sessions, tell
from fieldwork.directory.models import User
from fieldwork.reminders.models import Device


@dataclass(frozen=True, slots=True)
class DeviceGiven:
    """What a phone says of itself when it signs in; `key` is the id that it made."""

    key: str
    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class Session:
    token: str
    expires_at: datetime


@transaction.atomic
def sign_in(*, user: User, device: DeviceGiven, at: datetime) -> Session:
    """A session for an account whose password has just been checked; `user` is as it was read before.

    That took a while. Errors: `invalid_credentials` if meanwhile the account got another password or was deactivated,
    or all its sessions were ended: whoever did that meant this one too.
    """
    standing = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    checked = (user.password, user.session_nonce)
    if not standing.is_active or (standing.password, standing.session_nonce) != checked:
        raise DomainError(Code.INVALID_CREDENTIALS, _("User name or password is wrong."))
    return begin_session(user=standing, device=device, at=at)


@transaction.atomic
def begin_session(*, user: User, device: DeviceGiven, at: datetime) -> Session:
    """A token for this device, in place of any that it had."""
    row, _created = Device.objects.get_or_create(
        user=user, key=device.key, defaults={"platform": device.platform, "claimed_at": at}
    )
    # Two sign-ins of one device at once follow one another: the last one stays.
    row = Device.objects.select_for_update().get(pk=row.pk)
    row.name, row.platform = device.name, device.platform
    row.save(update_fields=["name", "platform"])
    DeviceToken.objects.filter(device=row).delete()
    digest, token = get_digest_token()
    expires_at = at + LIFETIME
    key = token[: CONSTANTS.TOKEN_KEY_LENGTH]
    DeviceToken(digest=digest, token_key=key, user=user, device=row, expiry=expires_at).save(force_insert=True)
    tell("session.begun", user, by=user, at=at, device=device.key)
    return Session(token, expires_at)


@transaction.atomic
def end_session(*, token: DeviceToken, at: datetime) -> None:
    """Sign this device out; its push address goes with it, for whoever signs in next is somebody else."""
    device = token.device
    if DeviceToken.objects.filter(pk=token.pk).delete()[0]:
        Device.objects.filter(pk=device.pk).update(
            push_kind="", push_value="", push_switched=False, push_ended_at=None, push_ended_for=""
        )
        tell("session.ended", token.user, by=token.user, at=at, device=device.key)


@transaction.atomic
def change_password(*, user: User, current: str, new: str, token: DeviceToken, at: datetime) -> None:
    """Set a new password and sign the other devices out. `invalid` names the field at fault."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(current):
        raise invalid("current_password", _("The current password is wrong."))
    check_password("new_password", new, user)
    user.set_password(new)
    user.save(update_fields=["password"])
    end_sessions(user, but_device=token.device_id)
    tell("password.changed", user, by=user, at=at)


@transaction.atomic
def activate(*, code: str, password: str, device: DeviceGiven, at: datetime) -> tuple[User, Session]:
    """Set the password that an activation code is for, and sign this device in; errors as `activation.activate`."""
    user = activation.activate(code=code, password=password, at=at)
    return user, begin_session(user=user, device=device, at=at)
