"""One batch of subjects brought to what the facts demand, in the caller's transaction and under the period's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from fieldwork.core.database import stamp
from fieldwork.core.periods import Period, first_instant
from fieldwork.directory.paths import STEP
from fieldwork.duties.demand import counting, differences, obligations, subjects, tasks
from fieldwork.duties.demand.workspace import TABLES, clear, let_planner_know
from fieldwork.duties.models import Rule, RuleRole

_DEEPEST = 8  # steps of a division's path, more than any ladder has
_STEPS = " UNION ALL ".join(f"SELECT {length} AS length" for length in range(STEP, STEP * _DEEPEST + 1, STEP))


@dataclass(frozen=True, slots=True)
class Batch:
    """Leaders, or organisations with the pairs whose lower body they are. `ids`: a condition made of numbers alone."""

    bodies: bool
    ids: str

    @property
    def of_batch(self) -> str:
        if self.bodies:
            lower = "COALESCE(ob.lower_organisation_id, ob.organisation_id)"
            return f"ob.period = CAST(%(period)s AS varchar) AND ob.leader_id IS NULL AND {lower} {self.ids}"
        return f"ob.period = CAST(%(period)s AS varchar) AND ob.leader_id {self.ids}"


def among(ids: Sequence[int]) -> str:
    """The condition that an id is one of these."""
    return f"IN ({', '.join(f'{pk:d}' for pk in ids)})"


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


class Step:
    """Runs the statements of one batch."""

    def __init__(self, cursor: CursorWrapper, batch: Batch, params: dict[str, Any]) -> None:
        self._cursor = cursor
        self._filled = {"{ids}": batch.ids, "{of_batch}": batch.of_batch, "{steps}": _STEPS, "{stamp}": stamp()}
        self._params = params

    def run(self, statement: str) -> int:
        for name, value in self._filled.items():
            statement = statement.replace(name, value)
        self._cursor.execute(statement, self._params)
        return max(int(self._cursor.rowcount), 0)

    def compute(self, table: str, *statements: str) -> int:
        """Fill a working table; answers how many rows it got."""
        rows = sum(self.run(statement) for statement in statements)
        let_planner_know(self._cursor, table)
        return rows

    def correct(self, table: str, compare: str, *, add: str = "", changes: Sequence[str] = ()) -> tuple[int, int]:
        """Write what `compare` finds to be missing and to differ; answers how many rows of each.

        The first column of the working table is the id of the row that differs, null for one that is missing.
        """
        found = self.compute(table, compare)
        known = self._known(table) if found and add else found
        added = self.run(add) if found > known else 0
        if known:
            for change in changes:
                self.run(change)
        return added, known

    def _known(self, table: str) -> int:
        self._cursor.execute(f"SELECT COUNT({TABLES[table].split()[0]}) FROM {table}")
        return int(self._cursor.fetchone()[0])


def reconcile_batch(period: Period, rules: Sequence[Rule], batch: Batch, at: datetime) -> Reconciled:
    """Open, change, withdraw and count what this batch owes in the period under `rules`."""
    done = Reconciled()
    with connection.cursor() as cursor:
        step, known = _demand(cursor, period, rules, batch, at)
        done.obligations = step.run(obligations.OPEN)
        if done.obligations:
            step.run(obligations.FORGET)
            step.compute("obligation_of", obligations.READ)
        step.compute("owed", obligations.OWED)
        done.bases, rebased = step.correct(
            "basis_difference", obligations.COMPARE_BASES,
            add=obligations.ADD_BASES, changes=[obligations.CHANGE_BASES],
        )  # fmt: skip
        redue = _correct_due(step) if known else 0
        step.compute("demanded_task", tasks.DEMANDED, tasks.DEMANDED_ALONE)
        done.tasks, retasked = step.correct("task_difference", tasks.COMPARE, add=tasks.ADD, changes=[tasks.CHANGE])
        if known and (done.bases or rebased or done.tasks or retasked):
            step.run(obligations.STAMP)
        done.changed = rebased + redue + retasked
        done.refreshed = _count(step, known > 0)
    return done


def differing_batch(period: Period, rules: Sequence[Rule], batch: Batch) -> list[tuple[str, str]]:
    """What of this batch is not as the facts demand it, found as it would be changed; nothing is.

    Subject and duty, and of these what differs; "" for an obligation that is missing altogether.
    """
    with connection.cursor() as cursor:
        step, _known = _demand(cursor, period, rules, batch, period.starts_at())
        step.compute("owed", obligations.OWED)
        step.compute("basis_difference", obligations.COMPARE_BASES)
        step.compute("due_difference", obligations.COMPARE_DUE)
        step.compute("demanded_task", tasks.DEMANDED, tasks.DEMANDED_ALONE)
        step.compute("task_difference", tasks.COMPARE)
        step.compute("counted", counting.INSERT_COUNTED)
        step.compute("served", counting.INSERT_SERVED)
        step.compute("done_difference", counting.COMPARE_DONE)
        step.compute("obligation_difference", counting.COMPARE_OBLIGATIONS)
        step.run(differences.DIFFERING)
        return [(str(named), str(what)) for named, what in cursor.fetchall()]


def _demand(
    cursor: CursorWrapper, period: Period, rules: Sequence[Rule], batch: Batch, at: datetime
) -> tuple[Step, int]:
    """Compute who owes what; and how many obligations there are already."""
    clear(cursor)
    step = Step(cursor, batch, parameters(period, at))
    _write_lines(cursor, period, rules)
    step.compute("reach", subjects.REACH)
    step.compute("demand", *([subjects.BODIES, subjects.PAIRS] if batch.bodies else [subjects.LEADERS]))
    return step, step.compute("obligation_of", obligations.READ)


def count_batch(period: Period, batch: Batch, at: datetime) -> Reconciled:
    """Only count what was performed for this batch: after others, on whose bases it may rest, were opened."""
    with connection.cursor() as cursor:
        clear(cursor)
        step = Step(cursor, batch, parameters(period, at))
        step.compute("obligation_of", obligations.READ)
        return Reconciled(refreshed=_count(step, known=True))


def _correct_due(step: Step) -> int:
    changes = [obligations.CHANGE_DUE, obligations.CARRY_DUE]
    return step.correct("due_difference", obligations.COMPARE_DUE, changes=changes)[1]


def _count(step: Step, known: bool) -> int:
    """Without performances, rows that were not `known` before this batch say so from the start."""
    if not step.compute("counted", counting.INSERT_COUNTED) and not known:
        return 0
    step.compute("served", counting.INSERT_SERVED)
    _none, served = step.correct("done_difference", counting.COMPARE_DONE, changes=[counting.CHANGE_DONE])
    _none, recounted = step.correct(
        "obligation_difference", counting.COMPARE_OBLIGATIONS, changes=[counting.CHANGE_OBLIGATIONS]
    )
    return served + recounted


def parameters(period: Period, at: datetime) -> dict[str, Any]:
    return {
        "period": str(period), "first": period.starts_on, "last": period.ends_on,
        "starts_at": _instant(period.starts_at()), "now": _instant(at),
    }  # fmt: skip


def _instant(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _write_lines(cursor: CursorWrapper, period: Period, rules: Sequence[Rule]) -> None:
    """The rules in force, each with its days in this period."""
    excepting = set(RuleRole.objects.filter(rule__in=rules, excepted=True).values_list("rule", flat=True))
    rows = [
        (rule.pk, rule.pk in excepting, period.latest_start(rule.partial_period), rule.minimum, *_due(period, rule))
        for rule in rules
    ]
    if rows:
        cursor.executemany("INSERT INTO line VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
    let_planner_know(cursor, "line")


def _due(period: Period, rule: Rule) -> tuple[date, Any, Any]:
    """The due day, the instant after it, and when it lapses: then, or, with an assumed due day, with the period."""
    day = date.fromisoformat(f"{period.year}-{rule.due}") if rule.due else period.ends_on
    due_at = first_instant(day + timedelta(days=1))
    return day, _instant(due_at), _instant(period.ends_at() if "due" in rule.assumed else due_at)
