"""The ways to people. To add one, write a `Channel` and name it here; FIELDWORK_CHANNELS switches it on."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from fieldwork.reminders.channels.base import Channel
from fieldwork.reminders.channels.console import Console
from fieldwork.reminders.channels.inbox import Inbox

REGISTRY: dict[str, Channel] = {channel.code: channel for channel in (Inbox(), Console())}


def configured() -> list[Channel]:
    """The channels that are switched on, in the order of the setting."""
    return [REGISTRY[code] for code in dict.fromkeys(settings.CHANNELS)]


def check_channels(**_options: Any) -> list[CheckMessage]:
    """Stops the start on a name that no channel has, and without the inbox: every push is there too."""
    hint = f"FIELDWORK_CHANNELS takes, comma-separated and with inbox among them: {', '.join(sorted(REGISTRY))}."
    faults = [f"There is no channel {code!r}." for code in settings.CHANNELS if code not in REGISTRY]
    if Inbox.code not in settings.CHANNELS:
        faults.append("The channel 'inbox' is missing.")
    return [Error(fault, hint=hint, id="reminders.E001") for fault in faults]
