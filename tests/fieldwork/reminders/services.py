"""Outside services that answer as they are told, a person's addresses there, and a clock that goes on by itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE
from fieldwork.directory.models import User
from fieldwork.reminders.actions import tick
from fieldwork.reminders.channels import REGISTRY, configured
from fieldwork.reminders.channels.base import Message, Outcome, Reach, Result
from fieldwork.reminders.deliver import Delivered, deliver
from fieldwork.reminders.enums import WAITING, Failure
from fieldwork.reminders.hazard_steps import plan_hazard_steps
from fieldwork.reminders.models import Contact, Delivery, Device, Notification, Preference
from fieldwork.reminders.plan import NEWS
from fieldwork.reminders.posts import plan_posts
from fieldwork.reminders.verdicts import plan_verdicts
from fieldwork.reminders.workdays import NO_OVERRIDES
from tests.hazards import Works, do, report

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SENT = Outcome(Result.SENT, provider_id="seen")
FAILED = Outcome(Result.FAILED, "The service does not answer.", Failure.UNAVAILABLE)
GONE = Outcome(Result.GONE, "Nobody is there.", Failure.UNREGISTERED)
REFUSED = Outcome(Result.REFUSED, "Not such a message.", Failure.INVALID_MESSAGE)
STOPPED = Outcome(Result.STOPPED, "The key was not taken.", Failure.CREDENTIALS)


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


CLAIMED_AT = local(11, 1)


class Service:
    """Answers by address as `answers` says, one answer a message, the last one for ever; else that it was sent."""

    batch = 50

    def __init__(self, code: str, reach: Reach, groups: Sequence[str] = ()) -> None:
        self.code, self.reach, self._groups = code, reach, groups
        self.answers: dict[str, list[Outcome]] = {}
        self.calls: list[list[Message]] = []

    def fault(self) -> str:
        return ""

    def groups(self) -> Sequence[str]:
        return self._groups

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        self.calls.append(list(messages))
        return [self._answer(one.address.value if one.address else "") for one in messages]

    def _answer(self, address: str) -> Outcome:
        answers = self.answers.get(address) or self.answers.get("*") or [SENT]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    @property
    def messages(self) -> list[Message]:
        return [one for call in self.calls for one in call]

    @property
    def seen(self) -> list[tuple[datetime, str, str]]:
        """What came, when, of which kind, for which address."""
        return [
            (one.at.astimezone(ZONE), str(one.kind), one.address.value if one.address else "") for one in self.messages
        ]


class Outside:
    """Phones, WeCom, mail and a group's robot, in this order of use."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        self.push = Service("fcm", Reach.DEVICES)
        self.wecom = Service("wecom", Reach.CONTACT)
        self.mail = Service("mail", Reach.CONTACT)
        self.group = Service("robots", Reach.GROUP)
        self.all = [self.push, self.wecom, self.mail, self.group]
        for service in self.all:
            monkeypatch.setitem(REGISTRY, service.code, service)
        settings.CHANNELS = ["inbox", *(service.code for service in self.all)]
        self._read = 0

    def at(self, now: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES) -> Delivered:
        """One tick, and what it wakes; the feed is read here, which does not show what is in a transaction."""
        unread = list(Event.objects.filter(pk__gt=self._read).order_by("pk"))
        for plan in (plan_verdicts, plan_hazard_steps, plan_posts):
            plan(unread, now - NEWS, now)
        self._read = unread[-1].pk if unread else self._read
        tick(now, overrides)
        waiting = set(Delivery.objects.filter(state__in=WAITING).values_list("channel", flat=True))
        return deliver(now, [each for each in configured() if each.reach != Reach.ALL and each.code in waiting])

    def run(self, first: datetime, last: datetime, every: timedelta = 5 * MINUTE, **told: Any) -> None:
        """A tick every few minutes, the first and the last instant among them."""
        while first < last:
            self.at(first, **told)
            first += every
        self.at(last, **told)

    def days(self, first: date, last: date, **told: Any) -> None:
        """The two hours of every day at which most is told."""
        for day in range((last - first).days + 1):
            for hour in (8, 9):
                self.at(datetime(first.year, first.month, first.day, hour, tzinfo=ZONE) + day * DAY, **told)

    @property
    def seen(self) -> dict[str, list[tuple[datetime, str, str]]]:
        """What came anywhere, by channel."""
        found: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
        for service in self.all:
            if service.messages:
                found[service.code] = service.seen
        return dict(found)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Outside:
    return Outside(monkeypatch, settings)


def phone(user: User, value: str = "token-1", claimed_at: datetime = CLAIMED_AT, **fields: Any) -> Device:
    values: dict[str, Any] = {"key": value, "platform": "android", "push_kind": "fcm_token", **fields}
    return Device.objects.create(user=user, push_value=value, claimed_at=claimed_at, **values)


def contact(user: User, channel: str, value: str = "") -> Contact:
    return Contact.objects.create(user=user, channel=channel, value=value or f"{channel}-{user.pk}")


def chose(user: User, *channels: str, muted: Sequence[str] = ()) -> None:
    Preference.objects.create(user=user, channels=list(channels), muted=list(muted))


def inbox(user: User) -> list[tuple[str, datetime]]:
    """Of what the user was told in the app, and since when it was there."""
    rows = Notification.objects.filter(user=user, delivered_at__isnull=False).order_by("delivered_at", "pk")
    return [(one.kind, one.delivered_at.astimezone(ZONE)) for one in rows if one.delivered_at]


def assigned(works: Works, grade: str = "general") -> UUID:
    """A hazard that was given to its unit at once."""
    pk = report(works, grade=grade)
    do(works, "office", pk, "grade", grade=grade)
    do(works, "office", pk, "assign")
    return pk


def states(channel: str) -> list[tuple[str, str]]:
    """Of each delivery of a channel, and why not."""
    return list(Delivery.objects.filter(channel=channel).order_by("pk").values_list("state", "reason"))
