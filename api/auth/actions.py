"""Beginning and ending sessions, and changing passwords: what happens to device tokens."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from api.auth.tokens import LIFETIME
from api.models import DeviceToken
from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError, FieldError, invalid
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
    _append("session.begun", user, at, device=device.key)
    return Session(token, expires_at)


@transaction.atomic
def end_session(*, token: DeviceToken, at: datetime) -> None:
    """Sign this device out; its push address goes with it, for whoever signs in next is somebody else."""
    device = token.device
    if DeviceToken.objects.filter(pk=token.pk).delete()[0]:
        Device.objects.filter(pk=device.pk).update(push_kind="", push_value="")
        _append("session.ended", token.user, at, device=device.key)


@transaction.atomic
def end_all_sessions(*, user: User, at: datetime) -> None:
    """Sign every device of the user out."""
    DeviceToken.objects.filter(user=user).delete()
    Device.objects.filter(user=user).update(push_kind="", push_value="")
    _append("session.ended", user, at, device="all")


@transaction.atomic
def change_password(*, user: User, current: str, new: str, token: DeviceToken, at: datetime) -> None:
    """Set a new password and sign the other devices out. `invalid` names the field at fault."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(current):
        raise invalid("current_password", _("The current password is wrong."))
    try:
        validate_password(new, user)
    except ValidationError as error:
        faults = tuple(
            FieldError("new_password", fault.code or Code.INVALID, message)
            for fault in error.error_list
            for message in fault.messages
        )
        raise DomainError(Code.INVALID, errors=faults) from None
    user.set_password(new)
    user.save(update_fields=["password"])
    others = Device.objects.filter(user=user).exclude(pk=token.device_id)
    DeviceToken.objects.filter(device__in=others).delete()
    others.update(push_kind="", push_value="")
    _append("password.changed", user, at)


def _append(kind: str, user: User, at: datetime, **data: str) -> None:
    path = user.division.path if user.division else ""
    events.append(kind, by=user, at=at, about=("user", user.pk), division_path=path, **data)
