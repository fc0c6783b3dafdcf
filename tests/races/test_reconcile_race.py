"""Two reconcilers at once, or a reconciler beside a check-in: exactly the rows that the facts demand."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from fieldwork.core import locks
from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.dated import end
from fieldwork.directory.models import Leader, Linkage, Tenure
from fieldwork.duties.actions import record_performance
from fieldwork.duties.demand.batch import Reconciled
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Basis, Change, Obligation, Opening, Performance, Task
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.schedule import note_changes
from tests import factories as make
from tests.races.at_once import at_once, raised, until_somebody_waits

NOVEMBER = Period.parse("2026-11")
NOW = datetime(2026, 11, 5, tzinfo=UTC)
ROUNDS = 50
LEADERS = 8

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite admits one writer"),
]


@pytest.fixture
def county() -> None:
    city = make.division("测试市")
    county = make.division("测试县", city)
    town = make.division("测试镇", county)
    make.rule(city, ["county_party_chief"])
    make.rule(city, ["county_party_chief"])
    post = make.post(make.organisation(county))
    for number in range(LEADERS):
        ends_on = date(2026, 11, 14) if number % 4 == 0 else None
        make.linkage(make.tenure(post, make.leader(f"测试{number}"), ends_on=ends_on), town)


def run() -> Reconciled:
    return reconcile(NOVEMBER, by=SYSTEM, at=NOW)


def wipe() -> None:
    for model in (Task, Basis, Performance, Obligation, Opening):
        model.objects.all().delete()


def test_two_reconcilers_fifty_times_leave_exactly_the_rows_demanded(county: None) -> None:
    for _ in range(ROUNDS):
        results = at_once([run, run])
        assert raised(results) == []
        counts = (Obligation.objects.count(), Basis.objects.count(), Task.objects.count())
        assert counts == (LEADERS, 2 * LEADERS, LEADERS)
        assert sum(result.obligations for result in results if isinstance(result, Reconciled)) == LEADERS
        assert run().total == 0
        wipe()


def test_control_without_the_lock_shows_the_race(county: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "hold", lambda name, shared=False: None)
    for _ in range(ROUNDS):
        if any(isinstance(error, IntegrityError) for error in raised(at_once([run, run]))):
            return
        wipe()
    pytest.fail("the race that the lock is for never showed")


def visit(leader: Leader, source: str) -> Any:
    def work() -> None:
        with transaction.atomic():
            record_performance(
                leader=leader, activity=Activity.INSPECTION, at=NOW, source=("check_in", source), touches=[],
                by=SYSTEM, now=NOW,
            )  # fmt: skip

    return work


def test_check_ins_beside_a_reconciler_are_all_counted_at_once(county: None) -> None:
    leader = Leader.objects.get(name="测试1")
    for _ in range(ROUNDS):
        results = at_once([visit(leader, "1"), run, visit(leader, "2"), run])
        assert raised(results) == []
        assert Obligation.objects.filter(leader=leader).values_list("counted", "outcome").get() == (2, "met")
        assert Obligation.objects.count() == LEADERS
        wipe()


def test_link_ended_beside_a_reconciler_is_seen_by_the_next_run_at_the_latest(county: None) -> None:
    run()
    tenure = Tenure.objects.get(leader__name="测试1")

    def end() -> None:
        Linkage.objects.filter(tenure=tenure).update(ends_on=date(2026, 11, 10))

    for _ in range(5):
        assert raised(at_once([run, end])) == []
        run()
        assert Task.objects.get(obligation__leader=tenure.leader, state="withdrawn").reason == "link_ended"
        Linkage.objects.filter(tenure=tenure).update(ends_on=None)
        run()


def look_while_a_fact_comes(until_noted: Callable[[], object], noted: threading.Event) -> None:
    """A follower looks at whom changes touch; a fact that it cannot see yet is committed and noted meanwhile."""
    while note_changes(NOW):
        pass
    linkage = Linkage.objects.select_related("tenure").get(tenure__leader__name="测试1")
    Change.objects.update_or_create(leader=linkage.tenure.leader, defaults={"since": NOVEMBER.starts_on})
    written, looked = threading.Event(), threading.Event()

    def follow() -> None:
        assert written.wait(10)
        with transaction.atomic():
            Change.objects.update(since=F("since"))  # holds them, as `follow_changes` does
            looked.set()
            until_noted()
            Change.objects.all().delete()

    def change() -> None:
        with transaction.atomic():
            end(linkage, ends_on=date(2026, 11, 20), by=SYSTEM, at=NOW)
            written.set()
            assert looked.wait(10)
        while note_changes(NOW):
            pass
        noted.set()

    assert raised(at_once([follow, change])) == []


def test_fact_that_comes_while_its_leader_is_looked_at_is_looked_at_again(county: None) -> None:
    look_while_a_fact_comes(until_somebody_waits, threading.Event())
    assert Change.objects.filter(leader__name="测试1").exists()


def test_control_without_the_rows_held_the_fact_is_forgotten(county: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_how: rows)
    noted = threading.Event()
    look_while_a_fact_comes(lambda: noted.wait(10), noted)
    assert not Change.objects.filter(leader__name="测试1").exists()
