"""Publishing, excusing and amending beside one another, and beside a check-in: nothing twice, nothing lost."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from fieldwork.core import locks
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period, local_day
from fieldwork.directory.models import User
from fieldwork.duties.models import Excuse, Obligation, Performance
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.models import Amendment, Freeze, FrozenObligation
from fieldwork.supervision.months.amending import amend, follow_frozen
from fieldwork.supervision.months.excusing import excuse, take_back
from fieldwork.supervision.months.figures import figures_now
from fieldwork.supervision.months.freezing import freeze
from tests import factories as make
from tests.feed import wait_for_the_feed
from tests.fieldwork.duties.county import visit
from tests.place import Place
from tests.races.at_once import at_once, raised

NOVEMBER = Period.parse("2026-11")
OPENED = datetime(2026, 11, 1, tzinfo=UTC)
DAY = datetime(2026, 11, 20, 2, tzinfo=UTC)
NOW = datetime(2026, 12, 3, 2, tzinfo=UTC)
ROUNDS = 20

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def office(place: Place) -> User:
    reconcile(NOVEMBER, by=SYSTEM, at=OPENED)
    return make.user(office="supervisor", division=place.county)


def publish(place: Place, by: User) -> bool:
    return freeze(NOVEMBER, place.county, by=by, at=NOW)[1]


def excused(owed: Obligation, by: User) -> Excuse:
    return excuse(owed, kind="leave", reason="病假", by=by, at=NOW, on=local_day(NOW))


def forget() -> None:
    for model in (Amendment, FrozenObligation, Freeze, Excuse, Performance):
        model.objects.all().delete()
    Obligation.objects.update(outcome="pending", counted=0, met_at=None)


def told() -> dict[str, int]:
    """What was published, with what was amended since."""
    found: dict[str, int] = {}
    for latest in FrozenObligation.objects.values_list("latest", flat=True):
        found[latest] = found.get(latest, 0) + 1
    return found


def test_two_who_publish_at_once_publish_once(place: Place, office: User) -> None:
    for _ in range(ROUNDS):
        answers = at_once([lambda: publish(place, office)] * 2)
        assert raised(answers) == []
        assert sorted(bool(one) for one in answers) == [False, True]
        assert FrozenObligation.objects.count() == 1
        forget()


def test_control_without_the_lock_two_publish_over_one_another(
    place: Place, office: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "hold", lambda name, shared=False: None)
    for _ in range(ROUNDS):
        if any(isinstance(one, IntegrityError) for one in raised(at_once([lambda: publish(place, office)] * 2))):
            return
        forget()
    pytest.fail("the race that the lock is for never showed")


def test_check_in_beside_a_publication_is_in_it_or_amends_it(place: Place, office: User) -> None:
    for number in range(ROUNDS):
        works: list[Any] = [
            lambda: publish(place, office),
            lambda number=number: visit(place.leader, DAY, source=f"7d9f6a52-0000-4000-8000-{number:012}"),
        ]
        assert raised(at_once(works)) == []
        with transaction.atomic():
            locks.hold("period:2026-11")
            amend(NOVEMBER, now=NOW)
        assert told() == {"met": 1}
        assert figures_now(NOVEMBER, place.county, NOW).statuses["met"] == 1
        forget()


def test_two_who_excuse_at_once_grant_one_excuse(place: Place, office: User) -> None:
    owed = Obligation.objects.get()
    for _ in range(ROUNDS):
        answers = at_once([lambda: excused(owed, office)] * 2)
        assert raised(answers) == []
        assert Excuse.objects.count() == 1
        forget()


def test_control_without_the_row_held_two_grant_over_one_another(place: Place, office: User) -> None:
    owed, both = Obligation.objects.get(), threading.Barrier(2)

    def unguarded() -> None:
        with transaction.atomic():
            missing = not Excuse.objects.filter(obligation=owed, taken_back_at__isnull=True).exists()
            both.wait(10)
            if missing:
                Excuse.objects.create(obligation=owed, kind="leave", reason="病假", granted_by=office, granted_at=NOW)

    assert [type(one) for one in raised(at_once([unguarded] * 2))] == [IntegrityError]


def test_proof_beside_an_excuse_meets_it(place: Place, office: User) -> None:
    owed = Obligation.objects.get()
    for number in range(ROUNDS):
        key = f"7d9f6a52-0000-4000-8000-{number:012}"
        works: list[Any] = [lambda: excused(owed, office), lambda key=key: visit(place.leader, DAY, source=key)]
        failed = raised(at_once(works))
        assert [getattr(one, "code", one) for one in failed] in ([], ["wrong_state"])
        owed.refresh_from_db()
        assert (owed.outcome, Excuse.objects.count()) == ("met", 1 - len(failed))
        forget()


def test_tick_beside_an_excuse_notes_it_once(place: Place, office: User) -> None:
    owed = Obligation.objects.get()
    publish(place, office)
    for number in range(ROUNDS):
        act = excused if number % 2 == 0 else lambda owed, by: take_back(owed, by=by, at=NOW, on=local_day(NOW))
        wait_for_the_feed()
        works: list[Any] = [lambda act=act: act(owed, office), lambda: follow_frozen(NOW), lambda: follow_frozen(NOW)]
        assert raised(at_once(works)) == []
        assert Amendment.objects.count() == number + 1
    assert told() == {"lapsed": 1}
