"""A county and its party chief's post, a run of November 2026, and a visit."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader
from fieldwork.duties.actions import record_performance
from fieldwork.duties.demand.batch import Reconciled
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Basis, Obligation, Task
from fieldwork.duties.reconcile import reconcile

NOVEMBER = Period.parse("2026-11")
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def run(period: Period = NOVEMBER, at: datetime = NOW) -> Reconciled:
    return reconcile(period, by=SYSTEM, at=at)


def visit(leader: Leader, at: datetime, *touches: str, source: str = "1") -> None:
    with transaction.atomic():
        record_performance(
            leader=leader, activity=Activity.INSPECTION, at=at, source=("check_in", source), touches=touches,
            by=SYSTEM, now=at,
        )  # fmt: skip


def rows() -> list[Any]:
    """Everything that reconciliation writes, without ids and without when it was found."""
    return [
        sorted(Obligation.objects.values_list("leader__name", "duty", "period", "minimum", "counted", "outcome")),
        sorted(Basis.objects.values_list("obligation__leader__name", "rule__code", "tenure_id", "state", "reason")),
        sorted(Task.objects.values_list("obligation__leader__name", "target_key", "state", "reason", "done_at")),
    ]


def states() -> dict[str, tuple[str, str]]:
    return {name: (state, reason) for name, state, reason in
            Basis.objects.values_list("tenure__leader__name", "state", "reason")}  # fmt: skip
