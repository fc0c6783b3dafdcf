"""Who is told of a verdict, once, in which words."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE
from fieldwork.directory.models import User
from fieldwork.duties.models import Tracking
from fieldwork.filings.actions import review_filing
from fieldwork.filings.models import Filing
from fieldwork.inspections.actions import review_check_in
from fieldwork.inspections.models import CheckIn
from fieldwork.reminders.actions import Told, tick
from fieldwork.reminders.channels import configured
from fieldwork.reminders.deliver import deliver
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Notification
from fieldwork.reminders.plan import NEWS, look
from fieldwork.reminders.queries import notifications_visible_to
from fieldwork.reminders.verdicts import plan_verdicts
from tests import factories as make
from tests.feed import wait_for_the_feed
from tests.fieldwork.supervision.clerk import check_in, filing
from tests.place import Place

NOW = datetime(2026, 11, 21, 15, tzinfo=ZONE)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(place: Place) -> User:
    """Where nobody owes anything that one would be reminded of."""
    Tracking.objects.all().delete()
    User.objects.update(language="en")
    return make.user(office="supervisor", division=place.county)


def say(row: CheckIn | Filing, verdict: str, by: User, at: datetime = NOW, reason: str = "照片不符") -> None:
    if isinstance(row, CheckIn):
        review_check_in(row, verdict=verdict, reason=reason, adopted_at=None, by=by, at=at)
    else:
        review_filing(row, verdict=verdict, reason=reason, by=by, at=at)


def tell(now: datetime) -> Told:
    """A tick, but for the feed, which does not show what this test's transaction has written."""
    planned = plan_verdicts(Event.objects.order_by("pk"), now - NEWS, now)
    climb(now)
    return Told(planned, *deliver(now, configured()))


def told(user: User) -> list[tuple[str, bool]]:
    """The titles of the inbox, and whether each is unread."""
    seen = notifications_visible_to(user).order_by("pk")
    unread = set(seen.filter(**{"unread": True}).values_list("pk", flat=True))
    return [(one.title, one.pk in unread) for one in seen]


def test_leader_is_told_why_a_check_in_was_rejected_and_how_to_answer(place: Place, office: User) -> None:
    row = check_in(place, place.user)
    say(row, "rejected", office)
    assert tell(NOW) == Told(planned=1, sent=1, silent=0, failed=0)
    one = Notification.objects.get()
    assert (one.user, one.kind, one.at) == (place.user, "verdict", NOW)
    assert one.title == "The check-in of 2026-11-21 was rejected."
    assert one.body.splitlines() == [
        "测试·书记",
        "Place: 测试工地",
        "Reason: 照片不符",
        "Decided by: the office of 测试县",
        "It no longer counts.",
        "You can answer by adding to the check-in; the office then looks again.",
    ]
    assert told(place.user) == [("The check-in of 2026-11-21 was rejected.", True)]
    assert tell(NOW + MINUTE) == Told(0, 0, 0, 0)


def test_who_uploaded_it_is_told_too_and_the_reviewer_is_not(place: Place, office: User) -> None:
    sender = make.user()
    gone = make.user(is_active=False)
    for by in (sender, gone):
        say(check_in(place, by), "rejected", office)
    tell(NOW)
    assert sorted(Notification.objects.values_list("user", flat=True)) == [place.user.pk, place.user.pk, sender.pk]


def test_two_rejections_at_one_instant_are_two_messages(place: Place, office: User) -> None:
    rows: list[CheckIn | Filing] = [
        check_in(place, place.user),
        check_in(place, place.user, hour=10),
        filing(place, place.user),
    ]
    for row in rows:
        say(row, "rejected", office)
    assert tell(NOW).sent == 3
    about = Notification.objects.values_list("review__performance__source_kind", "review__performance__source_id")
    assert set(about) == {("check_in", str(row.pk)) for row in rows[:2]} | {("filing", str(rows[2].pk))}


