"""What is to be opened goes from channel to channel, and to the office at last."""

from datetime import datetime

import pytest

from fieldwork.directory.models import Tenure, User
from fieldwork.duties.models import Obligation
from fieldwork.reminders.models import Device, Notification
from tests import factories
from tests.fieldwork.reminders.november import LAPSED
from tests.fieldwork.reminders.services import (
    MINUTE,
    Outside,
    chose,
    inbox,
    local,
)

pytestmark = pytest.mark.django_db


def lapses(outside: Outside, first: datetime, last: datetime) -> dict[str, list[datetime]]:
    outside.days(first.date(), last.date())
    return {code: [at for at, kind, _to in seen if kind == "lapse"] for code, seen in outside.seen.items()}


def test_lapse_that_nobody_opened_goes_from_channel_to_channel_and_to_the_office(
    user: User, outside: Outside, obligation: Obligation
) -> None:
    office = factories.user(office="supervisor", division=obligation.bases.get().division, language="en")
    told = lapses(outside, local(12, 1), local(12, 20))
    assert told["fcm"] == [local(12, 1, 8)]
    assert told["wecom"] == [local(12, 4, 9)]  # Tuesday and three working days
    assert told["mail"] == [local(12, 9, 9)]  # over a weekend
    assert [at for kind, at in inbox(office) if kind == "unopened"] == [local(12, 15, 9)]  # the 14th, and the next
    one = Notification.objects.get(kind="unopened")
    assert one.title == "1 person has not opened what they were told."
    assert one.body == "测试员甲 (测试镇): Your duties of 2026-11 were not done in time."


def test_office_of_the_last_post_hears_of_who_has_left_it(user: User, outside: Outside, obligation: Obligation) -> None:
    office = factories.user(office="supervisor", division=obligation.bases.get().division)
    chose(user, "fcm")
    outside.at(LAPSED)
    Tenure.objects.update(ends_on=local(12, 2).date())
    outside.days(local(12, 1).date(), local(12, 8).date())
    assert [at for kind, at in inbox(office) if kind == "unopened"] == [local(12, 7, 9)]


def test_working_days_are_counted_over_the_national_holiday_with_its_exchanged_saturday(
    user: User, outside: Outside, obligation: Obligation
) -> None:
    Obligation.objects.filter(pk=obligation.pk).update(
        starts_at=local(9, 1), due_at=local(10, 1), lapses_at=local(10, 1), due_on=local(9, 30).date()
    )
    Device.objects.update(claimed_at=local(9, 1))
    told = lapses(outside, local(10, 1), local(10, 12))
    # The 1st to the 7th are holidays; the 8th, 9th and, in exchange, Saturday the 10th are worked.
    assert told == {"fcm": [local(10, 1, 8)], "wecom": [local(10, 10, 9)]}


def test_override_of_working_days_counts(user: User, outside: Outside) -> None:
    free = {local(12, 3).date(): False, local(12, 5).date(): True}
    outside.days(local(12, 1).date(), local(12, 6).date(), overrides=free)
    assert [at for at, _kind, _to in outside.wecom.seen] == [local(12, 5, 9)]


@pytest.mark.parametrize("changed", ["read", "met", "excused"])
def test_lapse_that_was_read_or_settled_goes_no_further(
    user: User, outside: Outside, obligation: Obligation, changed: str
) -> None:
    office = factories.user(office="supervisor", division=obligation.bases.get().division)
    outside.at(LAPSED)
    if changed == "read":
        Notification.objects.update(read_at=LAPSED + MINUTE)
    else:
        Obligation.objects.filter(pk=obligation.pk).update(outcome=changed)
    told = lapses(outside, local(12, 1), local(12, 20))
    assert told == {"fcm": [LAPSED]}
    assert [kind for kind, _at in inbox(office)] == (["digest"] if changed == "read" else [])


def test_office_is_not_told_of_what_was_met_in_the_night_before(
    user: User, outside: Outside, obligation: Obligation
) -> None:
    chose(user, "fcm")
    office = factories.user(office="supervisor", division=obligation.bases.get().division)
    outside.days(local(12, 1).date(), local(12, 6).date())
    assert Notification.objects.filter(kind="unopened").exists()
    Obligation.objects.filter(pk=obligation.pk).update(outcome="met")
    outside.days(local(12, 7).date(), local(12, 8).date())
    assert [kind for kind, _at in inbox(office)] == ["digest"]


def test_office_hears_of_many_people_in_one_message(user: User, outside: Outside, obligation: Obligation) -> None:
    basis = obligation.bases.get()
    assert basis.tenure is not None
    for number in range(3):
        another = factories.tenure(basis.tenure.post, factories.leader(f"测试员{number}"))
        factories.user(leader=another.leader, language="en")
        factories.obligation(another, basis.rule)
    chose(user, "fcm")
    office = factories.user(office="supervisor", division=basis.division, language="en")
    outside.days(local(12, 1).date(), local(12, 8).date())
    (one,) = Notification.objects.filter(kind="unopened", user=office)
    assert one.at == local(12, 7, 9)
    assert len(one.body.splitlines()) == 4


def test_kind_that_needs_no_opening_goes_no_further(user: User, outside: Outside, obligation: Obligation) -> None:
    Obligation.objects.filter(pk=obligation.pk).update(due_at=local(12, 16), lapses_at=local(12, 16))
    outside.days(local(12, 1).date(), local(12, 11).date())
    assert {code: len(seen) for code, seen in outside.seen.items()} == {"fcm": 1}
    assert Notification.objects.get(kind="reminder").look_at is None
