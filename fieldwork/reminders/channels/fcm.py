"""Firebase Cloud Messaging: phones with Android and iOS, through firebase-admin.

Google is not reachable from most phones in mainland China: never the only channel.
"""

import json
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.enums import Failure

if TYPE_CHECKING:  # whoever does not send does not pay for firebase-admin
    from fieldwork.reminders.channels.fcm_line import Line

_WITHIN = 7.0  # of the eight seconds that a channel has
_PATIENCE = 5.0
_NEEDED = ("project_id", "client_email", "private_key", "token_uri")


class Fcm:
    """One message a device, up to FCM_IN_FLIGHT at a time; tokens and installation ids are told apart by their kind.

    `within` is how long `send` may take in all, `patience` how long a connect or a read may, both in seconds.
    """

    code = "fcm"
    batch = 256  # four rounds of what is in flight: in time while an answer takes less than a second and a half
    reach = Reach.DEVICES

    def __init__(self, *, within: float = _WITHIN, patience: float = _PATIENCE) -> None:
        self.within, self.patience = within, patience
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._process = 0

    def fault(self) -> str:
        path = settings.FCM_CREDENTIALS
        if not path:
            return "FIELDWORK_FCM_CREDENTIALS names no service account's file."
        try:
            account = json.loads(Path(path).read_bytes())
        except OSError as error:
            return f"The service account's file {path} cannot be read: {error.strerror}."
        except ValueError:
            return f"The file {path} is not a service account: it is not JSON."
        if not isinstance(account, dict) or account.get("type") != "service_account":
            return f"The file {path} is not a service account."
        missing = [name for name in _NEEDED if not isinstance(account.get(name), str) or not account[name]]
        return f"The service account's file {path} lacks {', '.join(missing)}." if missing else ""

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        deadline = time.monotonic() + self.within
        if fault := self.fault():
            return [_stopped(fault)] * len(messages)
        try:
            line = self._ours()
        except (OSError, ValueError) as error:
            return [_stopped(f"The service account's key cannot be used: {type(error).__name__}.")] * len(messages)
        outcomes = line.send(messages, deadline)
        if any(outcome.result is Result.STOPPED for outcome in outcomes):
            self.close()  # the account's file may be another the next time
        return outcomes

    def _ours(self) -> "Line":
        """This process's line: what a process had before it forked is not shared with its child.

        Raises OSError or ValueError where the account's file is no good.
        """
        from fieldwork.reminders.channels.fcm_line import Line  # noqa: PLC0415  # whoever does not send does not pay

        with self._lock:
            if self._line is None or self._process != os.getpid():
                self._line = Line(
                    Path(settings.FCM_CREDENTIALS),
                    settings.FCM_URL,
                    in_flight=settings.FCM_IN_FLIGHT,
                    names=settings.FCM_NAMES,
                    patience=self.patience,
                )
                self._process = os.getpid()
            return self._line

    def close(self) -> None:
        """Give up connections and threads; the next batch makes them anew."""
        with self._lock:
            line, self._line = self._line, None
        if line and self._process == os.getpid():
            line.close()


def _stopped(text: str) -> Outcome:
    return Outcome(Result.STOPPED, text, Failure.CREDENTIALS)
