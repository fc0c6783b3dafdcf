"""What a tick and a delivery ask the database does not grow with how many are told."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fieldwork.directory.models import Division, User
from fieldwork.duties.models import Performance, Review, Rule
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.channels.inbox import Inbox
from fieldwork.reminders.deliver import deliver
from fieldwork.reminders.enums import NotificationKind as Kind
from fieldwork.reminders.ladder import climb
from fieldwork.reminders.models import Delivery, Moment, Notification, Stoppage
from tests import factories as make
from tests.fieldwork.reminders.services import DAY, FAILED, GONE, MINUTE, Outside, contact, local, phone
from tests.fieldwork.supervision.clerk import check_in, hazard
from tests.place import Place

pytestmark = pytest.mark.django_db

NOW = local(12, 1, 9)
_numbers = count(1)


class Many:
    """Makes what people are told of, one reader and notification each."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.rule: Rule = make.rule(place.city, [], tracked_from=None)
        self.office = make.user(office="supervisor", division=place.city)
        Moment.objects.create(at=NOW, kind="digest", due_at=local(12, 1), planned_at=NOW)

    def make(self, kind: Kind) -> Notification:
        more: Callable[[], tuple[User, dict[str, Any]]] = getattr(self, f"_{kind}", self._test)
        user, fields = more()
        phone(user, f"token-{next(_numbers)}")
        contact(user, "wecom")
        owed = fields.pop("owed", ())
        one = Notification.objects.create(user=user, kind=kind, at=NOW, look_at=NOW, **fields)
        one.obligations.set(owed)
        return one

    def _test(self) -> tuple[User, dict[str, Any]]:
        return make.user(), {}

    def _holder(self, town: Division | None = None) -> tuple[User, Any]:
        body = make.organisation(town or self.place.town)
        tenure = make.tenure(make.post(body), make.leader())
        return make.user(leader=tenure.leader), tenure

    def _reminder(self) -> tuple[User, dict[str, Any]]:
        user, tenure = self._holder()
        owed = make.obligation(tenure, self.rule, "2026-12")
        make.task(owed, self.place.town)
        return user, {"owed": [owed]}

    def _lapse(self) -> tuple[User, dict[str, Any]]:
        user, tenure = self._holder()
        return user, {"owed": [make.obligation(tenure, self.rule)]}

    def _digest(self) -> tuple[User, dict[str, Any]]:
        self._lapse()
        return make.user(office="supervisor", division=self.place.county), {"division": self.place.county}

    def _verdict(self) -> tuple[User, dict[str, Any]]:
        row = check_in(self.place, self.place.user)
        of = Performance.objects.get(source_id=str(row.pk))
        review = Review.objects.create(performance=of, verdict="rejected", reason="测试", by=self.office, at=NOW)
        return make.user(), {"review": review, "subject": f"review:{review.pk}"}

    def _late(self) -> tuple[User, Hazard]:
        body = make.organisation(self.place.town, "resident_unit")
        row = hazard(self.place, self.place.user)
        Hazard.objects.filter(pk=row.pk).update(
            state="rectifying",
            rectifying_unit=body,
            rectifying_person="测试",
            measures="测试",
            deadline=date(2026, 11, 30),
            post=None,
        )
        return make.user(organisation=body), Hazard.objects.get(pk=row.pk)

    def _hazard(self) -> tuple[User, dict[str, Any]]:
        return self._late()[0], {}

    def _assigned(self) -> tuple[User, dict[str, Any]]:
        user, row = self._late()
        return user, {"hazard": row, "organisation": user.organisation, "subject": f"hazard:{row.pk}"}

    _returned = _assigned

    def _post(self) -> tuple[User, dict[str, Any]]:
        user, tenure = self._holder()
        make.linkage(tenure, self.place.town)
        return user, {"post": tenure.post, "subject": f"post:{tenure.post.pk}"}

    _linkage = _post

    def _repeated(self) -> tuple[User, dict[str, Any]]:
        _user, tenure = self._holder()
        for period in ("2026-10", "2026-11"):
            make.obligation(tenure, self.rule, period)
        return make.user(office="supervisor", division=self.place.county), {}

    def _unopened(self) -> tuple[User, dict[str, Any]]:
        user, tenure = self._holder()
        one = Notification.objects.create(
            user=user, kind="lapse", at=NOW - 5 * DAY, title="测试", delivered_at=NOW - 5 * DAY, office_at=NOW
        )
        one.obligations.add(make.obligation(tenure, self.rule))
        return make.user(office="supervisor", division=self.place.town), {}

    def _alarm(self) -> tuple[User, dict[str, Any]]:
        Stoppage.objects.get_or_create(channel="other", since=NOW, again_at=NOW + DAY, reason="测试")
        return make.user(office="administrator"), {"subject": "channel:other"}


@pytest.fixture
def many(place: Place, outside: Outside) -> Many:
    return Many(place)


def queries(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_costs_the_same_for_many_as_for_two(many: Many, outside: Outside, kind: Kind) -> None:
    def cost(number: int) -> tuple[int, int, int]:
        made = [many.make(kind).pk for _ in range(number)]
        costs = (
            queries(lambda: climb(NOW)),
            queries(lambda: deliver(NOW, [Inbox()])),
            queries(lambda: deliver(NOW, [outside.push])),
        )
        about = Delivery.objects.filter(notification__in=made)
        assert set(about.values_list("channel", "state")) == {("inbox", "sent"), ("fcm", "sent")}
        return costs

    outside.push.batch = 500
    cost(11)  # a digest of few has their names besides
    assert cost(2) == cost(30)


@pytest.mark.parametrize("answer", [GONE, FAILED])
def test_what_does_not_arrive_costs_the_same_to_take_further(many: Many, outside: Outside, answer: Any) -> None:
    later = NOW + 15 * MINUTE

    def cost(number: int) -> tuple[int, int, int]:
        for _ in range(number):
            many.make(Kind.LAPSE)
        climb(NOW)
        deliver(NOW, [Inbox()])
        outside.push.answers["*"] = [answer]
        sending = queries(lambda: deliver(NOW, [outside.push]))
        climbing = queries(lambda: climb(later))
        return sending, climbing, queries(lambda: deliver(later, [outside.wecom]))

    outside.push.batch = outside.wecom.batch = 500
    cost(1)
    assert cost(2) == cost(30)


def test_what_nobody_opened_costs_the_same_to_take_to_the_office(many: Many, outside: Outside) -> None:
    def cost(number: int) -> int:
        for _ in range(number):
            one = many.make(Kind.LAPSE)
            for channel in ("fcm", "wecom"):
                Delivery.objects.create(
                    notification=one, channel=channel, state="sent", not_before=NOW, ended_at=NOW - timedelta(days=9)
                )
            one.user.contacts.all().delete()
        return queries(lambda: climb(NOW))

    cost(1)
    assert cost(2) == cost(30)
    assert Notification.objects.filter(office_at__isnull=False).count() == 33
