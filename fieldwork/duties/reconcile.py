"""Reconciliation: the same rows from the same facts, however often, however late, however many run at once.

One lock a period: whoever reconciles holds it alone for each batch of leaders, whoever records a performance in the
period shares it. Each batch is a short transaction of set-based statements.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from fieldwork.core import events, locks
from fieldwork.core.events import Actor
from fieldwork.core.periods import Period
from fieldwork.directory.models import Leader
from fieldwork.duties import demand
from fieldwork.duties.models import Opening, Rule


@dataclass(slots=True)
class Reconciled:
    """How many rows a run inserted or changed; all zero when the rows already were what the facts demand."""

    obligations: int = 0
    bases: int = 0
    tasks: int = 0
    changed: int = 0
    refreshed: int = 0

    @property
    def total(self) -> int:
        return self.obligations + self.bases + self.tasks + self.changed + self.refreshed

    def __iadd__(self, other: "Reconciled") -> "Reconciled":
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def reconcile(period: Period, *, by: Actor, at: datetime) -> Reconciled:
    """Bring all obligations and tasks of a period to what tenures, linkages and rules demand.

    Runs its own short transactions, a batch of leaders each; appends one `period.reconciled` if anything changed.
    """
    stale_at = Opening.objects.filter(period=str(period)).values_list("stale_at", flat=True).first()
    done = Reconciled()
    for low, high in _batches(settings.RECONCILE_BATCH):
        with transaction.atomic():
            done += _reconcile_range(period, low, high, at)
    with transaction.atomic():
        _opening, opened = Opening.objects.get_or_create(
            period=str(period), defaults={"ends_on": period.ends_on, "opened_at": at, "reconciled_at": at}
        )
        Opening.objects.filter(period=str(period)).update(reconciled_at=at)
        Opening.objects.filter(period=str(period), stale_at=stale_at).update(stale_at=None)
        if opened or done.total:
            _tell(period, done, by, at)
    return done


def reconcile_leader(period: Period, leader: Leader, *, by: Actor, at: datetime) -> Reconciled:
    """The same for one person, inside the caller's transaction: for actions that must see their effect at once."""
    done = _reconcile_range(period, leader.pk, leader.pk, at)
    if done.total:
        _tell(period, done, by, at, leader=leader.pk)
    return done


def refresh_leader(period: Period, leader: Leader) -> None:
    """Count one person's performances afresh; the caller shares the period's lock (`share`).

    Rows are locked before they are counted: of two performances at once the second must see the first.
    """
    with connection.cursor() as cursor:
        params = _params(period, leader.pk, leader.pk, at=period.starts_at())
        if connection.vendor == "postgresql":
            cursor.execute(demand.LOCK_OBLIGATIONS, params)
        cursor.execute(demand.REFRESH_OBLIGATIONS, params)
        cursor.execute(demand.REFRESH_TASKS, params)


def share(period: Period) -> None:
    """Keep reconciliation of the period out until the transaction ends."""
    locks.hold(_lock(period), shared=True)


def rules_of(period: Period) -> list[Rule]:
    """The rules with the period's cadence in the policy versions in force on its first day."""
    first = period.starts_on
    return list(
        Rule.objects.filter(
            Q(version__ends_on__isnull=True) | Q(version__ends_on__gte=first),
            version__starts_on__lte=first,
            cadence=period.cadence,
        )
    )


def latest_start(period: Period, days: int) -> date:
    """The last day on which a tenure may begin and still be in office for `days` days of the period."""
    return max(period.starts_on, period.ends_on - timedelta(days=days - 1))


def _reconcile_range(period: Period, low: int, high: int, at: datetime) -> Reconciled:
    locks.hold(_lock(period))
    params = _params(period, low, high, at)
    done = Reconciled()
    with connection.cursor() as cursor:
        _compute_demand(cursor, period, params)
        done.obligations = _run(cursor, demand.OPEN_OBLIGATIONS, params)
        _compute(cursor, "owed", demand.OWED, params, demand.INDEX_OWED)
        done.bases = _run(cursor, demand.ADD_BASES, params)
        done.changed = _run(cursor, demand.CHANGE_BASES, params) + _run(cursor, demand.WITHDRAW_BASES, params)
        _compute(cursor, "demanded_task", demand.DEMANDED_TASKS, params, demand.INDEX_DEMANDED_TASKS)
        _run(cursor, demand.DEMANDED_ALONE, params)
        done.tasks = _run(cursor, demand.ADD_TASKS, params)
        done.changed += _run(cursor, demand.CHANGE_TASKS, params) + _run(cursor, demand.WITHDRAW_TASKS, params)
        done.refreshed = _run(cursor, demand.REFRESH_OBLIGATIONS, params) + _run(cursor, demand.REFRESH_TASKS, params)
        for table in ("demand", "owed", "demanded_task"):
            cursor.execute(f"DROP TABLE {table}")
    return done


def _compute_demand(cursor: CursorWrapper, period: Period, params: dict[str, Any]) -> None:
    rules = rules_of(period)
    if not rules:
        cursor.execute(demand.NO_DEMAND)
        return
    lines = ", ".join(f"({rule.pk}, %(start_{rule.pk})s)" for rule in rules)
    starts = {f"start_{rule.pk}": latest_start(period, rule.partial_period) for rule in rules}
    _compute(cursor, "demand", demand.DEMAND.format(lines=lines, in_office=demand.IN_OFFICE), params | starts)


def _compute(cursor: CursorWrapper, table: str, statement: str, params: dict[str, Any], index: str = "") -> None:
    """Make a temporary table, and let the planner know what is in it."""
    cursor.execute(statement, params)
    if index:
        cursor.execute(index)
    if connection.vendor == "postgresql":
        cursor.execute(f"ANALYZE {table}")


def _run(cursor: CursorWrapper, statement: str, params: dict[str, Any]) -> int:
    cursor.execute(statement, params)
    return max(int(cursor.rowcount), 0)


def _params(period: Period, low: int, high: int, at: datetime) -> dict[str, Any]:
    instant = connection.ops.adapt_datetimefield_value
    return {
        "period": str(period), "first": period.starts_on, "last": period.ends_on, "low": low, "high": high,
        "starts_at": instant(period.starts_at()), "due_at": instant(period.ends_at()), "now": instant(at),
    }  # fmt: skip


def _batches(size: int) -> Iterator[tuple[int, int]]:
    """Ranges of leader ids that hold `size` leaders each and leave no gap."""
    low = 0
    ids = Leader.objects.order_by("pk").values_list("pk", flat=True)
    while (first := ids.filter(pk__gt=low).first()) is not None:
        ahead = ids.filter(pk__gte=first)[size - 1 : size].first()
        high = ahead if ahead is not None else (ids.last() or first)
        yield low + 1, high
        low = high


def _lock(period: Period) -> str:
    return f"period:{period}"


def _tell(period: Period, done: Reconciled, by: Actor, at: datetime, **more: Any) -> None:
    events.append(
        "period.reconciled", by=by, at=at, about=("period", period),
        due_at=period.ends_at().isoformat(),
        **{name: getattr(done, name) for name in done.__slots__}, **more,
    )  # fmt: skip
