"""A clock that jumps back, a tick that runs twice, and one that did not run for days."""

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.directory.actions import appoint, link
from fieldwork.directory.models import Tenure, User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.models import Delivery, Notification
from tests import factories as make
from tests.fieldwork.reminders.november import LAPSED
from tests.fieldwork.reminders.services import (
    FAILED,
    GONE,
    MINUTE,
    SENT,
    STOPPED,
    Outside,
    assigned,
    inbox,
    local,
    phone,
)
from tests.hazards import Works

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def counted(outside: Outside, user: User) -> Counter[tuple[str, str]]:
    """How often each kind came by which channel, and to the inbox."""
    found = Counter((code, kind) for code, seen in outside.seen.items() for _at, kind, _to in seen)
    return found + Counter(("inbox", kind) for kind, _at in inbox(user))


@pytest.mark.parametrize(("answer", "at"), [(SENT, 7), (FAILED, 16), (GONE, 0), (STOPPED, 16)])
def test_hour_that_comes_twice_tells_nobody_twice(user: User, outside: Outside, answer: object, at: int) -> None:
    outside.push.answers["*"] = [answer]  # type: ignore[list-item]
    outside.run(LAPSED - 3 * MINUTE, LAPSED + at * MINUTE)
    outside.run(LAPSED + at * MINUTE - HOUR, LAPSED + 90 * MINUTE, 7 * MINUTE)
    told = counted(outside, user)
    first = "fcm" if answer == SENT else "wecom"
    assert told["inbox", "lapse"] == 1
    assert told[first, "lapse"] == 1
    assert told["mail", "lapse"] == 0
    outside.push.answers["*"] = [SENT]
    sent = len(outside.push.messages)
    outside.run(LAPSED + 91 * MINUTE, LAPSED + 4 * HOUR, 20 * MINUTE)
    assert answer == SENT or len(outside.push.messages) == sent


def test_tick_that_runs_twice_at_one_instant_tells_once(user: User, outside: Outside, obligation: Obligation) -> None:
    office = make.user(office="supervisor", division=obligation.bases.get().division)
    for day in (20, 27, 29):
        for _ in range(2):
            outside.at(local(11, day, 9))
    for hour in (8, 9):
        for _ in range(2):
            outside.at(local(12, 1, hour))
    for day in (4, 4, 9, 9, 14, 14, 15, 15):
        outside.at(local(12, day, 9))
    assert set(counted(outside, user).values()) == {1, 3}
    assert counted(outside, user)["fcm", "lapse"] == 1
    assert sorted(kind for kind, _at in inbox(office)) == ["digest", "unopened"]
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_ten_days_without_a_tick_over_the_end_of_a_month(
    user: User, outside: Outside, obligation: Obligation, tenure: Tenure, rule: Rule
) -> None:
    division = obligation.bases.get().division
    office = make.user(office="supervisor", division=division)
    met = make.tenure(tenure.post, make.leader("测试员乙"))
    done = make.user(leader=met.leader)
    phone(done, "token-2")
    second = make.obligation(met, rule)
    outside.at(local(11, 24, 12))
    before = len(outside.push.messages)
    Obligation.objects.filter(pk=second.pk).update(outcome="met")
    make.obligation(tenure, rule, "2026-12")
    for now in (local(12, 4, 12), local(12, 4, 12, 1), local(12, 4, 12, 30)):
        outside.at(now)
    told = outside.push.messages[before:]
    assert [(str(one.kind), one.address.value) for one in told if one.address] == [("lapse", "token-1")]
    assert [kind for kind, _at in inbox(user)] == ["reminder", "lapse"]
    assert [kind for kind, _at in inbox(done)] == ["reminder"]
    assert [kind for kind, _at in inbox(office)] == ["digest"]


