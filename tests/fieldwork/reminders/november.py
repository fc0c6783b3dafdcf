"""The instants of November 2026, more leaders who owe, and the one delivery there is."""

from datetime import datetime, timedelta

from fieldwork.core.periods import ZONE
from fieldwork.directory.models import Tenure
from fieldwork.duties.models import Rule
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.plan import look, plan_next
from tests import factories

TEN_DAYS_LEFT = datetime(2026, 11, 20, 9, tzinfo=ZONE)
NEXT_REMINDER = datetime(2026, 11, 27, 9, tzinfo=ZONE)
LAPSED = datetime(2026, 12, 1, 8, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)


def planned(now: datetime) -> None:
    look(now)
    while plan_next(now) is not None:
        pass
    climb(now)


def more_leaders(tenure: Tenure, rule: Rule, number: int) -> None:
    for _ in range(number):
        another = factories.tenure(tenure.post, factories.leader())
        factories.user(leader=another.leader)
        factories.obligation(another, rule)


def only() -> Delivery:
    return Delivery.objects.get()


def only_sent() -> Notification:
    return Notification.objects.get(delivered_at__isnull=False)
