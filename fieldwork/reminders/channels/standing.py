"""How each channel stands: fine, off for want of something, or stopped for a while."""

from collections.abc import Iterable

from fieldwork.reminders.channels.base import Channel
from fieldwork.reminders.models import Stoppage

OK = "ok"


def standing(channels: Iterable[Channel], stoppages: Iterable[Stoppage]) -> dict[str, str]:
    """Of each channel by its code: `ok`, `off: …`, or `stopped since …: …`; for whoever runs the installation."""
    stopped = {one.channel: f"stopped since {one.since.isoformat()}: {one.reason}" for one in stoppages}
    return {
        channel.code: f"off: {fault}" if (fault := channel.fault()) else stopped.get(channel.code, OK)
        for channel in channels
    }
