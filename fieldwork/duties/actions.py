"""Recording what was performed: the one way by which check-ins and filings reach obligations."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from fieldwork.core.events import Actor
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.directory.models import Leader
from fieldwork.duties.enums import Activity
from fieldwork.duties.models import Obligation, Performance, Touch
from fieldwork.duties.reconcile import reconcile_leaders, refresh_leader, rules_of, share
from fieldwork.duties.schedule import is_to_be_open


def record_performance(
    *, leader: Leader, activity: Activity, at: datetime, source: tuple[str, str], touches: Iterable[str],
    by: Actor, now: datetime, entered: Sequence[Period] | None = None,
) -> Performance:  # fmt: skip
    """Record that `leader` performed `activity` at the instant `at`, touching those target keys; count it at once.

    `source` is (kind, id) of the check-in or filing and is recorded once. Runs in the caller's transaction, which also
    appends the event. Periods that no scheduler has opened yet are opened for this leader, so that the visit counts.
    A caller that reads places or tenures first enters the periods before that, and says which (`entered`).
    """
    periods = enter_periods(leader, at, by=by, now=now) if entered is None else entered
    performance = Performance.objects.create(
        leader=leader, activity=activity, at=at, day=local_day(at), source_kind=source[0], source_id=source[1]
    )
    Touch.objects.bulk_create(Touch(performance=performance, target_key=key) for key in sorted(set(touches)))
    for period in periods:
        refresh_leader(period, leader)
    return performance


def enter_periods(leader: Leader, at: datetime, *, by: Actor, now: datetime) -> list[Period]:
    """The periods that hold `at` and have rules, opened for this leader and locked to the end of the transaction.

    One that is not to be opened yet is left to its time: a phone whose clock is years ahead opens nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a performance belongs to the transaction of its source")
    # In the order of periods, as everybody locks them who locks several.
    periods = sorted(Period.of_instant(cadence, at) for cadence in Cadence)
    opened = set(
        Obligation.objects.filter(leader=leader, period__in=[str(period) for period in periods])
        .values_list("period", flat=True)
        .distinct()
    )
    entered = []
    for period in periods:
        if str(period) in opened:
            share(period)
        elif is_to_be_open(period, now) and rules_of(period).exists():
            reconcile_leaders(period, [leader.pk], by=by, at=now)
        else:
            continue
        entered.append(period)
    return entered
