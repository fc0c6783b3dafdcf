"""Whatever can lapse can be proved, and every proof can be rejected: each duty of each subject of both years.

In the first and the last period of its cadence; those between stay untouched, and must show it.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import first_instant
from fieldwork.directory.models import Division, User
from fieldwork.duties.actions import record_performance, review_performance
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.duties.models import Obligation
from tests import factories as make
from tests.fieldwork.duties.whole_year import running, zhanjiang_table
from tests.fieldwork.duties.whole_year.qingyuan_table import GRAND_TOTAL, STREET_GRAND_TOTAL

pytestmark = pytest.mark.django_db

REVIEWED = datetime(2027, 1, 5, 2, 0, tzinfo=UTC)
PROVED = ["2026-01", "2026-12", "2026-Q1", "2026-Q4", "2026-H1", "2026-H2", "2026"]
Source = tuple[str, str]


def prove(obligation: Obligation, nth: int) -> Source:
    """The `nth` proof, at noon of the period's tenth day or a later one: a leader's visit, or what names it."""
    at = first_instant(obligation.starts_on + timedelta(days=8 + nth)) + timedelta(hours=12)
    visit = obligation.leader is not None and obligation.activity == Activity.INSPECTION
    source = ("check_in" if visit else "filing", f"{obligation.pk}-{nth}")
    with transaction.atomic():
        record_performance(
            activity=Activity(obligation.activity), at=at, source=source, leader=obligation.leader,
            organisation=obligation.organisation, names=[] if visit else [obligation], by=SYSTEM, now=at,
        )  # fmt: skip
    return source


def reject(source: Source, by: User) -> None:
    with transaction.atomic():
        review_performance(source=source, verdict=Verdict.REJECTED, reason="照片与事项无关。", by=by, at=REVIEWED)


def prove_and_reject(root: Division, owed: int, proved: int) -> None:
    """A proof that counted for a second obligation would show there as one too many, or where none was proved."""
    supervisor = make.user(office="supervisor", division=root)
    obligations = list(Obligation.objects.filter(period__in=PROVED).select_related("leader", "organisation"))
    assert (Obligation.objects.count(), len(obligations)) == (owed, proved)
    last: dict[int, Source] = {}
    for nth in range(1, max(obligation.minimum for obligation in obligations) + 1):
        for obligation in obligations:
            if nth <= obligation.minimum:
                last[obligation.pk] = prove(obligation, nth)
        assert counts() == {
            (each.pk, min(nth, each.minimum), "met" if nth >= each.minimum else "pending") for each in obligations
        }
    for obligation in obligations:
        reject(last[obligation.pk], supervisor)
        obligation.refresh_from_db()
        assert obligation.outcome == "pending", obligation.duty
    assert counts() == {(each.pk, each.minimum - 1, "pending") for each in obligations if each.minimum > 1}


def counts() -> set[tuple[int, int, str]]:
    """What counts for anything at all."""
    return set(Obligation.objects.filter(counted__gt=0).values_list("pk", "counted", "outcome"))


def test_every_duty_of_qingyuan_is_met_by_proofs_and_not_by_rejected_ones() -> None:
    city = running.qingyuan(streets=True).policy.division
    running.reconcile_year()
    # 26 a month, twice; 9 a quarter, twice; in the year 26 of leaders, 14 of bodies, 12 of pairs.
    prove_and_reject(city, GRAND_TOTAL + STREET_GRAND_TOTAL, proved=122)


def test_every_duty_of_zhanjiang_is_met_by_proofs_and_not_by_rejected_ones() -> None:
    zone = running.zhanjiang().policy.division
    running.reconcile_year()
    # 8 a quarter, twice; 8 a half-year, twice; in the year 19 of bodies, 10 of leaders, 9 of pairs.
    prove_and_reject(zone, zhanjiang_table.GRAND_TOTAL, proved=70)
