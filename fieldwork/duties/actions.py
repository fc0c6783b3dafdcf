"""Recording what was performed, and judging it: the one way by which check-ins and filings reach obligations."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, CharField, DateField, Q, QuerySet

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import Actor
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.core.prepared import Given, Prepared, insert_of
from fieldwork.directory.models import Leader, Organisation, User
from fieldwork.directory.queries import standing
from fieldwork.duties.demand.batch import Reconciled
from fieldwork.duties.enums import Activity, Verdict
from fieldwork.duties.models import Naming, Obligation, Performance, Review, Rule, Touch
from fieldwork.duties.queries import lock_touched_on_site, touched_by
from fieldwork.duties.reconcile import reconcile_some, refresh, share, tell
from fieldwork.duties.schedule import is_to_be_open


def record_performance(  # noqa: PLR0913 - as many facts
    *, activity: Activity, at: datetime, source: tuple[str, str], leader: Leader | None = None,
    organisation: Organisation | None = None, touches: Iterable[str] = (), names: Sequence[Obligation] = (),
    duties: Sequence[Rule] = (), by: Actor, now: datetime, entered: Sequence[Period] | None = None,
) -> Performance:  # fmt: skip
    """Record that a leader, or a body, performed `activity` at the instant `at`; count it at once.

    `touches` are the target keys of the places and fields that an inspection served, `names` the obligations that it
    is to prove, `duties` the standing duties. `source` is (kind, id) of the check-in or filing and is recorded once.
    Runs in the caller's transaction, which also appends the event. Periods that no scheduler has opened yet are opened
    for this leader, so that the visit counts. A caller that reads places or tenures first enters the periods before
    that, and says which (`entered`).
    """
    if entered is None:
        enter_periods(leader if activity == Activity.INSPECTION else None, at, names=names, by=by, now=now)
    performance = Performance(
        leader=leader, organisation=organisation, activity=activity, at=at, captured_at=at, day=local_day(at),
        source_kind=source[0], source_id=source[1],
    )  # fmt: skip
    insert_of(Performance)(performance)
    insert_of(Touch)(*(Touch(performance=performance, target_key=key) for key in sorted(set(touches))))
    named = [Naming(performance=performance, obligation_id=pk) for pk in sorted({each.pk for each in names})]
    named += [Naming(performance=performance, rule_id=pk) for pk in sorted({each.pk for each in duties})]
    insert_of(Naming)(*named)
    if leader is not None and activity == Activity.INSPECTION and not names:
        refresh(lock_touched_on_site(leader.pk, at), locked=True)
    else:
        refresh(touched_by(performance, at).values_list("pk", flat=True))
    return performance


def enter_periods(
    leader: Leader | None, at: datetime, *, names: Sequence[Obligation] = (), by: Actor, now: datetime
) -> list[Period]:
    """The periods of the obligations named, and those that hold `at` and have rules for this leader.

    They are opened for the leader, and locked to the end of the transaction. One that is not to be opened yet is left
    to its time: a phone whose clock is years ahead opens nothing.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a performance belongs to the transaction of its source")
    named = {Period.parse(obligation.period) for obligation in names}
    held = {Period.of_instant(cadence, at) for cadence in Cadence} if leader else set()
    known = _known(leader, held) if leader else set()
    entered = []
    # In the order of periods, as everybody locks them who locks several.
    for period in sorted(named | held):
        if str(period) in known or period in named:
            share(period)
        elif leader and is_to_be_open(period, now) and period.cadence in known:
            reconcile_some(period, leaders=[leader.pk], by=by, at=now)
        else:
            continue
        entered.append(period)
    return entered


def _known(leader: Leader, periods: Iterable[Period]) -> set[str]:
    """Those of the periods, one of each cadence, that are opened for the leader; and the cadences that have rules in
    force on the first day of theirs. One query."""
    names = {f"{period.cadence}_name": str(period) for period in periods}
    days = {f"{period.cadence}_day": period.starts_on for period in periods}
    return {name for (name,) in _opened_or_ruled.rows(leader=leader.pk, **names, **days)}


def _compose() -> QuerySet[Any, Any]:
    names = [Given(f"{cadence}_name", CharField()) for cadence in Cadence]
    ruled = (Q(cadence=each) & standing(Given(f"{each}_day", DateField()), "version__") for each in Cadence)
    opened = Obligation.objects.filter(leader=Given("leader", BigIntegerField()), period__in=names)
    rules = Rule.objects.filter(reduce(or_, ruled))
    return opened.order_by().values_list("period").union(rules.order_by().values_list("cadence"))


_opened_or_ruled = Prepared(_compose)


@transaction.atomic
def review_performance(
    *, source: tuple[str, str], verdict: str, reason: str, adopted_at: datetime | None = None, afresh: bool = False,
    by: User, at: datetime,
) -> Review:  # fmt: skip
    """Store a verdict on what `source` recorded, and count it anew: what is rejected counts for nothing.

    `adopted_at` is the instant that the reviewer takes for the true one instead of the declared; without it the
    declared one holds again. The same verdict said twice is one, unless it is said `afresh`. The caller appends the
    event of the check-in or filing; here whoever is reminded of the periods is told to look again. Errors: `not_found`.
    """
    performance = Performance.objects.filter(source_kind=source[0], source_id=source[1]).first()
    if performance is None:
        raise DomainError(Code.NOT_FOUND)
    held_at = adopted_at or performance.captured_at
    _enter_again(performance, held_at, by, at)
    performance = Performance.objects.select_for_update(no_key=True).get(pk=performance.pk)
    last = performance.reviews.order_by("-pk").first()
    if last and not afresh and (last.verdict, last.reason, last.adopted_at) == (verdict, reason, adopted_at):
        return last
    review = Review.objects.create(
        performance=performance, verdict=verdict, reason=reason, adopted_at=adopted_at, by=by, at=at
    )
    before = touched_by(performance, performance.at) | touched_by(performance, held_at)
    affected = {obligation.pk: obligation for obligation in before}
    performance.stands = verdict == Verdict.ACCEPTED
    performance.at, performance.day = held_at, local_day(held_at)
    performance.save(update_fields=["stands", "at", "day"])
    for name, of_period in groupby(sorted(affected.values(), key=_period), key=_period):
        changed = refresh(obligation.pk for obligation in of_period)
        if changed:
            tell(name, by, at, Reconciled(refreshed=changed), source=list(source))
    return review


def _period(obligation: Obligation) -> Period:
    return Period.parse(obligation.period)


def _enter_again(performance: Performance, held_at: datetime, by: Actor, now: datetime) -> None:
    """Enter all periods that the performance leaves or comes to."""
    names = list(Obligation.objects.filter(namings__performance=performance))
    names += list(touched_by(performance, performance.at))
    leader = performance.leader if performance.activity == Activity.INSPECTION else None
    enter_periods(leader, held_at, names=names, by=by, now=now)
