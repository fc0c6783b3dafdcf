"""One channel after the other, until something arrived and was opened; at last the office."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation
from fieldwork.reminders.actions import tick
from fieldwork.reminders.channels import REGISTRY
from fieldwork.reminders.channels.base import Outcome
from fieldwork.reminders.deliver import deliver
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.plan import look, plan_next
from tests import factories
from tests.fieldwork.reminders.november import LAPSED, NEXT_REMINDER, TEN_DAYS_LEFT, planned
from tests.fieldwork.reminders.services import (
    FAILED,
    GONE,
    MINUTE,
    REFUSED,
    SENT,
    STOPPED,
    Outside,
    chose,
    inbox,
    phone,
    states,
)
from tests.stopping import told_to_end

pytestmark = pytest.mark.django_db

QUARTER = 15 * MINUTE


def test_inbox_and_the_first_channel_are_told_at_once_and_no_other(user: User, outside: Outside) -> None:
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=2))
    assert inbox(user) == [("reminder", TEN_DAYS_LEFT)]
    assert outside.seen == {"fcm": [(TEN_DAYS_LEFT, "reminder", "token-1")]}


@pytest.mark.parametrize("answer", [GONE, REFUSED])
def test_what_failed_for_good_is_told_by_the_next_channel_at_the_next_tick(
    user: User, outside: Outside, answer: Outcome
) -> None:
    outside.push.answers["*"] = [answer]
    outside.wecom.answers["*"] = [answer]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=2))
    assert [len(service.messages) for service in (outside.push, outside.wecom, outside.mail)] == [1, 1, 1]
    assert outside.mail.messages[0].at == TEN_DAYS_LEFT + 10 * MINUTE


@pytest.mark.parametrize("answer", [FAILED, STOPPED])
def test_channel_that_does_not_send_is_left_after_a_quarter_and_sends_nothing_later(
    user: User, outside: Outside, answer: Outcome
) -> None:
    outside.push.answers["*"] = [answer]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + QUARTER, MINUTE)
    assert outside.wecom.seen == [(TEN_DAYS_LEFT + QUARTER, "reminder", "w1")]
    assert states("fcm") == [("failed", "superseded")]
    tried = len(outside.push.messages)
    outside.push.answers["*"] = [SENT]
    outside.run(TEN_DAYS_LEFT + QUARTER, TEN_DAYS_LEFT + timedelta(hours=3))
    assert len(outside.push.messages) == tried
    assert len(outside.wecom.messages) == 1
    assert not outside.mail.messages


def test_every_channel_that_fails_is_left_after_its_own_quarter(user: User, outside: Outside) -> None:
    outside.push.answers["*"] = outside.wecom.answers["*"] = [FAILED]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + 2 * QUARTER, MINUTE)
    assert outside.mail.seen == [(TEN_DAYS_LEFT + 2 * QUARTER, "reminder", "m1")]


def test_last_channel_that_fails_is_tried_to_the_end(user: User, outside: Outside) -> None:
    chose(user, "mail")
    outside.mail.answers["*"] = [FAILED, FAILED, FAILED, FAILED, SENT]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=3))
    assert len(outside.mail.messages) == 5
    assert states("mail") == [("sent", "")]
    assert list(outside.seen) == ["mail"]


def test_worker_that_ended_in_the_middle_does_not_send_later_what_the_next_channel_has_sent(
    user: User, outside: Outside
) -> None:
    outside.at(TEN_DAYS_LEFT)
    Delivery.objects.filter(channel="fcm").update(
        state="claimed", claimed_until=TEN_DAYS_LEFT + 2 * MINUTE, ended_at=None
    )
    climb(TEN_DAYS_LEFT + QUARTER)
    outside.run(TEN_DAYS_LEFT + QUARTER, TEN_DAYS_LEFT + 2 * QUARTER)
    assert len(outside.push.messages) == 1
    assert outside.wecom.seen == [(TEN_DAYS_LEFT + QUARTER, "reminder", "w1")]


def test_what_was_being_sent_when_the_next_channel_was_taken_is_not_tried_again(user: User, outside: Outside) -> None:
    """The service answers when the ladder has gone on."""
    send = outside.push.send

    def slow(messages):  # type: ignore[no-untyped-def]
        climb(TEN_DAYS_LEFT + QUARTER)
        return send(messages)

    outside.push.answers["*"] = [FAILED]
    outside.push.send = slow  # type: ignore[method-assign]
    outside.at(TEN_DAYS_LEFT)
    outside.push.send = send  # type: ignore[method-assign]
    outside.run(TEN_DAYS_LEFT + QUARTER, TEN_DAYS_LEFT + timedelta(hours=2))
    assert len(outside.push.messages) == 1
    assert len(outside.wecom.messages) == 1


def test_both_phones_of_a_person_are_pushed_to(user: User, outside: Outside) -> None:
    phone(user, "token-2")
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=1))
    assert sorted(value for _at, _kind, value in outside.push.seen) == ["token-1", "token-2"]


@pytest.mark.parametrize("dead", ["token-1", "token-2"])
def test_one_dead_phone_of_two_leads_to_no_other_channel(user: User, outside: Outside, dead: str) -> None:
    phone(user, "token-2")
    outside.push.answers[dead] = [GONE]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=1))
    assert list(outside.seen) == ["fcm"]
    assert len(outside.push.messages) == 2


def test_two_phones_of_which_one_is_dead_and_one_fails_lead_to_the_next_channel_after_a_quarter(
    user: User, outside: Outside
) -> None:
    phone(user, "token-2")
    outside.push.answers = {"token-1": [GONE], "token-2": [FAILED]}
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=1), MINUTE)
    assert outside.wecom.seen == [(TEN_DAYS_LEFT + QUARTER, "reminder", "w1")]


def test_person_without_any_channel_has_the_inbox(obligation: Obligation, outside: Outside) -> None:
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=1))
    assert outside.seen == {}
    assert inbox(User.objects.get(leader=obligation.leader)) == [("reminder", TEN_DAYS_LEFT)]


def stopped_for_another(outside: Outside) -> None:
    """The channel of pushes, a minute before."""
    another, before = factories.user(), TEN_DAYS_LEFT - MINUTE
    phone(another, "token-9")
    Notification.objects.create(user=another, kind="test", at=before, look_at=before)
    outside.push.answers["token-9"] = [STOPPED, SENT]
    outside.at(before)


def test_only_channel_of_a_person_that_is_stopped_when_it_is_planned_sends_once_it_works_again(
    user: User, outside: Outside
) -> None:
    chose(user, "fcm")
    stopped_for_another(outside)
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=1))
    assert [at for at, kind, _to in outside.push.seen if kind == "reminder"] == [TEN_DAYS_LEFT + QUARTER]


def test_stopped_channel_is_passed_over_for_the_next(user: User, outside: Outside) -> None:
    stopped_for_another(outside)
    outside.at(TEN_DAYS_LEFT)
    assert outside.wecom.seen == [(TEN_DAYS_LEFT, "reminder", "w1")]


def test_person_orders_channels_and_leaves_some_out(user: User, outside: Outside) -> None:
    chose(user, "mail", "fcm")
    outside.mail.answers["*"] = outside.push.answers["*"] = [GONE]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + timedelta(hours=2))
    assert outside.mail.seen == [(TEN_DAYS_LEFT, "reminder", "m1")]
    assert outside.push.seen == [(TEN_DAYS_LEFT + 5 * MINUTE, "reminder", "token-1")]
    assert not outside.wecom.messages


def test_muted_kind_is_in_the_inbox_alone_and_the_lapse_cannot_be_muted(user: User, outside: Outside) -> None:
    chose(user, muted=["reminder", "lapse"])
    outside.at(TEN_DAYS_LEFT)
    assert (outside.seen, len(inbox(user))) == ({}, 1)
    outside.at(LAPSED)
    assert outside.push.seen == [(LAPSED, "lapse", "token-1")]


def test_duty_that_was_met_before_the_next_channel_was_taken_is_not_told_there(
    user: User, obligation: Obligation, outside: Outside
) -> None:
    outside.push.answers["*"] = [FAILED]
    outside.at(TEN_DAYS_LEFT)
    Obligation.objects.filter(pk=obligation.pk).update(outcome="met")
    outside.run(TEN_DAYS_LEFT + MINUTE, TEN_DAYS_LEFT + timedelta(hours=1))
    assert len(outside.push.messages) == 1
    assert not outside.wecom.messages


def test_what_was_read_in_the_app_is_not_sent_outside_any_more(user: User, outside: Outside) -> None:
    outside.push.answers["*"] = [FAILED, SENT]
    outside.at(TEN_DAYS_LEFT)
    Notification.objects.update(read_at=TEN_DAYS_LEFT)
    outside.run(TEN_DAYS_LEFT + MINUTE, TEN_DAYS_LEFT + timedelta(hours=1))
    assert len(outside.push.messages) == 1
    assert not outside.wecom.messages


def test_choice_of_channels_that_do_not_lead_to_the_person_does_not_mute_the_lapse(
    user: User, outside: Outside
) -> None:
    chose(user, "webpush")
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + QUARTER)
    outside.run(LAPSED, LAPSED + QUARTER)
    assert outside.seen == {"fcm": [(LAPSED, "lapse", "token-1")]}


def test_nothing_is_pushed_that_the_inbox_does_not_have_yet(user: User, outside: Outside) -> None:
    planned(TEN_DAYS_LEFT)
    deliver(TEN_DAYS_LEFT, [outside.push])
    assert outside.seen == {}
    deliver(TEN_DAYS_LEFT, [REGISTRY["inbox"], outside.push])
    assert outside.push.seen == [(TEN_DAYS_LEFT, "reminder", "token-1")]


def test_inbox_is_filled_before_anybody_is_woken(user: User, outside: Outside) -> None:
    tick(TEN_DAYS_LEFT)
    assert inbox(user) == [("reminder", TEN_DAYS_LEFT)]
    with CaptureQueriesContext(connection) as captured:
        tick(NEXT_REMINDER)
    said = [query["sql"] or "" for query in captured]  # PostgreSQL does not say what it has prepared
    filled = next(place for place, sql in enumerate(said) if '"delivered_at" = ' in sql and sql.startswith("UPDATE"))
    woken = next(place for place, sql in enumerate(said) if sql.startswith('INSERT INTO "django_tasks'))
    assert filled < woken


def test_steps_that_are_told_to_end_are_taken_by_the_next_process(user: User, outside: Outside) -> None:
    look(TEN_DAYS_LEFT)
    plan_next(TEN_DAYS_LEFT)
    with told_to_end():
        assert climb(TEN_DAYS_LEFT) == 0
    assert climb(TEN_DAYS_LEFT) == 2