def test_deadlines_that_passed_while_no_tick_ran_are_one_message(works: Works, outside: Outside) -> None:
    unit = works.users["rectifier"]
    phone(unit)
    with time_machine.travel(local(11, 20, 12), tick=False):
        keys = [assigned(works) for _ in range(4)]
    for pk, day in zip(keys, (27, 28, 30, 30), strict=True):
        Hazard.objects.filter(pk=pk).update(deadline=date(2026, 11, day), description=f"测试：{day}日到期")
    Hazard.objects.filter(pk=keys[3]).update(state="closed", closed_at=local(11, 21))
    outside.at(local(11, 23, 12))
    before = len(inbox(unit))
    outside.at(local(12, 3, 12))
    outside.at(local(12, 3, 13))
    assert [kind for kind, _at in inbox(unit)][before:] == ["hazard"]
    said = Notification.objects.filter(user=unit, kind="hazard").latest("at").body.splitlines()
    assert [("27日" in line, "28日" in line, "30日" in line) for line in said] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip


def test_deadline_is_told_before_and_after_each_day_once(works: Works, outside: Outside) -> None:
    with time_machine.travel(local(11, 24, 12), tick=False):
        pk = assigned(works)  # until 10 December, a Thursday
        outside.at(local(11, 24, 12))
    for day in range(1, 16):
        for hour in (8, 9, 10):
            outside.at(local(12, day, hour))
    rows = Notification.objects.filter(user=works.users["rectifier"], kind="hazard", delivered_at__isnull=False)
    told = [one.at.astimezone(LAPSED.tzinfo).day for one in rows.order_by("at")]
    assert told == [7, 9, 11, 14]  # three days and one before, the day after, and the Monday
    assert Hazard.objects.get(pk=pk).deadline == date(2026, 12, 10)


# Much at once


def many_linkages(tenure: Tenure, at: datetime) -> None:
    for number in range(12):
        target = make.industry(name=f"测试业{number}")
        link(tenure=tenure, kind="industry", target=target, starts_on=at.date(), by=SYSTEM, at=at)


def test_many_linkages_entered_at_once_are_one_message_a_person_the_next_morning(
    user: User, tenure: Tenure, outside: Outside
) -> None:
    Obligation.objects.update(outcome="met")
    at = local(11, 24, 15)
    many_linkages(tenure, at)
    outside.run(at, local(11, 25, 10), 30 * MINUTE)
    assert outside.seen == {"fcm": [(local(11, 25, 9), "linkage", "token-1")]}
    assert len(inbox(user)) == 1
    assert Notification.objects.get(kind="linkage").body.count("测试业") == 12


def test_first_import_tells_nobody_of_having_taken_over(user: User, tenure: Tenure, outside: Outside) -> None:
    Obligation.objects.update(outcome="met")
    post = make.post(make.organisation(tenure.post.organisation.division, "party_committee"))
    at = local(11, 24, 15)
    for name, starts_on, ends_on in (("甲", date(2021, 5, 1), date(2026, 1, 31)), ("乙", date(2026, 2, 1), None)):
        leader = make.leader(f"测试·{name}")
        make.user(leader=leader)
        appoint(leader=leader, post=post, starts_on=starts_on, ends_on=ends_on, by=SYSTEM, at=at)
    first = make.leader("测试·首任")
    make.user(leader=first)
    new = make.post(make.organisation(tenure.post.organisation.division, "department"))
    appoint(leader=first, post=new, starts_on=date(2026, 11, 20), by=SYSTEM, at=at)
    for now in (at, local(11, 25, 10)):
        outside.at(now)
    assert not Notification.objects.filter(kind="post").exists()


def test_who_takes_over_is_told_on_the_first_morning(user: User, tenure: Tenure, outside: Outside) -> None:
    Obligation.objects.update(outcome="met")
    Tenure.objects.filter(pk=tenure.pk).update(ends_on=date(2026, 11, 30))
    leader = make.leader("测试·继任")
    successor = make.user(leader=leader, language="en")
    at = local(11, 24, 15)
    appoint(leader=leader, post=tenure.post, starts_on=date(2026, 12, 1), by=SYSTEM, at=at)
    outside.run(at, local(11, 30, 23), timedelta(hours=6))
    assert inbox(successor) == []
    outside.run(local(12, 1, 7), local(12, 1, 12), HOUR)
    assert inbox(successor) == [("post", local(12, 1, 9))]
    assert inbox(user) == []
