"""What a person sees in the inbox, and reading it."""

from datetime import datetime, timedelta

import pytest
from django.db.models import Q

from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation
from fieldwork.reminders.actions import mark_read, tick
from fieldwork.reminders.models import Notification
from fieldwork.reminders.plan import look, plan_next
from fieldwork.reminders.queries import notifications_visible_to
from tests import factories

pytestmark = pytest.mark.django_db

LAST_REMINDER = datetime(2026, 11, 29, 9, tzinfo=ZONE)
DIGEST = datetime(2026, 12, 1, 9, tzinfo=ZONE)


@pytest.fixture
def user() -> User:
    """A leader with two duties of November, supervising the own town besides."""
    town = factories.division()
    tenure = factories.tenure(factories.post(factories.organisation(town)))
    rule = factories.rule(town, [])
    factories.obligation(tenure, rule)
    factories.obligation(tenure, rule, duty="meeting", activity="meeting")
    return factories.user(leader=tenure.leader, office="supervisor", division=town)


def unread(user: User) -> list[str]:
    return [one.kind for one in notifications_visible_to(user).filter(Q(unread=True)).order_by("at")]


def test_inbox_holds_what_was_delivered_to_oneself(user: User) -> None:
    look(LAST_REMINDER)
    while plan_next(LAST_REMINDER) is not None:
        pass
    assert not notifications_visible_to(user).exists()
    tick(LAST_REMINDER)
    assert unread(user) == ["reminder"]
    assert not notifications_visible_to(factories.user()).exists()


def test_reminder_is_settled_at_once_when_nothing_of_it_is_pending(user: User) -> None:
    tick(LAST_REMINDER)
    first, second = Obligation.objects.all()
    Obligation.objects.filter(pk=first.pk).update(outcome="met")
    assert unread(user) == ["reminder"]
    Obligation.objects.filter(pk=second.pk).update(outcome="excused")
    assert unread(user) == []
    assert notifications_visible_to(user).get().settled  # type: ignore[attr-defined]  # annotated


def test_lapse_turned_back_is_settled_and_the_digest_is_not(user: User) -> None:
    tick(DIGEST)
    assert unread(user) == ["lapse", "digest"]
    Obligation.objects.update(outcome="met")
    assert unread(user) == ["digest"]


def test_mark_read_takes_the_first_time_and_tells_it_once(user: User) -> None:
    tick(LAST_REMINDER)
    one = Notification.objects.get()
    for minutes in (5, 6):
        mark_read(notification=one, by=user, at=LAST_REMINDER + timedelta(minutes=minutes))
    assert one.read_at == LAST_REMINDER + timedelta(minutes=5)
    assert unread(user) == []
    assert Event.objects.filter(kind="notification.read", actor=user.actor_key).count() == 1
