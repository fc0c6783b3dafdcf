"""By night: what comes into the inbox at once, and goes outside in the morning or, if it is a major hazard, now."""

from datetime import date, timedelta

import pytest
import time_machine

from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation, Tracking
from fieldwork.inspections.actions import review_check_in
from fieldwork.reminders.actions import tick
from fieldwork.reminders.models import Delivery, Notification
from fieldwork.reminders.waking import due
from tests import factories as make
from tests.fieldwork.reminders.november import LAPSED, TEN_DAYS_LEFT
from tests.fieldwork.reminders.services import FAILED, MINUTE, Outside, assigned, chose, inbox, local, phone
from tests.fieldwork.supervision.clerk import check_in
from tests.hazards import Works, bring, do
from tests.place import Place

pytestmark = pytest.mark.django_db

NIGHT = local(11, 30, 22, 30)


def test_verdict_of_the_night_and_the_lapse_of_the_morning_are_one_push_at_eight(
    place: Place, outside: Outside
) -> None:
    Tracking.objects.all().delete()
    User.objects.update(language="en")
    make.obligation(place.tenure, make.rule(place.city, [], duty="meeting", activity="meeting", tracked_from=None))
    phone(place.user)
    outside.at(local(11, 30, 22))
    outside.push.calls.clear()
    office = make.user(office="supervisor", division=place.county)
    row = check_in(place, place.user)
    review_check_in(row, verdict="rejected", reason="测试", adopted_at=None, by=office, at=NIGHT)
    outside.run(NIGHT, LAPSED - MINUTE, timedelta(hours=2))
    assert inbox(place.user)[-1] == ("verdict", NIGHT)
    assert outside.push.messages == []
    outside.run(LAPSED, LAPSED + timedelta(hours=1), timedelta(minutes=20))
    (message,) = outside.push.messages
    assert (message.at, message.link) == (LAPSED, "notifications")
    assert "2 messages for you" in message.title or "3 messages for you" in message.title
    assert "The check-in of 2026-11-21 was rejected." in message.body.splitlines()
    assert "Your duties of 2026-11 were not done in time." in message.body.splitlines()
    about = Delivery.objects.filter(channel="fcm", notification__kind__in=["verdict", "lapse"])
    assert set(about.values_list("state", "bundle")) == {("sent", message.tag)}
    assert about.count() == 2


@pytest.mark.parametrize(("grade", "at"), [("major", local(11, 24, 23)), ("general", local(11, 25, 8))])
def test_major_hazard_assigned_by_night_is_pushed_at_once_and_another_in_the_morning(
    works: Works, outside: Outside, grade: str, at: object
) -> None:
    phone(works.users["rectifier"])
    with time_machine.travel(local(11, 24, 23), tick=False):
        assigned(works, grade)
        outside.at(local(11, 24, 23))
    outside.run(local(11, 25), local(11, 25, 9), timedelta(hours=4))
    assert inbox(works.users["rectifier"])[0] == ("assigned", local(11, 24, 23))
    assert [one for one in outside.push.seen if one[1] == "assigned"] == [(at, "assigned", "token-1")]


def test_reminder_that_is_planned_by_night_after_an_outage_is_pushed_in_the_morning(
    user: User, outside: Outside
) -> None:
    late = TEN_DAYS_LEFT.replace(hour=23)
    outside.run(late, late + timedelta(hours=10), timedelta(hours=1))
    assert inbox(user) == [("reminder", late)]
    assert outside.seen == {"fcm": [(local(11, 21, 8), "reminder", "token-1")]}


def test_what_failed_before_the_night_is_tried_again_after_it_and_then_told_by_the_next_channel(
    user: User, outside: Outside
) -> None:
    evening = TEN_DAYS_LEFT.replace(hour=20, minute=59)
    outside.push.answers["*"] = [FAILED]
    outside.run(evening, evening + timedelta(hours=3), 20 * MINUTE)
    outside.run(local(11, 21, 7, 50), local(11, 21, 8, 30), 5 * MINUTE)
    assert {at for at, _kind, _to in outside.push.seen} >= {evening, local(11, 21, 8)}
    assert all(at in (evening, *morning()) for at, _kind, _to in outside.push.seen)
    assert outside.wecom.seen == [(local(11, 21, 8, 15), "reminder", "w1")]


