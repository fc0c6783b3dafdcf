"""Reconciliation: the same rows from the same facts, however often, however late, however many run at once.

One lock a period: whoever reconciles holds it alone for each batch of leaders, whoever records a performance in the
period shares it. Each batch is a short transaction of set-based statements.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from fieldwork.core import events, locks
from fieldwork.core.events import Actor
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Leader, Tenure
from fieldwork.directory.paths import within as within_path
from fieldwork.directory.queries import standing
from fieldwork.duties import demand
from fieldwork.duties.models import Opening, Rule

_HANDFUL = 1000


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


def reconcile(period: Period, *, by: Actor, at: datetime, within: Division | None = None) -> Reconciled:
    """Bring all obligations and tasks of a period to what tenures, linkages and rules demand.

    `within` narrows it to leaders who ever held a post in that division or below. Runs its own short transactions, a
    batch of leaders each; appends one `period.reconciled` if anything changed.
    """
    stale_at = Opening.objects.filter(period=str(period)).values_list("stale_at", flat=True).first()
    done = Reconciled()
    for leaders in _ranges() if within is None else _holders(within):
        with transaction.atomic():
            done += _reconcile(period, leaders, at)
    with transaction.atomic():
        opened = within is None and _open(period, stale_at, at)
        if opened or done.total:
            _tell(period, done, by, at, path=within.path if within else "")
    return done


def reconcile_leaders(period: Period, leaders: Sequence[int], *, by: Actor, at: datetime) -> Reconciled:
    """The same for some people, inside the caller's transaction: for actions that must see their effect at once."""
    if not leaders:
        return Reconciled()
    done = _reconcile(period, _among(leaders), at)
    if done.total:
        _tell(period, done, by, at, leaders=list(leaders))
    return done


def refresh_leader(period: Period, leader: Leader) -> None:
    """Count one person's performances afresh; the caller shares the period's lock (`share`).

    Rows are locked before they are counted: of two performances at once the second must see the first.
    """
    params, leaders = _params(period, period.starts_at()), _among([leader.pk])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _run(cursor, demand.LOCK_OBLIGATIONS, params, leaders)
        _run(cursor, demand.REFRESH_OBLIGATIONS, params, leaders)
        _run(cursor, demand.REFRESH_TASKS, params, leaders)


def share(period: Period) -> None:
    """Keep reconciliation of the period out until the transaction ends."""
    locks.hold(period_lock(period), shared=True)


def rules_of(period: Period) -> QuerySet[Rule]:
    """The rules with the period's cadence in the policy versions in force on its first day."""
    return Rule.objects.filter(standing(period.starts_on, "version__"), cadence=period.cadence)


def latest_start(period: Period, days: int) -> date:
    """The last day on which a tenure may begin and still be in office for `days` days of the period."""
    return max(period.starts_on, period.ends_on - timedelta(days=days - 1))


def _open(period: Period, stale_at: datetime | None, at: datetime) -> bool:
    """Note that the whole period was reconciled, knowing the facts of `stale_at`; true the first time."""
    this = Opening.objects.filter(period=str(period))
    _opening, opened = Opening.objects.get_or_create(
        period=str(period), defaults={"ends_on": period.ends_on, "opened_at": at, "reconciled_at": at}
    )
    this.update(reconciled_at=at)
    this.filter(stale_at=stale_at).update(stale_at=None)
    return opened


def _reconcile(period: Period, leaders: str, at: datetime) -> Reconciled:
    """One batch. `leaders` is a condition on ids, made of numbers alone."""
    locks.hold(period_lock(period))
    params = _params(period, at)
    done = Reconciled()
    with connection.cursor() as cursor:

        def run(statement: str) -> int:
            return _run(cursor, statement, params, leaders)

        _compute_demand(cursor, period, params, leaders)
        done.obligations = run(demand.OPEN_OBLIGATIONS)
        _compute(cursor, "owed", demand.OWED, params, leaders, demand.INDEX_OWED)
        done.bases = run(demand.ADD_BASES)
        done.changed = run(demand.CHANGE_BASES) + run(demand.WITHDRAW_BASES)
        _compute(cursor, "demanded_task", demand.DEMANDED_TASKS, params, leaders, demand.INDEX_DEMANDED_TASKS)
        run(demand.DEMANDED_ALONE)
        done.tasks = run(demand.ADD_TASKS)
        done.changed += run(demand.CHANGE_TASKS) + run(demand.WITHDRAW_TASKS)
        done.refreshed = run(demand.REFRESH_OBLIGATIONS) + run(demand.REFRESH_TASKS)
        for table in ("demand", "owed", "demanded_task"):
            cursor.execute(f"DROP TABLE {table}")
    return done


def _compute_demand(cursor: CursorWrapper, period: Period, params: dict[str, Any], leaders: str) -> None:
    days = dict(rules_of(period).values_list("pk", "partial_period"))
    if not days:
        cursor.execute(demand.NO_DEMAND)
        return
    lines = ", ".join(f"({rule}, %(start_{rule})s)" for rule in days)
    starts = {f"start_{rule}": latest_start(period, needed) for rule, needed in days.items()}
    _compute(cursor, "demand", demand.DEMAND.replace("{lines}", lines), params | starts, leaders)


def _compute(
    cursor: CursorWrapper, table: str, statement: str, params: dict[str, Any], leaders: str, index: str = ""
) -> None:
    """Make a temporary table, and let the planner know what is in it."""
    _run(cursor, statement, params, leaders)
    if index:
        cursor.execute(index)
    if connection.vendor == "postgresql":
        cursor.execute(f"ANALYZE {table}")


def _run(cursor: CursorWrapper, statement: str, params: dict[str, Any], leaders: str) -> int:
    cursor.execute(statement.replace("{leaders}", leaders), params)
    return max(int(cursor.rowcount), 0)


def _params(period: Period, at: datetime) -> dict[str, Any]:
    instant = connection.ops.adapt_datetimefield_value
    return {
        "period": str(period), "first": period.starts_on, "last": period.ends_on,
        "starts_at": instant(period.starts_at()), "due_at": instant(period.ends_at()), "now": instant(at),
    }  # fmt: skip


def _ranges() -> Iterator[str]:
    """Ranges of leader ids that hold a batch of leaders each and leave no gap."""
    low = 0
    size = settings.RECONCILE_BATCH
    ids = Leader.objects.order_by("pk").values_list("pk", flat=True)
    while (first := ids.filter(pk__gt=low).first()) is not None:
        ahead = ids.filter(pk__gte=first)[size - 1 : size].first()
        high = ahead if ahead is not None else (ids.last() or first)
        yield f"BETWEEN {low + 1:d} AND {high:d}"
        low = high


def _holders(division: Division) -> Iterator[str]:
    """Those who ever held a post in the division or below, in handfuls that fit a statement."""
    held = Tenure.objects.filter(within_path(division.path, "post__organisation__division__path"))
    ids = sorted(set(held.values_list("leader", flat=True)))
    for start in range(0, len(ids), _HANDFUL):
        yield _among(ids[start : start + _HANDFUL])


def _among(leaders: Sequence[int]) -> str:
    return f"IN ({', '.join(f'{leader:d}' for leader in leaders)})"


def period_lock(period: Period) -> str:
    return f"period:{period}"


def _tell(period: Period, done: Reconciled, by: Actor, at: datetime, path: str = "", **more: Any) -> None:
    events.append(
        "period.reconciled", by=by, at=at, about=("period", period), division_path=path,
        due_at=period.ends_at().isoformat(),
        **{name: getattr(done, name) for name in done.__slots__}, **more,
    )  # fmt: skip
