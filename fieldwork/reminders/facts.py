"""What each notification is about at an instant, and its words from that; nothing where it has ceased to be."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils import translation

from fieldwork.core.periods import local_day
from fieldwork.reminders import texts, words
from fieldwork.reminders.addressees import concerned
from fieldwork.reminders.alarms import Stopped, stopped_of
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.escalation import Repeated, Unopened, repeated_of, unopened_of
from fieldwork.reminders.hazard_steps import Handed, handed_to
from fieldwork.reminders.hazards import Waitings, waiting_for
from fieldwork.reminders.models import Notification
from fieldwork.reminders.plan import is_news
from fieldwork.reminders.posts import Held, held_by
from fieldwork.reminders.queries import Digest, Owed, digests_of, owed_by
from fieldwork.reminders.texts import Words
from fieldwork.reminders.verdicts import Decided, decided_in


class Trial(NamedTuple):
    """That somebody tries out whether pushes arrive."""


Facts = list[Owed] | Digest | Decided | Waitings | Handed | Held | Repeated | Unopened | Stopped | Trial


def facts_of(notifications: Sequence[Notification], now: datetime, *, to_groups: bool = False) -> Mapping[int, Facts]:
    """What each is about now, by its id; left out where that has ceased, or its reader is no longer whom it is for."""
    by_now = concerned(notifications, now)
    still = [one for one in notifications if one.pk not in by_now or one.user_id in by_now[one.pk]]
    of = {kind: [one for one in still if one.kind == kind] for kind in NotificationKind}
    steps = of[NotificationKind.ASSIGNED] + of[NotificationKind.RETURNED]
    return {
        **owed_by(of[NotificationKind.REMINDER] + of[NotificationKind.LAPSE]),
        **digests_of(of[NotificationKind.DIGEST], now, to_groups=to_groups),
        **decided_in(of[NotificationKind.VERDICT]),
        **waiting_for(of[NotificationKind.HAZARD], now),
        **handed_to(steps, now),
        **held_by(of[NotificationKind.LINKAGE] + of[NotificationKind.POST], now),
        **repeated_of(of[NotificationKind.REPEATED], now),
        **unopened_of(of[NotificationKind.UNOPENED], lambda told: facts_of(told, now).keys()),
        **stopped_of(of[NotificationKind.ALARM]),
        **{one.pk: Trial() for one in of[NotificationKind.TEST]},
    }


def words_of(one: Notification, facts: Facts | None, now: datetime) -> Words | None:
    """The words in the reader's language; None where nothing is to be said any more. Raises ValueError or LookupError
    for facts of which nobody thought: they are that row's alone."""
    if facts is None:
        return None
    with translation.override(one.user.language):
        if isinstance(facts, list):
            return _of_duties(one, facts, now)
        return _SAID[NotificationKind(one.kind)](facts)


_SAID: Mapping[NotificationKind, Callable[[Any], Words]] = {
    NotificationKind.DIGEST: texts.digest,
    NotificationKind.VERDICT: texts.verdict,
    NotificationKind.HAZARD: words.hazards,
    NotificationKind.ASSIGNED: words.assigned,
    NotificationKind.RETURNED: words.returned,
    NotificationKind.LINKAGE: words.linked,
    NotificationKind.POST: words.taken_over,
    NotificationKind.REPEATED: words.repeated,
    NotificationKind.UNOPENED: words.unopened,
    NotificationKind.ALARM: words.alarm,
    NotificationKind.TEST: words.trial,
}


@lru_cache(maxsize=1000)
def _lapse(_language: str, owed: tuple[Owed, ...]) -> Words:
    """In the active language, which is this: at a month's end very many owe the same by the same article."""
    return texts.lapse(owed)


def _of_duties(one: Notification, owed: list[Owed], now: datetime) -> Words | None:
    if one.kind == NotificationKind.LAPSE:
        lapsed = [duty for duty in owed if duty.lapses_at <= now]
        return _lapse(one.user.language, tuple(lapsed)) if lapsed else None
    due = [duty for duty in owed if is_news(one.kind, one.at, duty.due_at, now)]
    return texts.reminder(due, local_day(now)) if due else None
