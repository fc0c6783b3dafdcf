"""The calendar of reminders, by a clock that moves, stops and jumps."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from fieldwork.core import events
from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE
from fieldwork.directory.models import Division, Leader, Tenure, User
from fieldwork.duties.models import Obligation, Rule
from fieldwork.reminders.actions import Told, tick
from fieldwork.reminders.models import Delivery, Moment, Notification
from tests import factories
from tests.feed import wait_for_the_feed

pytestmark = pytest.mark.django_db


class Place(NamedTuple):
    """A city with one county, one town, and a leader in the town."""

    city: Division
    county: Division
    town: Division
    tenure: Tenure
    user: User
    rule: Rule


@pytest.fixture
def place() -> Place:
    city = factories.division("测试市")
    county = factories.division("测试县", city)
    town = factories.division("测试镇", county)
    tenure = factories.tenure(factories.post(factories.organisation(town)))
    user = factories.user(leader=tenure.leader, name="测试员甲", language="en")
    return Place(city, county, town, tenure, user, factories.rule(city, [], name="排查"))


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def owe(place: Place, period: str = "2026-11", **fields: Any) -> Obligation:
    return factories.obligation(place.tenure, place.rule, period, **fields)


def supervisor(division: Division) -> User:
    return factories.user(office="supervisor", division=division, language="en")


def clock(first: date, last: date) -> Iterator[datetime]:
    """Every day at 07:30, 08:00, 08:30 and 09:00."""
    for day in range((last - first).days + 1):
        midnight = datetime(first.year, first.month, first.day, tzinfo=ZONE) + timedelta(days=day)
        yield from (midnight + timedelta(minutes=minutes) for minutes in (450, 480, 510, 540))


def inbox(user: User) -> list[tuple[str, datetime]]:
    told = Notification.objects.filter(user=user, delivered_at__isnull=False).exclude(kind="unopened").order_by("at")
    return [(one.kind, one.at.astimezone(ZONE)) for one in told]


def meet(obligation: Obligation) -> None:
    Obligation.objects.filter(pk=obligation.pk).update(outcome="met", counted=1, met_at=obligation.starts_at)


def reconciled(obligation: Obligation) -> None:
    """The event with which reconciliation ends."""
    with transaction.atomic():
        events.append(
            "period.reconciled", by=events.SYSTEM, at=obligation.starts_at,
            about=("period", obligation.period), due_at=obligation.due_at.isoformat(),
        )  # fmt: skip


def test_tick_keeps_the_calendar_of_a_month(place: Place) -> None:
    owe(place)
    above = supervisor(place.county)
    seen = []
    for now in clock(date(2026, 11, 15), date(2026, 12, 5)):
        tick(now)
        fresh = Notification.objects.filter(delivered_at=now).order_by("kind", "user")
        seen += [(now, one.kind, one.user) for one in fresh]
    assert seen == [
        (local(11, 20, 9), "reminder", place.user),
        (local(11, 27, 9), "reminder", place.user),
        (local(11, 29, 9), "reminder", place.user),
        (local(12, 1, 8), "lapse", place.user),
        (local(12, 1, 9), "digest", above),
    ]


def test_tick_counts_days_in_the_policys_zone_whatever_the_offset_of_the_clock(place: Place) -> None:
    owe(place)
    assert tick(datetime(2026, 11, 20, 0, 59, tzinfo=UTC)).sent == 0
    assert tick(datetime(2026, 11, 20, 1, 0, tzinfo=UTC)).sent == 1


@pytest.mark.parametrize(
    ("period", "lapse", "digest"),
    [
        ("2026-01", local(2, 1, 8), local(2, 2, 9)),  # a Sunday
        ("2026-Q3", local(10, 1, 8), local(10, 8, 9)),  # National Day
        ("2026-02", local(3, 1, 8), local(3, 2, 9)),
        ("2025", local(1, 1, 8), local(1, 4, 9)),  # a Sunday worked in exchange
    ],
)
def test_tick_tells_supervisors_on_the_next_working_day(
    place: Place, period: str, lapse: datetime, digest: datetime
) -> None:
    obligation = owe(place, period)
    above = supervisor(place.city)
    for now in clock(obligation.due_on, obligation.due_on + timedelta(days=9)):
        tick(now)
    assert inbox(place.user)[-1] == ("lapse", lapse)
    assert inbox(above) == [("digest", digest)]
    assert Notification.objects.get(user=above, kind="digest").delivered_at == digest


def test_tick_moves_the_digest_for_a_day_that_an_override_frees(place: Place) -> None:
    owe(place)
    above = supervisor(place.city)
    free = {date(2026, 12, 1): False}
    for now in clock(date(2026, 11, 29), date(2026, 12, 3)):
        tick(now, free)
    assert inbox(above) == [("digest", local(12, 2, 9))]
    assert "2026-11-30" in Notification.objects.get(user=above, kind="digest").title


def test_tick_after_ten_days_outage_sends_what_still_means_something_once(place: Place) -> None:
    owe(place)
    above = supervisor(place.city)
    tick(local(11, 19))
    late = local(11, 29, 12)
    assert tick(late) == Told(planned=1, sent=1, silent=0, failed=0)
    assert inbox(place.user) == [("reminder", local(11, 29, 9))]
    assert tick(local(12, 11)) == Told(planned=2, sent=2, silent=0, failed=0)
    assert inbox(place.user)[1:] == [("lapse", local(12, 1, 8))]
    assert inbox(above) == [("digest", local(12, 1, 9))]
    assert not Moment.objects.filter(planned_at=None).exists()
    skipped = [event.data["skipped"] for event in Event.objects.filter(kind="moment.planned").order_by("id")]
    assert sum(skipped) == 2


def test_tick_after_an_outage_between_planning_and_sending_sends_only_the_latest(place: Place) -> None:
    owe(place)
    tick(local(11, 20, 9))
    Delivery.objects.update(state="planned", ended_at=None)
    Notification.objects.update(delivered_at=None)
    assert tick(local(11, 27, 9)) == Told(planned=1, sent=1, silent=1, failed=0)
    assert inbox(place.user) == [("reminder", local(11, 27, 9))]


def test_tick_running_twice_tells_once(place: Place) -> None:
    owe(place)
    supervisor(place.city)
    for now in clock(date(2026, 11, 19), date(2026, 12, 2)):
        tick(now)
        assert tick(now) == Told(0, 0, 0, 0)
    assert Notification.objects.count() == 5
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_tick_tells_once_when_the_clock_jumps_back_an_hour(place: Place) -> None:
    owe(place)
    assert tick(local(11, 20, 9, 30)).sent == 1
    assert [tick(local(11, 20, 8, 30) + timedelta(minutes=5 * step)).sent for step in range(24)] == [0] * 24
    assert len(inbox(place.user)) == 1


def test_tick_merges_what_falls_due_at_the_same_instant_into_one_message(place: Place) -> None:
    owe(place, "2026-12")
    owe(place, "2026-Q4", duty="meeting", activity="meeting")
    owe(place, "2026-H2", duty="report", activity="report")
    tick(local(12, 21, 9))
    one = Notification.objects.get(user=place.user)
    assert "2026-12, 2026-Q4, 2026-H2" in one.title
    assert one.obligations.count() == 3
    assert len(one.body.splitlines()) == 3


def test_tick_is_silent_to_whoever_met_it_before(place: Place) -> None:
    meet(owe(place))
    other = factories.obligation(
        factories.tenure(place.tenure.post, factories.leader("测试员乙")), place.rule, "2026-11"
    )
    told = factories.user(leader=other.leader)
    tick(local(11, 20, 9))
    assert (inbox(place.user), len(inbox(told))) == ([], 1)


def test_tick_counts_leaders_it_cannot_tell(place: Place) -> None:
    owe(place)
    for name in ("测试员乙", "测试员丙"):
        factories.obligation(factories.tenure(place.tenure.post, factories.leader(name)), place.rule, "2026-11")
    factories.user(leader=Leader.objects.get(name="测试员丙"), is_active=False)
    tick(local(11, 20, 9))
    (event,) = Event.objects.filter(kind="moment.planned")
    assert (event.data["told"], event.data["without_account"]) == (1, 2)


def test_tick_sends_one_digest_to_each_supervisor_whose_scope_holds_a_lapse(place: Place) -> None:
    owe(place)
    owe(place, duty="meeting", activity="meeting")
    elsewhere = factories.division("测试乙县", place.city)
    town_of_same_county = factories.division("测试乙镇", place.county)
    concerned = [supervisor(place.city), supervisor(place.county), supervisor(place.town)]
    others = [
        supervisor(elsewhere), supervisor(town_of_same_county),
        factories.user(office="auditor", division=place.city),
        factories.user(office="supervisor", division=place.city, is_active=False),
    ]  # fmt: skip
    for now in clock(date(2026, 11, 29), date(2026, 12, 2)):
        tick(now)
    assert [inbox(user) for user in concerned] == [[("digest", local(12, 1, 9))]] * 3
    assert not Notification.objects.filter(user__in=others).exists()


def test_tick_leaves_an_excused_or_withdrawn_obligation_out_of_the_digest(place: Place) -> None:
    owe(place, outcome="excused")
    owe(place, duty="meeting", outcome="withdrawn")
    supervisor(place.city)
    for now in clock(date(2026, 11, 19), date(2026, 12, 2)):
        tick(now)
    assert not Notification.objects.exists()


@pytest.mark.django_db(transaction=True)  # PostgreSQL feeds what is committed
def test_tick_goes_over_a_moment_again_when_others_owe_since(place: Place) -> None:
    owe(place)
    tick(local(11, 27, 9))
    newcomer = factories.tenure(place.tenure.post, factories.leader("测试员乙"))
    user = factories.user(leader=newcomer.leader)
    obligation = factories.obligation(newcomer, place.rule, "2026-11")
    assert tick(local(11, 27, 10)).sent == 0
    reconciled(obligation)
    wait_for_the_feed()
    assert tick(local(11, 27, 11)) == Told(planned=1, sent=1, silent=0, failed=0)
    assert inbox(user) == [("reminder", local(11, 27, 9))]
    assert len(inbox(place.user)) == 1


def test_tick_leaves_history_alone(place: Place) -> None:
    reconciled(owe(place, "2026-03"))
    assert tick(local(11, 20, 9)) == Told(0, 0, 0, 0)
    assert not Moment.objects.exclude(kind="hazard").exists()


@pytest.mark.django_db(transaction=True)  # PostgreSQL feeds what is committed
def test_tick_reads_the_feed_to_its_end_once(place: Place) -> None:
    owe(place)
    tick(local(11, 27, 9))
    with transaction.atomic():
        for number in range(1200):
            events.append("test.happened", by=events.SYSTEM, at=local(11, 27), about=("test", number))
    reconciled(Obligation.objects.get())
    wait_for_the_feed()
    Moment.objects.filter(at__lte=local(11, 27, 9)).update(planned_at=local(11, 27, 9))
    tick(local(11, 27, 9, 5))
    again = Moment.objects.filter(planned_at=local(11, 27, 9, 5))
    assert [moment.at for moment in again] == [local(11, 27, 9)]
    tick(local(11, 27, 9, 10))
    assert not Moment.objects.filter(planned_at=local(11, 27, 9, 10)).exists()
