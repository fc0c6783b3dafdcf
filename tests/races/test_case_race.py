"""A verdict beside an answer, tickers beside one another: each answer is weighed or waits, each verdict told once."""

import threading
from datetime import datetime

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from fieldwork.core import events
from fieldwork.core.events import SYSTEM, Mark
from fieldwork.core.periods import ZONE, Period
from fieldwork.directory.models import User
from fieldwork.duties.models import Obligation, Review
from fieldwork.duties.reconcile import reconcile
from fieldwork.inspections.actions import review_check_in
from fieldwork.inspections.addenda import add_to_check_in
from fieldwork.inspections.models import Addendum, CheckIn, Flag
from fieldwork.inspections.queries import in_state
from fieldwork.reminders.models import Notification
from fieldwork.reminders.plan import NEWS, look
from fieldwork.reminders.verdicts import plan_verdicts
from tests import factories as make
from tests.feed import wait_for_the_feed
from tests.fieldwork.supervision.clerk import check_in
from tests.place import Place
from tests.races.at_once import at_once, raised, until_somebody_waits

NOW = datetime(2026, 11, 21, 15, tzinfo=ZONE)
ROUNDS = 20
TICKERS = 4

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def office(place: Place) -> User:
    return make.user(office="supervisor", division=place.county)


def say(row: CheckIn, verdict: str, by: User, reason: str) -> None:
    review_check_in(row, verdict=verdict, reason=reason, adopted_at=None, by=by, at=NOW)


def test_answer_beside_a_verdict_is_weighed_by_it_or_waits_for_the_next(place: Place, office: User) -> None:
    for number in range(ROUNDS):
        row = check_in(place, place.user, hour=number)
        say(row, "rejected", office, "照片不符")
        works = [
            lambda row=row: say(row, "rejected", office, "仍不符"),
            lambda row=row: add_to_check_in(row, text="说明", by=place.user, at=NOW),
        ]
        assert raised(at_once(works)) == []
        first, second = Review.objects.filter(performance__source_id=str(row.pk)).order_by("pk")
        answer = Addendum.objects.get(check_in=row)
        assert (answer.answers, answer.weighed_by) in [(first, second), (second, None)]


def test_control_answer_that_holds_no_row_asks_for_a_verdict_that_was_given(place: Place, office: User) -> None:
    row = check_in(place, place.user)
    say(row, "rejected", office, "照片不符")
    read, judged = threading.Event(), threading.Event()

    def unguarded() -> None:
        with transaction.atomic():
            standing = Review.objects.get()
            read.set()
            assert judged.wait(10)
            Addendum.objects.create(check_in=row, text="说明", answers=standing, by=place.user, at=NOW)

    def judge() -> None:
        assert read.wait(10)
        say(row, "accepted", office, "")
        judged.set()

    assert raised(at_once([unguarded, judge])) == []
    assert list(CheckIn.objects.filter(in_state("waiting"))) == [row], "it waits, though it was accepted"


@pytest.mark.parametrize("no_key", [True, False], ids=["as it is", "control: the whole row held"])
def test_verdict_does_not_deadlock_with_a_check_in_that_doubts_its_neighbour(
    place: Place, office: User, no_key: bool
) -> None:
    """Whoever records holds what the lead owes, and then doubts the later check-in, which the verdict is about."""
    reconcile(Period.parse("2026-11"), by=SYSTEM, at=NOW)
    row = check_in(place, place.user)
    counting = threading.Event()

    def record() -> None:
        with transaction.atomic():
            assert list(Obligation.objects.select_for_update().filter(leader=place.leader).order_by("pk"))
            counting.set()
            until_somebody_waits()
            Flag.objects.create(check_in=row, code="impossible_speed", raised_at=NOW)

    def judge() -> None:
        assert counting.wait(10)
        with transaction.atomic():
            if not no_key:
                CheckIn.objects.select_for_update().get(pk=row.pk)
            say(row, "rejected", office, "照片不符")

    stumbled = raised(at_once([record, judge]))
    assert [type(error) for error in stumbled] == ([] if no_key else [OperationalError])


def test_tickers_at_once_tell_of_each_verdict_once(place: Place, office: User) -> None:
    for number in range(ROUNDS):
        say(check_in(place, place.user, hour=number), "rejected", office, "照片不符")
    wait_for_the_feed()
    answers = at_once([lambda: look(NOW)] * TICKERS)
    assert raised(answers) == []
    assert sum(told for told in answers if isinstance(told, int)) == ROUNDS
    assert Notification.objects.filter(kind="verdict").values("review").distinct().count() == ROUNDS
    assert Notification.objects.filter(kind="verdict").count() == ROUNDS


def test_control_tickers_without_the_reader_held_stumble_over_one_another(place: Place, office: User) -> None:
    say(check_in(place, place.user), "rejected", office, "照片不符")
    wait_for_the_feed()
    unread = list(events.after(Mark()))
    both = threading.Barrier(2)

    def unguarded() -> int:
        with transaction.atomic():
            both.wait(10)
            return plan_verdicts(unread, NOW - NEWS, NOW)

    for _ in range(ROUNDS):
        Notification.objects.all().delete()
        if any(isinstance(one, IntegrityError) for one in raised(at_once([unguarded] * 2))):
            return
    pytest.fail("the race that the lock is for never showed")
