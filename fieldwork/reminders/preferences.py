"""What a person chose of reminders: the channels, the kinds to mute, and where to be reached outside the app."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.errors import Code, DomainError, FieldError, Text
from fieldwork.core.events import Actor
from fieldwork.directory.bounds import lock
from fieldwork.directory.models import User
from fieldwork.directory.records import path_of
from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Channel, Reach
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Contact, Preference
from fieldwork.reminders.timetable import timetable
from fieldwork.reminders.ways import ways_to

_PERSONAL = (Reach.DEVICES, Reach.CONTACT)
# May be chosen, and have contacts, before an installation switches them on.
_FORESEEN = {"fcm": Reach.DEVICES, "wecom": Reach.CONTACT, "mail": Reach.CONTACT}
_ALIVE: dict[str, Any] = {"ended_at": None, "ended_for": ""}
_LONGEST = 255
_MOST = 20  # contacts that are looked at
# WeCom: 1 to 64 letters, digits, "_-@.", the first a letter or digit.
_WECOM_USER = re.compile("[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}", re.ASCII)


class Chosen(NamedTuple):
    """Codes in the person's order (none: the installation's), muted kinds, and the contact of each channel."""

    channels: list[str]
    muted: list[str]
    contacts: dict[str, str]


class Available(NamedTuple):
    """A channel that is switched on, and whether it leads to the person at present."""

    code: str
    reachable: bool


def may_be_muted(kind: str) -> bool:
    """Whether a person may do without it; what may not be muted is told all the same."""
    return kind not in timetable().always


def mutable_kinds() -> list[str]:
    return [kind.value for kind in NotificationKind if may_be_muted(kind)]


def personal_channels() -> dict[str, Reach]:
    """The channels among which a person may choose, whether they are switched on here or not."""
    built = {code: channel.reach for code, channel in REGISTRY.items() if channel.reach in _PERSONAL}
    return {**_FORESEEN, **built}


def chosen_by(user: User) -> Chosen:
    """Two queries."""
    found = Preference.objects.filter(user=user).first() or Preference()
    contacts = dict(Contact.objects.filter(user=user).order_by("channel").values_list("channel", "value"))
    return Chosen(list(found.channels), list(found.muted), contacts)


def available_to(user: User, channels: Iterable[Channel], now: datetime) -> list[Available]:
    """Of `channels` those that reach single persons; three queries at most."""
    personal = [channel for channel in channels if channel.reach in _PERSONAL]
    reached = ways_to([user.pk], personal, now).reached.get(user.pk, {})
    return [Available(channel.code, channel.code in reached and not channel.fault()) for channel in personal]


@transaction.atomic
def set_preferences(
    *, user: User, channels: Sequence[str] | None = None, muted: Sequence[str] | None = None,
    contacts: Mapping[str, str] | None = None, by: Actor, at: datetime,
) -> Chosen:  # fmt: skip
    """Choose anew; what is None stays, and of `contacts` each that is not named or empty is forgotten.

    Contacts that are named are alive again. Faults come all at once as `invalid`, on `channels.0`, `muted.0`,
    `contacts.mail`. Tells `preference.set` if anything differs, never with a contact itself: that is the person's own
    affair.
    """
    faults = [*_channel_faults(channels or ()), *_muted_faults(muted or ()), *_contact_faults(contacts or {})]
    if faults:
        raise DomainError(Code.INVALID, errors=tuple(faults))
    lock(user)
    was = chosen_by(user)
    now = Chosen(
        was.channels if channels is None else list(dict.fromkeys(channels)),
        was.muted if muted is None else [kind for kind in mutable_kinds() if kind in muted],
        was.contacts
        if contacts is None
        else {code: text for code in sorted(contacts) if (text := contacts[code].strip())},
    )
    if contacts is not None:
        _revive(user)
    if now != was:
        _store(user, was, now)
        events.append(
            "preference.set", by=by, at=at, about=("user", user.pk), division_path=path_of(user),
            channels=now.channels, muted=now.muted, contacts=_differences(was.contacts, now.contacts),
        )  # fmt: skip
    return now


def _store(user: User, was: Chosen, now: Chosen) -> None:
    Preference.objects.update_or_create(user=user, defaults={"channels": now.channels, "muted": now.muted})
    Contact.objects.filter(user=user, channel__in=was.contacts.keys() - now.contacts.keys()).delete()
    for channel, value in now.contacts.items():
        if was.contacts.get(channel) != value:
            Contact.objects.update_or_create(user=user, channel=channel, defaults={"value": value, **_ALIVE})


def _revive(user: User) -> None:
    """A contact that is named again is tried again, whatever was found of it; that is no other choice."""
    Contact.objects.filter(user=user, ended_at__isnull=False).update(**_ALIVE)


def _differences(was: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    changed = {channel: "changed" for channel in now if now[channel] != was.get(channel)}
    return changed | dict.fromkeys(sorted(was.keys() - now.keys()), "forgotten")


def _channel_faults(channels: Sequence[str]) -> Iterator[FieldError]:
    known = personal_channels()
    for place, code in enumerate(channels):
        if code not in known:
            yield _fault(f"channels.{place}", _("There is no such channel."))


def _muted_faults(muted: Sequence[str]) -> Iterator[FieldError]:
    for place, kind in enumerate(muted):
        if kind not in NotificationKind.values:
            yield _fault(f"muted.{place}", _("There is no such kind of notification."))
        elif not may_be_muted(kind):
            yield _fault(f"muted.{place}", _("This kind cannot be muted."))


def _contact_faults(contacts: Mapping[str, str]) -> Iterator[FieldError]:
    if len(contacts) > _MOST:
        yield _fault("contacts", _("There are not so many channels."))
        return
    known = {code for code, reach in personal_channels().items() if reach == Reach.CONTACT}
    for code, value in contacts.items():
        if code not in known:
            yield _fault(f"contacts.{code}", _("There is no such channel."))
        elif text := value.strip():
            yield from _value_faults(code, text)


def _value_faults(code: str, text: str) -> Iterator[FieldError]:
    if len(text) > _LONGEST:
        yield _fault(f"contacts.{code}", _("This is too long."))
    elif code == "mail" and not _is_mail(text):
        yield _fault("contacts.mail", _("This is not a mail address."))
    elif code == "wecom" and not _WECOM_USER.fullmatch(text):
        yield _fault("contacts.wecom", _("This is not a user id of WeCom."))


def _is_mail(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _fault(field: str, detail: Text) -> FieldError:
    return FieldError(field, Code.INVALID, detail)
