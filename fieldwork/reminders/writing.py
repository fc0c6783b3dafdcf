"""Deliveries become messages: from the facts at this instant, in the reader's language, several of a person as one."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation

from fieldwork.reminders import words
from fieldwork.reminders.channels.base import Address, Channel, Message, Outcome, Reach, Result
from fieldwork.reminders.enums import Failure, NotificationKind
from fieldwork.reminders.facts import facts_of, words_of
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.texts import Words
from fieldwork.reminders.ways import addresses_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What is sent as one: its deliveries, and the message, or what is recorded `instead` of sending it."""

    deliveries: Sequence[Delivery]
    message: Message | None = None
    instead: Outcome | None = None


def write(channel: Channel, batch: Sequence[Delivery], now: datetime) -> list[Written]:
    """What is to be sent of a batch. Deliveries that are no longer needed are in none of them.

    Facts of which nobody thought spoil one notification, and not the batch.
    """
    worded, unwordable = _worded(_readable(channel, batch), now, to_groups=channel.reach == Reach.GROUP)
    found = [
        Written(group, instead=_UNWORDABLE)
        for group in _groups([one for one in batch if one.notification_id in unwordable])
    ]
    needed = [one for one in batch if one.notification_id in worded]
    addresses = {} if channel.reach == Reach.ALL else addresses_of(channel, needed, now)
    for group in _groups(needed):
        address = addresses.get(group[0].pk)
        if address is None and channel.reach != Reach.ALL:
            found.append(Written(group, instead=_NOWHERE))
        else:
            found.append(Written(group, _message(group, worded, address, now)))
    return found


_NOWHERE = Outcome(Result.REFUSED, "There is no address any more.", Failure.NO_ADDRESS)
_UNWORDABLE = Outcome(Result.REFUSED, "It could not be put into words: see the log.", Failure.OTHER)


def _readable(channel: Channel, batch: Sequence[Delivery]) -> list[Notification]:
    """Those with a reader: a group, or an active account; outside the app, one that has not read it there."""
    found = {one.notification_id: one.notification for one in batch}
    if channel.reach == Reach.GROUP:
        return list(found.values())
    read = [pk for pk, one in found.items() if one.read_at and channel.reach != Reach.ALL]
    return [one for pk, one in found.items() if one.user.is_active and pk not in read]


def _worded(
    notifications: Sequence[Notification], now: datetime, *, to_groups: bool
) -> tuple[dict[int, Words], set[int]]:
    """The words of each that still matters, by its id; and the ids of those that could not be worded."""
    facts = facts_of(notifications, now, to_groups=to_groups)
    worded, unwordable = dict[int, Words](), set[int]()
    for one in notifications:
        try:
            said = words_of(one, facts.get(one.pk), now)
        except (LookupError, TypeError, ValueError, ArithmeticError):
            logger.exception("notification %s could not be put into words", one.pk)
            unwordable.add(one.pk)
        else:
            if said is not None:
                worded[one.pk] = said
    return worded, unwordable


def _groups(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Those of one bundle together, in the order of their ids."""
    found: dict[tuple[str, str, int], list[Delivery]] = defaultdict(list)
    for one in deliveries:
        key = (one.bundle, one.address, one.notification.user_id) if one.bundle else ("", "", one.pk)
        found[key].append(one)
    return list(found.values())


def _message(group: Sequence[Delivery], worded: Mapping[int, Words], address: Address | None, now: datetime) -> Message:
    first = group[0].notification
    said = worded[first.pk]
    if len(group) > 1:
        with translation.override(first.user.language):
            said = words.together([worded[one.notification_id].title for one in group])
    return Message(
        notification=first.pk, user=first.user_id, to=str(first.user), kind=NotificationKind(first.kind),
        title=said.title, body=said.body, brief=said.brief, at=now, tag=group[0].bundle or subject_of(first),
        link=f"notifications/{first.pk}" if len(group) == 1 else "notifications", address=address,
    )  # fmt: skip


def subject_of(one: Notification) -> str:
    """By which a repeat, and the next about the same, replaces it on the screen."""
    if one.review_id:
        return f"work:{one.review.performance_id}" if one.review else ""
    return one.subject or f"{one.kind}:{one.pk}"
