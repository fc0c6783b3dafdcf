"""The ways to people. To add one, write a `Channel` and name it here; FIELDWORK_CHANNELS switches it on."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from fieldwork.reminders.channels import robots, wecom
from fieldwork.reminders.channels.base import Channel
from fieldwork.reminders.channels.console import Console
from fieldwork.reminders.channels.fcm import Fcm
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.channels.mail import Mail
from fieldwork.reminders.channels.robots import Robots
from fieldwork.reminders.channels.wecom import WeCom

_CHANNELS = (Inbox(), Console(), Fcm(), WeCom(), Mail(), Robots())
REGISTRY: dict[str, Channel] = {channel.code: channel for channel in _CHANNELS}


def configured() -> list[Channel]:
    """The channels that are switched on, in the order of the setting."""
    return [REGISTRY[code] for code in dict.fromkeys(settings.CHANNELS)]


def check_channels(**_options: Any) -> list[CheckMessage]:
    """What a start says of its channels.

    It stops on a name that no channel has, without the inbox (every push is there too), and on an address that cannot
    be read. A channel that wants for credentials is off, and the rest goes on.
    """
    hint = f"FIELDWORK_CHANNELS takes, comma-separated and with inbox among them: {', '.join(sorted(REGISTRY))}."
    faults = [f"There is no channel {code!r}." for code in settings.CHANNELS if code not in REGISTRY]
    if Inbox.code not in settings.CHANNELS:
        faults.append("The channel 'inbox' is missing.")
    if faults:
        return [Error(fault, hint=hint, id="reminders.E001") for fault in faults]
    return [message for channel in configured() for message in _check(channel)]


def _check(channel: Channel) -> list[CheckMessage]:
    if wrong := _UNUSABLE[channel.code]() if channel.code in _UNUSABLE else "":
        return [Error(wrong, hint=_WRITTEN, id="reminders.E002")]
    if fault := channel.fault():
        return [Warning(f"Channel {channel.code!r} is off: {fault}", id="reminders.W001")]
    return []


# What can be wrong beyond what the settings themselves see: apprise, which is slow to import, reads the rest.
_UNUSABLE = {
    WeCom.code: lambda: wecom.unusable() if settings.WECOM else "",
    Robots.code: robots.unusable,
}
_WRITTEN = (
    "wechat://corpid:secret@agentid, wecombot://key, dingtalk://token or dingtalk://secret@token, feishu://token, "
    "json://host/path or jsons://host/path; percent-encode what is neither letter nor digit."
)
