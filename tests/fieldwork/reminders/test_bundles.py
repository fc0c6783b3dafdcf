"""What waits for one person at one address is one message; what may end a worker goes alone; a stopped channel."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from fieldwork.core.models import Event
from fieldwork.directory.models import Tenure, User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.reminders.channels.base import Message, Outcome
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.claiming import ATTEMPTS, claim
from fieldwork.reminders.deliver import LEASE, deliver
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Notification, Stoppage
from tests import factories as make
from tests.fieldwork.reminders.november import TEN_DAYS_LEFT as NOW
from tests.fieldwork.reminders.november import more_leaders
from tests.fieldwork.reminders.services import FAILED, MINUTE, SENT, STOPPED, Outside, chose, contact, inbox, phone

pytestmark = pytest.mark.django_db


class Ended(RuntimeError):
    """The worker's end, after the service's yes and before the record."""


def tell(user: User, number: int = 1, first: int = 0) -> list[Notification]:
    """Trials, planned and not delivered yet."""
    told = [
        Notification.objects.create(user=user, kind="test", at=NOW, subject=f"trial:{n}", look_at=NOW)
        for n in range(first, first + number)
    ]
    climb(NOW)
    deliver(NOW, [Inbox()])
    return told


def pushes() -> list[Delivery]:
    return list(Delivery.objects.filter(channel="fcm").order_by("pk"))


def end_after_sending(outside: Outside) -> None:
    send = outside.push.send

    def sent(messages: Sequence[Message]) -> Sequence[Outcome]:
        send(messages)
        raise Ended

    outside.push.send = sent  # type: ignore[method-assign]
    with pytest.raises(Ended):
        deliver(NOW, [outside.push])
    outside.push.send = send  # type: ignore[method-assign]


@pytest.fixture
def reader() -> User:
    one = make.user(language="en")
    phone(one)
    return one


def test_three_of_one_person_at_one_address_are_one_message_recorded_on_all(reader: User, outside: Outside) -> None:
    tell(reader, 3)
    assert deliver(NOW, [outside.push]).sent == 3
    (message,) = outside.push.messages
    assert (message.title, message.tag) == ("3 messages for you", f"bundle:{pushes()[0].pk}")
    assert {(one.state, one.provider_id, one.bundle, one.sent_to) for one in pushes()} == {
        ("sent", "seen", message.tag, "fcm_token …token-1"[-18:])
    }


def test_two_phones_get_a_message_each(reader: User, outside: Outside) -> None:
    phone(reader, "token-2")
    tell(reader, 3)
    deliver(NOW, [outside.push])
    assert sorted(value for _at, _kind, value in outside.push.seen) == ["token-1", "token-2"]
    assert len({one.tag for one in outside.push.messages}) == 2


def test_one_alone_is_no_bundle_and_two_people_are_none(reader: User, outside: Outside) -> None:
    another = make.user(language="en")
    phone(another, "token-2")
    (one,), (other,) = tell(reader), tell(another)
    deliver(NOW, [outside.push])
    assert {message.link for message in outside.push.messages} == {f"notifications/{it.pk}" for it in (one, other)}
    assert {delivery.bundle for delivery in pushes()} == {""}


def test_bundle_is_whole_though_the_batch_is_full(reader: User, outside: Outside) -> None:
    outside.push.batch = 2
    tell(reader, 5)
    deliver(NOW, [outside.push])
    (message,) = outside.push.messages
    assert message.title == "5 messages for you"


def test_bundle_that_was_sent_before_a_crash_comes_again_with_its_tag_though_one_has_ceased_and_one_has_come(
    reader: User, outside: Outside
) -> None:
    tell(reader, 3)
    end_after_sending(outside)
    Notification.objects.filter(subject="trial:0").update(read_at=NOW)
    tell(reader, 1, first=3)
    deliver(NOW + LEASE + MINUTE, [outside.push])
    first, again, fresh = outside.push.messages
    assert again.tag == first.tag
    assert again.title == "2 messages for you"
    assert fresh.tag not in (first.tag, "")
    assert [one.state for one in pushes()] == ["silent", "sent", "sent", "sent"]


def test_bundle_of_which_one_is_left_keeps_its_tag(reader: User, outside: Outside) -> None:
    told = tell(reader, 2)
    end_after_sending(outside)
    Notification.objects.filter(pk=told[1].pk).update(read_at=NOW)
    deliver(NOW + LEASE + MINUTE, [outside.push])
    first, again = outside.push.messages
    assert (again.tag, again.link) == (first.tag, f"notifications/{told[0].pk}")


def test_single_message_that_was_sent_before_a_crash_comes_again_with_its_tag_beside_what_is_new(
    reader: User, outside: Outside
) -> None:
    tell(reader)
    end_after_sending(outside)
    tell(reader, 1, first=1)
    deliver(NOW + LEASE + MINUTE, [outside.push])
    first, again, fresh = outside.push.messages
    assert again.tag == first.tag != fresh.tag


def test_what_twice_ended_a_worker_is_claimed_alone_and_holds_up_nobody(reader: User, outside: Outside) -> None:
    tell(reader)
    suspect = pushes()[0]
    Delivery.objects.filter(pk=suspect.pk).update(state="claimed", claimed_until=NOW, attempts=2)
    another = make.user()
    phone(another, "token-2")
    tell(another, 2)
    tell(reader, 1, first=7)
    until = NOW + LEASE
    assert [one.pk for one in claim(outside.push, now=NOW, until=until)] == [suspect.pk]
    assert len(claim(outside.push, now=NOW, until=until)) == 3
    assert claim(outside.push, now=NOW, until=until) == []


def test_suspect_that_fails_as_others_do_holds_up_nobody(reader: User, outside: Outside) -> None:
    tell(reader)
    Delivery.objects.filter(channel="fcm").update(state="claimed", claimed_until=NOW, attempts=2)
    outside.push.answers["token-1"] = [FAILED]
    another = make.user()
    phone(another, "token-2")
    tell(another)
    deliver(NOW, [outside.push])
    assert [value for _at, _kind, value in outside.push.seen] == ["token-1", "token-2"]


def test_batch_of_dead_addresses_holds_up_nobody(outside: Outside) -> None:
    outside.push.batch = 1
    for number in range(3):
        one = make.user()
        phone(one, f"token-{number}")
        tell(one, 1, first=number)
    Delivery.objects.update(not_before=NOW)
    outside.push.answers["token-0"] = [Outcome(result="gone")]  # type: ignore[arg-type]
    deliver(NOW, [outside.push])
    assert len(outside.push.messages) == 3


def test_what_ends_every_worker_is_given_up(reader: User, outside: Outside) -> None:
    tell(reader, 2)
    Delivery.objects.filter(channel="fcm").update(state="claimed", claimed_until=NOW, attempts=ATTEMPTS)
    deliver(NOW, [outside.push])
    assert [(one.state, one.reason) for one in pushes()] == [("failed", "unfinished")] * 2
    assert outside.push.messages == []


# A channel that is stopped


@pytest.fixture
def administrator() -> User:
    one = make.user(office="administrator", language="en")
    contact(one, "mail", "admin")
    return one


def test_channel_stops_once_for_all_tells_administrators_once_and_goes_on_by_itself(
    reader: User, administrator: User, outside: Outside
) -> None:
    chose(reader, "fcm")
    make.user(office="administrator", division=make.division())
    outside.push.answers["*"] = [STOPPED]
    tell(reader, 2)
    outside.run(NOW, NOW + 40 * MINUTE, MINUTE)
    assert [message.at for message in outside.push.messages] == [NOW, NOW + 15 * MINUTE, NOW + 30 * MINUTE]
    assert [(one.state, one.attempts, one.reason) for one in pushes()] == [("planned", 0, "credentials")] * 2
    assert inbox(administrator) == [("alarm", NOW + MINUTE)]
    assert [(kind, to) for _at, kind, to in outside.mail.seen] == [("alarm", "admin")]
    assert Notification.objects.filter(kind="alarm").count() == 1
    assert "The key was not taken." in outside.mail.messages[0].body
    outside.push.answers["*"] = [SENT]
    outside.run(NOW + 41 * MINUTE, NOW + 60 * MINUTE, MINUTE)
    assert {(one.state, one.attempts) for one in pushes()} == {("sent", 1)}
    assert not Stoppage.objects.exists()
    about = Event.objects.filter(object_kind="channel", kind__startswith="channel.").order_by("pk")
    assert list(about.values_list("kind", "at")) == [
        ("channel.stopped", NOW), ("channel.resumed", NOW + 45 * MINUTE),
    ]  # fmt: skip


def test_alarm_is_silent_when_the_channel_works_again_before_anybody_was_told(
    reader: User, administrator: User, outside: Outside
) -> None:
    outside.push.answers["*"] = [STOPPED]
    tell(reader)
    deliver(NOW, [outside.push])
    Stoppage.objects.all().delete()
    outside.at(NOW + MINUTE)
    assert inbox(administrator) == []


def test_other_channels_go_on_beside_a_stopped_one(reader: User, administrator: User, outside: Outside) -> None:
    outside.push.answers["*"] = [STOPPED]
    another = make.user()
    contact(another, "wecom", "w9")
    tell(reader)
    tell(another)
    outside.at(NOW)
    assert [to for _at, _kind, to in outside.wecom.seen] == ["w9"]


# Words that raise


def test_notification_of_which_nobody_thought_is_refused_alone(tenure: Tenure, rule: Rule, outside: Outside) -> None:
    more_leaders(tenure, rule, 4)
    for number, user in enumerate(User.objects.order_by("pk")):
        phone(user, f"token-{number}")
    owed = Obligation.objects.order_by("pk")[1]
    Obligation.objects.filter(pk=owed.pk).update(period="2026-13")
    outside.run(NOW, NOW + timedelta(minutes=30), 10 * MINUTE)
    assert len(outside.push.messages) == 3
    told = Delivery.objects.filter(notification__user__leader=owed.leader)
    assert set(told.values_list("state", "reason")) == {("failed", "other")}
    assert Notification.objects.filter(delivered_at=NOW).count() == 3
