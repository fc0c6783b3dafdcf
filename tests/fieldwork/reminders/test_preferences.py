"""What a person may choose, and what of it is told to others: nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldwork.core.errors import DomainError
from fieldwork.core.models import Event
from fieldwork.directory.models import User
from fieldwork.reminders.channels.base import Channel, Message, Outcome, Reach
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.models import Contact, Device, Preference
from fieldwork.reminders.preferences import available_to, chosen_by, may_be_muted, mutable_kinds, set_preferences
from tests import factories

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 21, 4, tzinfo=UTC)
MAIL = "ce.shi@example.cn"


@dataclass
class Way:
    """A channel that sends nothing."""

    code: str
    reach: Reach
    wants: str = ""
    batch: int = 1

    def fault(self) -> str:
        return self.wants

    def send(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        raise AssertionError("nothing is sent")


@pytest.fixture
def user() -> User:
    return factories.user(division=factories.division("测试市"))


def choose(user: User, **given: Any) -> Any:
    return set_preferences(user=user, by=user, at=AT, **given)


def told() -> list[Event]:
    return list(Event.objects.filter(kind="preference.set").order_by("pk"))


def test_choice_is_kept_and_told_once(user: User) -> None:
    given: Any = {
        "channels": ["mail", "fcm", "mail"],
        "muted": ["verdict", "reminder"],
        "contacts": {"mail": f" {MAIL}"},
    }
    for _ in range(2):
        assert choose(user, **given) == (["mail", "fcm"], ["reminder", "verdict"], {"mail": MAIL})
    (event,) = told()
    assert user.division is not None
    assert (event.object_kind, event.object_id, event.division_path) == ("user", str(user.pk), user.division.path)
    assert event.data == {
        "channels": ["mail", "fcm"],
        "muted": ["reminder", "verdict"],
        "contacts": {"mail": "changed"},
    }


def test_no_event_holds_a_contact(user: User) -> None:
    for contacts in ({"mail": MAIL, "wecom": "ceshi"}, {"mail": "other@example.cn"}, {"mail": ""}):
        choose(user, contacts=contacts)
    bodies = " ".join(Event.objects.values_list("body", flat=True))
    assert "example.cn" not in bodies
    assert "ceshi" not in bodies
    assert [event.data["contacts"] for event in told()] == [
        {"mail": "changed", "wecom": "changed"}, {"mail": "changed", "wecom": "forgotten"}, {"mail": "forgotten"}
    ]  # fmt: skip
    assert not Contact.objects.exists()


def test_what_is_not_given_stays(user: User) -> None:
    choose(user, channels=["mail"], muted=["reminder"], contacts={"mail": MAIL})
    assert choose(user, muted=[]) == (["mail"], [], {"mail": MAIL})
    assert choose(user, channels=[]) == ([], [], {"mail": MAIL})
    assert choose(user, contacts={}) == ([], [], {})
    assert chosen_by(user) == ([], [], {})


def test_nothing_is_stored_of_a_choice_with_a_fault_and_all_are_named(user: User) -> None:
    with pytest.raises(DomainError) as caught:
        choose(
            user, channels=["mail", "pigeon", "inbox"], muted=["reminder", "lapse", "weather"],
            contacts={"mail": "x", "fcm": "token", "wecom": "a b"},
        )  # fmt: skip
    assert [fault.field for fault in caught.value.errors] == [
        "channels.1", "channels.2", "muted.1", "muted.2", "contacts.mail", "contacts.fcm", "contacts.wecom"
    ]  # fmt: skip
    assert not Preference.objects.exists()
    assert not told()


@pytest.mark.parametrize("kind", ["lapse", "alarm", "repeated", "unopened"])
def test_what_must_be_heard_is_muted_by_nobody(user: User, kind: str) -> None:
    assert not may_be_muted(kind)
    assert kind not in mutable_kinds()
    with pytest.raises(DomainError):
        choose(user, muted=[kind])


@pytest.mark.parametrize(
    "mail", ["x", "a@b", "a@b.cn\nBcc: c@d.cn", "a@b.cn, c@d.cn", "a@b.cn\rx", f"{'a' * 251}@b.cn", "甲 <a@b.cn>"]
)
def test_mail_address_is_one_address_and_nothing_more(user: User, mail: str) -> None:
    with pytest.raises(DomainError) as caught:
        choose(user, contacts={"mail": mail})
    assert [fault.field for fault in caught.value.errors] == ["contacts.mail"]


def test_many_contacts_are_one_fault(user: User) -> None:
    with pytest.raises(DomainError) as caught:
        choose(user, contacts={str(number): "x" for number in range(500)})
    assert [fault.field for fault in caught.value.errors] == ["contacts"]


def test_channel_is_reachable_by_an_address_that_lives(user: User) -> None:
    ways: list[Channel] = [Inbox(), Way("fcm", Reach.DEVICES), Way("mail", Reach.CONTACT), Way("robots", Reach.GROUP)]
    assert available_to(user, ways, AT) == [("fcm", False), ("mail", False)]
    others: Any = {"user": factories.user(), "platform": "web", "claimed_at": AT}
    Device.objects.create(key="a", push_kind="fcm_token", push_value="x", **others)
    device = Device.objects.create(key="b", push_kind="webpush", push_value="y", **(others | {"user": user}))
    assert available_to(user, ways, AT) == [("fcm", False), ("mail", False)]
    Device.objects.filter(pk=device.pk).update(push_kind="fcm_fid")
    choose(user, contacts={"mail": MAIL})
    assert available_to(user, ways, AT) == [("fcm", True), ("mail", True)]
    Device.objects.filter(pk=device.pk).update(push_ended_at=AT)
    assert available_to(user, [ways[1], Way("mail", Reach.CONTACT, wants="a server")], AT) == [
        ("fcm", False),
        ("mail", False),
    ]


def test_contact_that_died_lives_when_it_is_named_again_or_another_is(user: User) -> None:
    ways = [Way("mail", Reach.CONTACT)]
    for again in (MAIL, MAIL, "other@example.cn"):
        choose(user, contacts={"mail": again})
        assert available_to(user, ways, AT) == [("mail", True)]
        Contact.objects.update(ended_at=AT, ended_for="unregistered")
        choose(user, muted=[])
        assert available_to(user, ways, AT) == [("mail", False)]
    assert len(told()) == 2


def test_what_may_be_muted_is_said_by_the_timetable(user: User, settings: Any, tmp_path: Any) -> None:
    shipped = settings.REMINDERS
    settings.REMINDERS = tmp_path / "reminders.yaml"
    text = Path(shipped).read_text(encoding="utf-8")
    settings.REMINDERS.write_text(text.replace("always: [lapse,", "always: [reminder, lapse,"), encoding="utf-8")
    assert not may_be_muted("reminder")
    assert may_be_muted("verdict")
    with pytest.raises(DomainError):
        choose(user, muted=["reminder"])
