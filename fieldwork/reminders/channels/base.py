"""What a channel is: something that takes written messages and answers how each went."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from fieldwork.reminders.enums import Failure, NotificationKind


class Reach(StrEnum):
    """Whom a channel reaches, by which its deliveries are planned."""

    ALL = "all"  # everybody, of every notification, at once: nothing to choose
    DEVICES = "devices"  # a person's phones and browsers, one delivery each
    CONTACT = "contact"  # the one address that a person has there, as of mail
    GROUP = "group"  # not a person: the group of a division's office, with digests alone


@dataclass(frozen=True, slots=True)
class Address:
    """Where one message goes: `kind` is a device's `PushKind`, or the channel's code; `platform` a device's."""

    kind: str
    value: str
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One or more notifications of one person in words, in the reader's language.

    `to` is whose, `at` the instant of sending. `title` and `brief` name neither people nor places, and may go where
    strangers look; `body` says all. A repeat after a crash has the same `tag`, and so has the next one about the same
    subject: it replaces the one before on the screen. `link` opens what it is about in the app. `address` is None for
    channels that reach all.
    """

    notification: int
    user: int
    to: str
    kind: NotificationKind
    title: str
    body: str
    brief: str
    at: datetime
    tag: str
    link: str
    address: Address | None = None


class Result(StrEnum):
    """How it went: `sent`; `failed`: tried again; `gone`: the address is dead, and no longer used; `refused`: this
    message will never be taken, which says nothing of the address; `stopped`: the channel itself cannot send, and is
    left alone for a while, without an attempt being counted."""

    SENT = "sent"
    FAILED = "failed"
    GONE = "gone"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one message went; `text` says why not, for whoever runs the installation, and holds no secret.

    `provider_id` is what the other side calls the message; `retry_after` how long it asks to be left alone.
    """

    result: Result
    text: str = ""
    reason: Failure | None = None
    provider_id: str = ""
    retry_after: timedelta | None = None


class Channel(Protocol):
    """A way to people.

    `fault` says why it cannot send at all, such as for want of credentials, and is empty when it can; it asks nobody
    outside. `send` takes at most `batch` messages, ends within eight seconds (a worker that is told to end has ten; the
    lease of a batch is two minutes), answers one outcome a message in their order, and raises nothing for what the
    other side does. A message may come again after a crash; its `tag` serves to collapse repeats.
    """

    code: str
    batch: int
    reach: Reach

    def fault(self) -> str: ...

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]: ...


@runtime_checkable
class Groups(Protocol):
    """What a channel with `Reach.GROUP` also has."""

    def groups(self) -> Collection[str]:
        """Codes of the divisions whose offices have a group there."""
        ...
