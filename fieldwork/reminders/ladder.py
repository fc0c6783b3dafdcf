"""One step after the other: the inbox and a person's first channel; the next one where that did not arrive, or was not
opened in time; at last the person's office. In the quiet hours nothing is chosen but the inbox: whom it is for, and by
which way, is looked at in the morning.

Each notification says when it is to be looked at next, so that whatever stopped in between, the next tick goes on. What
has been read, or was no longer needed when it was to be sent, is left alone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from fieldwork.core import locks, stopping
from fieldwork.core.periods import local_day
from fieldwork.reminders.addressees import hand_on
from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Reach
from fieldwork.reminders.enums import WAITING, DeliveryState, Failure
from fieldwork.reminders.escalation import tell_offices
from fieldwork.reminders.facts import facts_of
from fieldwork.reminders.groups import to_groups
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.quiet import awake, is_loud, local
from fieldwork.reminders.timetable import Timetable, timetable
from fieldwork.reminders.ways import Way, Ways, able, stopped, ways_to
from fieldwork.reminders.workdays import NO_OVERRIDES, after_working_days

READER = "reminders"
BATCH = 1000  # notifications looked at in one transaction


def climb(now: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES) -> int:
    """Take the next step of each notification whose time has come; answers how many deliveries it planned.

    Where this process is told to end, it does so after the batch at hand.
    """
    planned, more = 0, True
    while more and not stopping.asked():
        with transaction.atomic():
            locks.hold(READER)  # two tickers would take the same step
            due = Notification.objects.filter(look_at__lte=now).select_related("user__division", "division")
            found = list(due.order_by("look_at", "pk")[:BATCH])
            still = hand_on(found, now)
            planned += _Batch(now, overrides).climb(still) if still else 0
            more = len(found) == BATCH or len(still) < len(found)  # the successors' are to be looked at too
    return planned


class _Step(NamedTuple):
    """What follows for one notification: deliveries, the next look (None: no more), and whether its office is told."""

    deliveries: Sequence[Delivery] = ()
    look_at: datetime | None = None
    to_office: bool = False


class _Batch:
    """What all steps of one transaction share: the instant, the timetable, the channels that work."""

    def __init__(self, now: datetime, overrides: Mapping[date, bool]) -> None:
        self.now, self.overrides = now, overrides
        self.table: Timetable = timetable()
        self.channels, self.idle = able(), stopped(now)
        self.to_all = [channel.code for channel in self.channels if channel.reach == Reach.ALL]
        self.beside = {channel.code for channel in REGISTRY.values() if channel.reach in (Reach.ALL, Reach.GROUP)}

    def climb(self, notifications: Sequence[Notification]) -> int:
        trails = _trails(notifications)
        ways = ways_to({one.user_id for one in notifications}, self.channels, self.now, self.idle)
        steps: dict[int, _Step] = {}
        for one in notifications:
            outside = [each for each in trails[one.pk] if each.channel not in self.beside]
            way = self._way(ways, one, outside)
            steps[one.pk] = self._step(one, outside, way) if trails[one.pk] else self._first(one, way)
        beginning = [one for one in notifications if not trails[one.pk]]
        made = [each for step in steps.values() for each in step.deliveries] + to_groups(beginning, self.channels)
        self._give_up([pk for pk, step in steps.items() if step.deliveries and trails[pk]])
        Delivery.objects.bulk_create(made)
        self._refill([one.pk for one in notifications if steps[one.pk].deliveries and not one.delivered_at])
        self._escalate([one for one in notifications if steps[one.pk].to_office])
        _look_again(steps)
        return len(made)

    def _way(self, ways: Ways, one: Notification, outside: Sequence[Delivery]) -> Way | None:
        """What still waits somewhere is not taken to a channel that is stopped."""
        tried = {each.channel for each in outside}
        return ways.to(one.user_id, one.kind, tried, self.table.always, patient=not _waits(outside))

    def _first(self, one: Notification, way: Way | None) -> _Step:
        inside = [Delivery(notification=one, channel=code, not_before=one.at) for code in self.to_all]
        if way or self._awake(one) > self.now:
            step = self._taking(one, way)
            return step._replace(deliveries=[*inside, *step.deliveries])
        return _Step(inside, self._to_be_opened_by(one, self.now))

    def _step(self, one: Notification, outside: Sequence[Delivery], way: Way | None) -> _Step:
        if one.read_at or {each.state for each in outside} == {DeliveryState.SILENT}:
            return _Step()
        sent = [each.ended_at for each in outside if each.state == DeliveryState.SENT and each.ended_at]
        if sent or way is None:
            return self._unopened(one, max(sent, default=one.delivered_at or one.at), way)
        if _waits(outside) and self._awake(one) > self.now:  # as before the night
            return _Step(look_at=self._awake(one) + self.table.arrival)
        return self._taking(one, way)

    def _unopened(self, one: Notification, since: datetime, way: Way | None) -> _Step:
        """What follows when it has arrived, or nothing more leads to its reader."""
        until = self._to_be_opened_by(one, since)
        if until is None or until > self.now:
            return _Step(look_at=until)
        return self._taking(one, way) if way else _Step(to_office=True)

    def _to_be_opened_by(self, one: Notification, since: datetime) -> datetime | None:
        if one.kind not in self.table.to_be_opened:
            return None
        day = after_working_days(local_day(since), self.table.opening_days, self.overrides)
        return local(day, self.table.news_at)

    def _taking(self, one: Notification, way: Way | None) -> _Step:
        """The next channel; in the quiet hours it is chosen in the morning."""
        at = self._awake(one)
        if way is None or at > self.now:
            return _Step(look_at=at)
        made = [
            Delivery(notification=one, channel=way.channel, address=address, not_before=at) for address in way.addresses
        ]
        return _Step(made, at + self.table.arrival)

    def _awake(self, one: Notification) -> datetime:
        return self.now if is_loud(one, self.table) else awake(self.now, self.table)

    def _give_up(self, notifications: Collection[int]) -> None:
        """What still waits to be tried again is not, now that another channel is used; what is being sent goes on."""
        waiting = Delivery.objects.filter(
            Q(state=DeliveryState.PLANNED) | Q(state=DeliveryState.CLAIMED, claimed_until__lte=self.now),
            notification__in=notifications,
        )
        waiting.exclude(channel__in=self.beside).update(
            state=DeliveryState.FAILED, ended_at=self.now, claimed_until=None, reason=Failure.SUPERSEDED
        )

    def _refill(self, notifications: Collection[int]) -> None:
        """What is to go outside is in the inbox too, though it was not needed for a while."""
        silent = Delivery.objects.filter(notification__in=notifications, channel__in=self.to_all)
        silent.filter(state=DeliveryState.SILENT).update(
            state=DeliveryState.PLANNED, ended_at=None, not_before=self.now
        )

    def _escalate(self, unopened: Sequence[Notification]) -> None:
        """Tell the offices of those who should still look."""
        facts = facts_of(unopened, self.now) if unopened else {}
        tell_offices([one for one in unopened if facts.get(one.pk)], self.now, self.overrides)


def _waits(outside: Sequence[Delivery]) -> bool:
    return any(each.state in WAITING for each in outside)


def _trails(notifications: Sequence[Notification]) -> Mapping[int, list[Delivery]]:
    """What was planned of each so far."""
    found: dict[int, list[Delivery]] = defaultdict(list)
    for each in Delivery.objects.filter(notification__in=[one.pk for one in notifications]).order_by("pk"):
        found[each.notification_id].append(each)
    return found


def _look_again(steps: Mapping[int, _Step]) -> None:
    at: dict[datetime | None, list[int]] = defaultdict(list)
    for pk, step in steps.items():
        at[step.look_at].append(pk)
    for look_at, pks in at.items():
        Notification.objects.filter(pk__in=pks).update(look_at=look_at)
