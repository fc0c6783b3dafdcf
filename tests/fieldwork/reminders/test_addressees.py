"""A successor is told, and not the predecessor; what is a person's own stays with that person."""

from datetime import date, timedelta

import pytest
import time_machine

from fieldwork.core.events import SYSTEM
from fieldwork.directory.actions import link
from fieldwork.directory.models import Organisation, Tenure, User
from fieldwork.duties.models import Obligation
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Notification
from tests import factories as make
from tests.fieldwork.reminders.november import LAPSED
from tests.fieldwork.reminders.services import Outside, assigned, inbox, local, phone
from tests.hazards import Works

pytestmark = pytest.mark.django_db

EVENING, MIDNIGHT, MORNING = local(11, 24, 22, 30), local(11, 25), local(11, 25, 8)
DAY = date(2026, 11, 24)


def change_of_hands(body: Organisation) -> tuple[User, User, Tenure]:
    """Of a post there, at midnight; both have a phone."""
    post = make.post(body, "")
    before = make.tenure(post, make.leader("测试·前任"), ends_on=DAY)
    after = make.tenure(post, make.leader("测试·继任"), starts_on=DAY + timedelta(days=1))
    users = [make.user(leader=one.leader, language="en") for one in (before, after)]
    for user in users:
        phone(user, f"token-of-{user.pk}")
    return users[0], users[1], before


def pushed(outside: Outside, user: User) -> list[tuple[object, str]]:
    return [(at, kind) for at, kind, to in outside.push.seen if to == f"token-of-{user.pk}"]


def test_hazard_of_the_evening_is_pushed_to_who_holds_the_post_in_the_morning(works: Works, outside: Outside) -> None:
    former, holder, _tenure = change_of_hands(works.rectifier)
    with time_machine.travel(EVENING, tick=False):
        assigned(works)
        outside.at(EVENING)
    outside.run(MIDNIGHT, MORNING, timedelta(hours=4))
    assert pushed(outside, former) == []
    assert pushed(outside, holder) == [(MORNING, "assigned")]
    assert inbox(holder) == [("assigned", MORNING)]
    outside.run(MORNING, MORNING + timedelta(hours=2), timedelta(minutes=15))
    assert pushed(outside, holder) == [(MORNING, "assigned")]


def test_major_hazard_not_opened_by_the_former_holder_is_told_to_the_next(works: Works, outside: Outside) -> None:
    former, holder, _tenure = change_of_hands(works.rectifier)
    with time_machine.travel(EVENING, tick=False):
        assigned(works, "major")
        outside.run(EVENING, EVENING + timedelta(minutes=15))
    assert pushed(outside, former) == [(EVENING, "assigned")]
    outside.days(date(2026, 11, 27), date(2026, 11, 28))  # a Friday, three working days later
    assert [at for at, kind in pushed(outside, holder) if kind == "assigned"] == [local(11, 27, 9)]
    assert [kind for _at, kind in pushed(outside, former)] == ["assigned"]


def test_change_of_linkages_in_the_evening_is_told_to_who_holds_the_post_in_the_morning(
    works: Works, outside: Outside
) -> None:
    body = make.organisation(works.site.division)
    former, holder, tenure = change_of_hands(body)
    industry = make.industry(name="测试采矿业")
    link(tenure=tenure, kind="industry", target=industry, starts_on=DAY, ends_on=DAY, by=SYSTEM, at=EVENING)
    outside.run(EVENING, MORNING + timedelta(hours=3), timedelta(minutes=30))
    assert inbox(former) == []
    assert pushed(outside, former) == []
    assert inbox(holder) == [("linkage", local(11, 25, 9))]
    assert pushed(outside, holder) == [(local(11, 25, 9), "linkage")]


def test_own_lapse_goes_to_who_owed_it_though_the_post_has_changed_hands(
    user: User, tenure: Tenure, outside: Outside
) -> None:
    Tenure.objects.filter(pk=tenure.pk).update(ends_on=date(2026, 11, 15))
    after = make.tenure(tenure.post, make.leader("测试·继任"), starts_on=date(2026, 11, 16))
    successor = make.user(leader=after.leader)
    phone(successor, "token-of-the-next")
    outside.at(LAPSED)
    assert outside.push.seen == [(LAPSED, "lapse", "token-1")]
    assert inbox(successor) == []


