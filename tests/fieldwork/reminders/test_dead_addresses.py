"""Addresses that are dead are retired, and no others."""

from datetime import timedelta

import pytest

from fieldwork.directory.models import User
from fieldwork.reminders.models import Device
from tests import factories
from tests.fieldwork.reminders.november import TEN_DAYS_LEFT
from tests.fieldwork.reminders.services import FAILED, GONE, MINUTE, SENT, Outside, chose, phone, states

pytestmark = pytest.mark.django_db


def test_dead_address_is_retired_and_says_why(user: User, outside: Outside) -> None:
    phone(user, "token-2")
    outside.push.answers["token-2"] = [GONE]
    outside.at(TEN_DAYS_LEFT)
    ended = Device.objects.order_by("push_value").values_list("push_value", "push_ended_at", "push_ended_for")
    assert list(ended) == [("token-1", None, ""), ("token-2", TEN_DAYS_LEFT, "unregistered")]
    outside.at(TEN_DAYS_LEFT + timedelta(days=7))
    assert [value for _at, _kind, value in outside.push.seen].count("token-2") == 1


def test_address_of_another_kind_since_the_last_answer_is_asked_once_more(user: User, outside: Outside) -> None:
    chose(user, "fcm")
    Device.objects.update(push_switched=True, push_kind="fcm_fid")
    outside.push.answers["*"] = [GONE]
    outside.at(TEN_DAYS_LEFT)
    one = Device.objects.get()
    assert (one.push_ended_at, one.push_switched) == (None, False)
    outside.at(TEN_DAYS_LEFT + 2 * MINUTE)
    one.refresh_from_db()
    assert one.push_ended_at == TEN_DAYS_LEFT + 2 * MINUTE
    assert len(outside.push.messages) == 2


def test_address_that_was_sent_to_is_no_longer_doubted(user: User, outside: Outside) -> None:
    Device.objects.update(push_switched=True)
    outside.at(TEN_DAYS_LEFT)
    assert Device.objects.get().push_switched is False


@pytest.mark.parametrize("same", [True, False])
def test_address_that_was_claimed_anew_while_it_was_sent_to_stays(user: User, outside: Outside, same: bool) -> None:
    send = outside.push.send

    def claimed_meanwhile(messages):  # type: ignore[no-untyped-def]
        Device.objects.update(
            push_value="token-1" if same else "token-7", claimed_at=TEN_DAYS_LEFT + timedelta(seconds=3)
        )
        return send(messages)

    outside.push.answers["*"] = [GONE]
    outside.push.send = claimed_meanwhile  # type: ignore[method-assign]
    outside.at(TEN_DAYS_LEFT)
    assert Device.objects.get().push_ended_at is None
    outside.at(TEN_DAYS_LEFT + MINUTE)
    assert len(outside.wecom.messages) == 1


def test_phone_that_was_idle_for_270_days_is_not_used(user: User, outside: Outside) -> None:
    Device.objects.update(claimed_at=TEN_DAYS_LEFT - timedelta(days=270))
    outside.at(TEN_DAYS_LEFT)
    assert outside.seen == {"wecom": [(TEN_DAYS_LEFT, "reminder", "w1")]}


def test_phone_that_was_idle_for_a_day_less_is_used(user: User, outside: Outside) -> None:
    Device.objects.update(claimed_at=TEN_DAYS_LEFT - timedelta(days=269))
    outside.at(TEN_DAYS_LEFT)
    assert list(outside.seen) == ["fcm"]


def test_dead_contact_is_retired_and_a_newer_one_is_not(user: User, outside: Outside) -> None:
    chose(user, "wecom", "mail")
    outside.wecom.answers["*"] = [GONE]
    send = outside.mail.send

    def changed_meanwhile(messages):  # type: ignore[no-untyped-def]
        user.contacts.filter(channel="mail").update(value="m2")
        return [GONE for _ in send(messages)]

    outside.mail.send = changed_meanwhile  # type: ignore[method-assign]
    outside.run(TEN_DAYS_LEFT, TEN_DAYS_LEFT + 5 * MINUTE)
    assert list(user.contacts.order_by("channel").values_list("channel", "value", "ended_at", "ended_for")) == [
        ("mail", "m2", None, ""),
        ("wecom", "w1", TEN_DAYS_LEFT, "unregistered"),
    ]


def test_phone_that_somebody_else_took_over_is_not_told_of_the_former_ones_duties(user: User, outside: Outside) -> None:
    outside.push.answers["*"] = [FAILED, SENT]
    outside.at(TEN_DAYS_LEFT)
    Device.objects.update(user=factories.user())
    outside.at(TEN_DAYS_LEFT + 5 * MINUTE)
    assert (len(outside.push.messages), states("fcm")) == (1, [("failed", "no_address")])
    outside.at(TEN_DAYS_LEFT + 6 * MINUTE)
    assert len(outside.wecom.messages) == 1
