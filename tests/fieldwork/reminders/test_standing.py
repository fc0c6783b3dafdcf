"""How channels stand, in words."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fieldwork.reminders.channels.base import Message, Outcome, Reach
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.channels.standing import standing
from fieldwork.reminders.models import Stoppage

AT = datetime(2026, 11, 21, 4, tzinfo=UTC)


class Pigeon:
    """Has no corn."""

    code = "pigeon"
    batch = 1
    reach = Reach.CONTACT

    def fault(self) -> str:
        return "no corn"

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        raise AssertionError("nothing is sent")


def test_each_channel_is_ok_or_off_or_stopped() -> None:
    stopped = [Stoppage(channel=code, since=AT, again_at=AT, reason="refused") for code in ("inbox", "pigeon", "gone")]
    assert standing([Inbox(), Pigeon()], []) == {"inbox": "ok", "pigeon": "off: no corn"}
    assert standing([Inbox(), Pigeon()], stopped) == {
        "inbox": "stopped since 2026-11-21T04:00:00+00:00: refused",
        "pigeon": "off: no corn",
    }