def test_account_that_was_closed_meanwhile_gets_nothing(user: User, outside: Outside) -> None:
    outside.at(LAPSED.replace(hour=7, minute=59))
    User.objects.filter(pk=user.pk).update(is_active=False)
    outside.days(date(2026, 12, 1), date(2026, 12, 16))
    assert outside.seen == {}
    assert inbox(user) == []


def test_account_that_was_closed_between_plan_and_morning_gets_nothing_and_its_office_hears_nothing(
    user: User, outside: Outside, obligation: Obligation
) -> None:
    office = make.user(office="supervisor", division=obligation.bases.get().division)
    outside.at(LAPSED.replace(hour=23))
    User.objects.filter(pk=user.pk).update(is_active=False)
    outside.days(date(2026, 12, 2), date(2026, 12, 16))
    assert outside.seen == {}
    assert "unopened" not in [kind for kind, _at in inbox(office)]


def test_second_account_of_a_unit_is_told_when_the_first_is_closed(works: Works, outside: Outside) -> None:
    first, second = works.users["rectifier"], make.user(organisation=works.rectifier)
    for one in (first, second):
        phone(one, f"token-of-{one.pk}")
    with time_machine.travel(EVENING, tick=False):
        assigned(works)
        outside.at(EVENING)
    User.objects.filter(pk=first.pk).update(is_active=False)
    outside.run(MORNING, MORNING + timedelta(hours=1), timedelta(minutes=20))
    assert (pushed(outside, first), pushed(outside, second)) == ([], [(MORNING, "assigned")])
    assert Notification.objects.filter(user=second, kind="assigned").count() == 1


def test_unit_that_lost_a_hazard_overnight_hears_nothing_of_it_in_the_morning(works: Works, outside: Outside) -> None:
    unit = works.users["rectifier"]
    phone(unit, f"token-of-{unit.pk}")
    with time_machine.travel(EVENING, tick=False):
        pk = assigned(works)
        outside.at(EVENING)
        Hazard.objects.filter(pk=pk).update(rectifying_unit=works.assistant)
    outside.run(MORNING, MORNING + timedelta(hours=1), timedelta(minutes=20))
    assert pushed(outside, unit) == []


def test_hazard_of_a_unit_without_an_account_is_told_to_the_office(works: Works, outside: Outside) -> None:
    User.objects.filter(organisation=works.rectifier).update(is_active=False)
    office = works.users["office"]
    phone(office, f"token-of-{office.pk}")
    with time_machine.travel(local(11, 24, 10), tick=False):
        assigned(works)
        outside.at(local(11, 24, 10))
    assert [kind for _at, kind in pushed(outside, office)] == ["assigned"]
    one = Notification.objects.get(user=office, kind="assigned")
    assert one.organisation_id is None
    assert works.rectifier.name in one.body


def test_post_that_comes_back_before_the_morning_is_told_to_whoever_has_it_then(works: Works, outside: Outside) -> None:
    former, holder, before = change_of_hands(works.rectifier)
    told = Notification.objects.create(
        user=former, kind="linkage", at=local(11, 24, 9), post=before.post, subject=f"post:{before.post_id}",
        look_at=local(11, 25, 9),
    )  # fmt: skip
    climb(local(11, 25, 9))
    assert Notification.objects.filter(user=holder, kind="linkage").exists()
    Tenure.objects.filter(leader=holder.leader).update(ends_on=date(2026, 11, 25))
    make.tenure(before.post, former.leader, starts_on=date(2026, 11, 26))
    Notification.objects.filter(user=holder).update(look_at=local(11, 26, 9))
    climb(local(11, 26, 9))
    told.refresh_from_db()
    assert told.look_at is not None or told.deliveries.filter(state="planned").exists()


def test_what_is_being_sent_when_the_post_changes_hands_is_recorded_as_sent(works: Works, outside: Outside) -> None:
    former, _holder, before = change_of_hands(works.rectifier)
    told = Notification.objects.create(
        user=former, kind="linkage", at=local(11, 24, 9), post=before.post, subject=f"post:{before.post_id}",
        look_at=local(11, 25, 9),
    )  # fmt: skip
    under_way = Delivery.objects.create(
        notification=told, channel="push", state="claimed", not_before=local(11, 24, 9),
        claimed_until=local(11, 25, 9) + timedelta(minutes=2),
    )  # fmt: skip
    climb(local(11, 25, 9))
    under_way.refresh_from_db()
    assert under_way.state == "claimed"
