"""The console: a line a message in the log, for trying out."""

import logging
from collections.abc import Sequence

from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result

_log = logging.getLogger(__name__)


class Console:
    """Logs one readable line a message."""

    code = "console"
    batch = 500
    reach = Reach.ALL

    def fault(self) -> str:
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        for one in messages:
            _log.info("%s → %s: %s %s", one.kind, one.to, one.title, one.body.replace("\n", " / "))
        return [Outcome(Result.SENT)] * len(messages)