def test_acceptance_is_told_only_after_a_rejection(place: Place, office: User) -> None:
    row = check_in(place, place.user)
    say(row, "accepted", office)
    assert tell(NOW).planned == 0
    say(row, "rejected", office, NOW + MINUTE)
    tell(NOW + MINUTE)
    say(row, "accepted", office, NOW + 2 * MINUTE, reason="")
    tell(NOW + 2 * MINUTE)
    assert told(place.user) == [
        ("The check-in of 2026-11-21 was rejected.", False),
        ("The check-in of 2026-11-21 was accepted after all.", True),
    ]
    assert "It counts again." in Notification.objects.latest("pk").body
    say(row, "accepted", office, NOW + 3 * MINUTE, reason="很好")
    assert tell(NOW + 3 * MINUTE).planned == 0


def test_rejection_that_was_taken_back_before_it_was_sent_is_not_told(place: Place, office: User) -> None:
    row = check_in(place, place.user)
    say(row, "rejected", office)
    say(row, "rejected", office, reason="另一个原因")
    assert tell(NOW) == Told(planned=2, sent=1, silent=1, failed=0)
    assert "另一个原因" in Notification.objects.get(delivered_at=NOW).body


def test_returned_filing_is_told_to_whoever_may_file_it_anew(place: Place, office: User) -> None:
    town, county = make.organisation(place.town), make.organisation(place.county)
    units = [make.user(organisation=body, language="en") for body in (town, county)]
    make.user(organisation=make.organisation(place.city))
    row = filing(place, place.user)
    Filing.objects.update(subject_kind="pair", leader=None, organisation=county, lower_organisation=town)
    say(row, "rejected", office)
    tell(NOW)
    assert set(Notification.objects.values_list("user", flat=True)) == {place.user.pk, *(unit.pk for unit in units)}
    one = Notification.objects.get(user=units[0])
    assert one.title == "The filing of 2026-11-21 was returned."
    assert one.body.splitlines()[:2] == [f"{county.name} – {town.name}", "Title: 测试会议"]
    assert one.body.splitlines()[-1] == "You can file it anew, with what is missing."


def test_verdict_of_an_administrator_names_no_place(place: Place, office: User) -> None:
    say(check_in(place, place.user), "rejected", make.user(office="administrator"))
    tell(NOW)
    assert "Decided by: an administrator" in Notification.objects.get().body


def test_old_verdict_is_no_news_and_an_older_program_named_none(place: Place, office: User) -> None:
    say(check_in(place, place.user), "rejected", office)
    assert tell(NOW + NEWS).planned == 0
    say(check_in(place, place.user, hour=10), "rejected", office, NOW + NEWS)
    before = Event.objects.get(kind="check_in.reviewed", at=NOW + NEWS)
    Event.objects.filter(pk=before.pk).update(body=before.body.replace('"review"', '"_review"'))
    assert tell(NOW + NEWS).planned == 0


def test_words_cost_the_same_queries_for_many_as_for_one(place: Place, office: User) -> None:
    def queries(number: int, now: datetime) -> int:
        for hour in range(number):
            say(check_in(place, place.user, hour=hour), "rejected", office, now)
            say(filing(place, place.user), "rejected", office, now)
        with CaptureQueriesContext(connection) as captured:
            assert tell(now).sent == 2 * number
        return len(captured)

    queries(1, NOW)
    assert queries(2, NOW + MINUTE) == queries(12, NOW + 2 * MINUTE)


@pytest.mark.django_db(transaction=True)
def test_worker_that_ends_before_its_commit_leaves_nothing_untold_and_nothing_twice(place: Place, office: User) -> None:
    class Stopped(RuntimeError):
        """The worker's end."""

    say(check_in(place, place.user), "rejected", office)
    wait_for_the_feed()

    def plan_and_end() -> None:
        with transaction.atomic():
            assert look(NOW) == 1
            raise Stopped

    with pytest.raises(Stopped):
        plan_and_end()
    assert Notification.objects.count() == 0
    wait_for_the_feed()
    assert look(NOW) == 1
    assert tick(NOW) == Told(planned=0, sent=1, silent=0, failed=0)
