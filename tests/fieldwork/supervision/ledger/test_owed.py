"""Whoever writes by hand what is owed or met is found: it does not follow from the facts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Cadence, Period
from fieldwork.directory.models import Linkage, Tenure
from fieldwork.duties.models import Basis, Change, Naming, Obligation, Opening, Performance, Rule, Task, Touch, Tracking
from fieldwork.duties.reconcile import reconcile
from fieldwork.supervision.ledger.findings import Fault, Record
from fieldwork.supervision.ledger.owed import Owed
from tests import factories as make
from tests.fieldwork.supervision.ledger.evidence import Ledger, erase, found, ledger, standing, told

__all__ = ["ledger", "standing"]
pytestmark = pytest.mark.django_db

MONTH = Period.of_day(Cadence.MONTH, date(2026, 11, 1))


def owed() -> list[tuple[Record, str, Fault]]:
    return [(one.record, one.key, one.fault) for one in Owed().check()]


def key_of(row: Obligation) -> str:
    return f"{row.subject_key} {row.duty} {row.period}"


def test_what_follows_from_the_facts_is_clean_and_counted(ledger: Ledger) -> None:
    assert owed() == []
    assert "1" in told()[1].splitlines()[2]


def test_control_the_month_was_met(ledger: Ledger) -> None:
    assert Obligation.objects.get().outcome == "met"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("outcome", "withdrawn"), ("outcome", "pending"), ("counted", 7), ("minimum", 3), ("met_at", None),
        ("starts_at", datetime(2026, 10, 1, tzinfo=UTC)), ("starts_on", date(2026, 10, 1)),
        ("lapses_at", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_altered_obligation_is_named(ledger: Ledger, column: str, value: Any) -> None:
    row = Obligation.objects.get()
    Obligation.objects.update(**{column: value})
    assert owed() == [(Record.OBLIGATION, key_of(row), Fault.ALTERED)]


def test_lapse_that_was_made_met_is_named(ledger: Ledger) -> None:
    row = Obligation.objects.get()
    Performance.objects.update(stands=False)
    assert owed() == [(Record.OBLIGATION, key_of(row), Fault.ALTERED)]


@pytest.mark.parametrize(
    "forge",
    [
        lambda: Basis.objects.update(state="withdrawn", reason="left"),
        lambda: erase(Basis.objects.all()),
        lambda: Task.objects.update(done_at=None),
        lambda: erase(Task.objects.all()),
        lambda: erase(Touch.objects.all()),
        lambda: Rule.objects.update(minimum=4),
        lambda: Tracking.objects.update(starts_on=date(2027, 1, 1)),
        lambda: Tenure.objects.update(ends_on=date(2026, 11, 5)),
        lambda: Linkage.objects.update(ends_on=date(2026, 11, 5)),
    ],
)
def test_altered_ground_of_an_obligation_is_named(ledger: Ledger, forge: Any) -> None:
    row = Obligation.objects.get()
    forge()
    assert owed() == [(Record.OBLIGATION, key_of(row), Fault.ALTERED)]


def test_naming_that_was_inserted_is_named(ledger: Ledger) -> None:
    """A meeting that was filed for nothing is made to prove one."""
    rule = make.rule(ledger.place.city, ["county_party_chief"], duty="meeting", activity="meeting")
    reconcile(MONTH, by=SYSTEM, at=timezone.now())
    assert owed() == []
    meeting = Obligation.objects.get(duty=rule.duty)
    filed = Performance.objects.get(source_id=str(ledger.filing))
    Naming.objects.create(performance=filed, obligation=meeting)
    assert owed() == [(Record.OBLIGATION, key_of(meeting), Fault.ALTERED)]


def test_removed_obligation_is_named_where_the_period_was_opened(ledger: Ledger) -> None:
    row = Obligation.objects.get()
    for rows in (Basis.objects.all(), Task.objects.all(), Obligation.objects.all()):
        erase(rows)
    assert owed() == [], "the control: nobody knows that it was there"
    Opening.objects.create(
        period=str(MONTH), ends_on=MONTH.ends_on, opened_at=MONTH.starts_at(), reconciled_at=MONTH.starts_at()
    )
    assert owed() == [(Record.OBLIGATION, key_of(row), Fault.REMOVED)]


def test_changed_facts_that_wait_for_the_worker_are_said_and_not_found(ledger: Ledger) -> None:
    Obligation.objects.update(counted=7)
    Change.objects.create(leader=ledger.place.leader, since=MONTH.starts_on)
    waiting = Owed()
    assert list(waiting.check()) == []
    assert waiting.periods is None
    assert told()[0] == 0
    Change.objects.all().delete()
    assert len(found()) == 1


def test_since_leaves_older_periods_out(ledger: Ledger) -> None:
    Obligation.objects.update(counted=7)
    assert len(list(Owed().check(MONTH.ends_at() - timedelta(days=1)))) == 1
    assert list(Owed().check(MONTH.ends_at())) == []