def morning() -> list[object]:
    return [local(11, 21, 8, minute) for minute in range(0, 60)]


def test_what_a_late_worker_finds_by_night_waits_for_the_morning(user: User, outside: Outside) -> None:
    tick(TEN_DAYS_LEFT.replace(hour=20, minute=55))
    assert Delivery.objects.filter(channel="fcm", state="planned").count() == 1
    outside.at(TEN_DAYS_LEFT.replace(hour=23))
    assert outside.seen == {}
    outside.at(local(11, 21, 8))
    assert outside.seen == {"fcm": [(local(11, 21, 8), "reminder", "token-1")]}


def test_channel_that_is_dead_in_the_evening_is_followed_by_the_next_in_the_morning(
    user: User, outside: Outside
) -> None:
    evening = TEN_DAYS_LEFT.replace(hour=20, minute=59)
    outside.at(evening)
    Delivery.objects.filter(channel="fcm").update(state="failed", reason="unregistered")
    Notification.objects.update(look_at=evening)
    outside.run(evening + 2 * MINUTE, local(11, 21, 9), timedelta(hours=3, minutes=40))
    outside.at(local(11, 21, 8))
    assert all(at.hour in range(8, 21) for at, _kind, _to in outside.wecom.seen)
    assert len(outside.wecom.seen) == 1


def test_group_hears_of_a_digest_in_the_morning_after_an_outage(
    user: User, outside: Outside, obligation: Obligation
) -> None:
    division = obligation.bases.get().division
    outside.group._groups = [division.code]
    make.user(office="supervisor", division=division)
    outside.at(LAPSED.replace(hour=23))
    assert outside.group.messages == []
    outside.at(local(12, 2, 8))
    assert [kind for _at, kind, _to in outside.group.seen] == ["digest"]


def test_group_hears_of_a_digest_though_the_one_who_had_it_serves_elsewhere_by_then(
    user: User, outside: Outside, obligation: Obligation
) -> None:
    division = obligation.bases.get().division
    outside.group._groups = [division.code]
    office = make.user(office="supervisor", division=division)
    outside.at(LAPSED.replace(hour=23))
    User.objects.filter(pk=office.pk).update(division=make.division("测试丙县"))
    outside.at(local(12, 2, 8))
    assert [kind for _at, kind, _to in outside.group.seen] == ["digest"]


def test_what_is_read_in_the_app_by_night_is_not_pushed_in_the_morning(user: User, outside: Outside) -> None:
    outside.at(TEN_DAYS_LEFT.replace(hour=22))
    Notification.objects.update(read_at=TEN_DAYS_LEFT.replace(hour=23))
    outside.run(local(11, 21, 8), local(11, 21, 9), 15 * MINUTE)
    assert outside.seen == {}


def test_channels_are_chosen_as_the_person_has_them_in_the_morning(user: User, outside: Outside) -> None:
    outside.at(TEN_DAYS_LEFT.replace(hour=22))
    chose(user, "mail")
    outside.at(local(11, 21, 8))
    assert list(outside.seen) == ["mail"]


def test_returned_hazard_tells_whom_it_was_sent_back_to(works: Works, outside: Outside) -> None:
    unit = works.users["rectifier"]
    phone(unit)
    User.objects.filter(pk=unit.pk).update(language="en")
    with time_machine.travel(local(11, 24, 10), tick=False):
        pk = bring(works, "submitted")
        outside.at(local(11, 24, 10))
        do(works, "finder", pk, "return")
    with time_machine.travel(local(11, 24, 10, 1), tick=False):
        outside.at(local(11, 24, 10, 1))
    assert [kind for _at, kind, _to in outside.push.seen] == ["returned"]
    assert "Reason: 测试：未清完" in Notification.objects.get(kind="returned", user=unit).body
    assert date(2026, 12, 10).isoformat() in outside.push.messages[0].brief


def test_nobody_is_woken_by_night_for_what_waits_for_the_morning(user: User, outside: Outside) -> None:
    tick(TEN_DAYS_LEFT.replace(hour=20, minute=55))
    night, morning = TEN_DAYS_LEFT.replace(hour=23), local(11, 21, 8)
    assert [due("fcm", at).count() for at in (night, morning)] == [0, 1]
    Notification.objects.update(urgent=True)
    assert due("fcm", night).count() == 1
