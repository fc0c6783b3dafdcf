"""What a channel is: something that takes written messages and answers how each went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fieldwork.reminders.enums import NotificationKind


@dataclass(frozen=True, slots=True)
class Message:
    """One notification in words, in the reader's language: `to` is whose, `at` the instant of sending."""

    notification: int
    user: int
    to: str
    kind: NotificationKind
    title: str
    body: str
    at: datetime


class Result(StrEnum):
    """How it went: `failed` is tried again, `gone` (no such address any more) is not."""

    SENT = "sent"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one message went; `text` says why not, for whoever runs the installation."""

    result: Result
    text: str = ""


class Channel(Protocol):
    """A way to people.

    `send` takes at most `batch` messages, ends within a minute (the lease of a batch is two), answers one
    outcome a message in their order, and raises nothing for what the other side does. A message may come
    again after a crash; its notification's id serves to collapse repeats.
    """

    code: str
    batch: int

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]: ...
