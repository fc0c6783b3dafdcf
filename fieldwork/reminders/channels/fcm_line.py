"""One process's line to FCM: batches shared out among threads. Imports firebase-admin, as `fcm_app` does."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from firebase_admin import messaging
from firebase_admin.exceptions import FirebaseError
from google.auth.exceptions import GoogleAuthError

from fieldwork.reminders.channels.base import Message, Outcome, Result
from fieldwork.reminders.channels.crew import Crew
from fieldwork.reminders.channels.fcm_answers import EXPIRED, LATE, STRANGE, outcome_of, without_token
from fieldwork.reminders.channels.fcm_app import App
from fieldwork.reminders.enums import Failure, PushKind

_TAG_BYTES = 64  # Apple's limit of a collapse id
_RENEWED = Outcome(Result.SENT)


class Line:
    """An app of firebase-admin's and the threads that send through it.

    `in_flight` messages at a time, with `names` the whole text instead of the brief one. Raises OSError or ValueError
    where the account's file is not one, or its key cannot be read.
    """

    def __init__(self, account: Path, url: str, *, in_flight: int, names: bool, patience: float) -> None:
        self._app = App(account, url, in_flight, patience)
        self._crew = Crew(in_flight)
        self._names, self._patience = names, patience

    def send(self, messages: Sequence[Message], deadline: float) -> list[Outcome]:
        """How each went by `deadline` (`time.monotonic`).

        What was answered that the access token is good no longer is sent once more with a new one.
        """
        renewed = not self._app.ready
        outcomes = self._attempt(messages, deadline, renew=renewed)
        again = [number for number, outcome in enumerate(outcomes) if outcome is EXPIRED]
        if again and not renewed:
            second = self._attempt([messages[number] for number in again], deadline, renew=True)
            for number, outcome in zip(again, second, strict=True):
                outcomes[number] = outcome
        return outcomes

    def _attempt(self, messages: Sequence[Message], deadline: float, *, renew: bool) -> list[Outcome]:
        """The access token first, asked for once: threads that met an old one would each ask for another."""
        if renew:
            [failure] = self._crew.share(_renewed, [self._app], min(deadline, time.monotonic() + self._patience))
            if failure is not _RENEWED:
                self._app.cut()
                return [failure or LATE] * len(messages)
        found = self._crew.share(self._deliver, messages, deadline)
        if None in found:
            self._app.cut()
        return [outcome or LATE for outcome in found]

    def _deliver(self, message: Message) -> Outcome:
        try:
            return Outcome(Result.SENT, provider_id=self._app.send(written(message, self._names)))
        except FirebaseError as error:
            address = message.address.value if message.address else ""
            return outcome_of(error, address=address, at=message.at)
        except (AttributeError, KeyError, TypeError, UnicodeDecodeError):  # firebase-admin trusts an answer's shape
            return STRANGE
        except ValueError as error:
            return Outcome(Result.REFUSED, str(error), Failure.INVALID_MESSAGE)

    def close(self) -> None:
        self._crew.close()
        self._app.close()


def _renewed(app: App) -> Outcome:
    try:
        app.refresh()
    except GoogleAuthError as error:
        return without_token(error)
    except (TypeError, ValueError):
        return STRANGE
    return _RENEWED


def written(message: Message, names: bool) -> messaging.Message:
    """The message as firebase-admin has it; one without an address of FCM's is refused when it is encoded."""
    tag = collapse_id(message.tag) or None
    made = messaging.Message(
        notification=messaging.Notification(message.title, message.body if names else message.brief),
        data={"notification": str(message.notification), "kind": str(message.kind), "link": message.link},
        # FCM ignores a collapse key beside a notification: the tag is what a repeat replaces itself by.
        android=messaging.AndroidConfig(priority="high", notification=messaging.AndroidNotification(tag=tag)),
        apns=messaging.APNSConfig({"apns-priority": "10"} | ({"apns-collapse-id": tag} if tag else {})),
    )
    match message.address:
        case None:
            pass
        case address if address.kind == PushKind.FCM_FID:
            made.fid = address.value
        case address if address.kind == PushKind.FCM_TOKEN:
            made.token = address.value  # the constructor warns of tokens, which will be phased out
    return made


def collapse_id(tag: str) -> str:
    """The tag, or a digest of one that is longer than Apple allows or no text for a header."""
    if tag.isascii() and tag.isprintable() and len(tag) <= _TAG_BYTES:
        return tag
    return hashlib.sha256(tag.encode()).hexdigest()
