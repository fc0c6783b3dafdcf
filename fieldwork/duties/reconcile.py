"""Reconciliation: the same rows from the same facts, however often, however late, however many run at once.

One lock a period: whoever reconciles holds it alone for each batch of subjects, whoever records a performance in the
period shares it. Each batch is a short transaction of set-based statements (`demand`).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from fieldwork.core import events, locks, stopping
from fieldwork.core.database import stamp
from fieldwork.core.events import Actor
from fieldwork.core.periods import Period, local_day
from fieldwork.core.prepared import change, run
from fieldwork.directory.models import Division, Leader, Organisation, Tenure
from fieldwork.directory.paths import within as within_path
from fieldwork.directory.queries import standing
from fieldwork.duties.demand import counting
from fieldwork.duties.demand.batch import (
    Batch,
    Reconciled,
    among,
    count_batch,
    differing_batch,
    reconcile_batch,
)
from fieldwork.duties.enums import Activity, SubjectKind
from fieldwork.duties.models import Opening, Rule

_HANDFUL = 1000


def reconcile(period: Period, *, by: Actor, at: datetime, within: Division | None = None) -> Reconciled:
    """Bring all obligations and tasks of a period to what tenures, linkages, bodies and rules demand.

    Compares every row. `within` narrows it to leaders who ever held a post in that division or below, and to the
    bodies there. Runs its own short transactions, a batch each; appends one `period.reconciled` if anything changed.
    Where this process is told to end it does so after the batch at hand, and the period stays to be done.
    """
    is_whole, stale_at = _stand(period)
    done = Reconciled()
    for batch in _until_told(_all_batches(within)):
        with transaction.atomic():
            done += _reconcile(period, batch, at)
    # A successor may have been counted before the predecessor's bases were there, also by one who was broken off.
    for batch in _until_told(_all_batches(within) if _is_to_be_recounted(period, done, is_whole) else ()):
        with transaction.atomic():
            locks.hold(period_lock(period))
            done += count_batch(period, batch, at)
    with transaction.atomic():
        if stopping.asked():
            Opening.objects.filter(period=str(period), stale_at=stale_at).update(stale_at=at)
        opened = within is None and not stopping.asked() and _open(period, stale_at, at)
        if opened or done.total:
            tell(period, by, at, done, path=within.path if within else "")
    return done


def differing(period: Period) -> Iterator[tuple[str, str]]:
    """What of the period is not as the facts demand it, as `differing_batch` has it; nothing is changed.

    As short transactions under the same lock as reconciliation, so that each batch is seen at one moment.
    """
    rules = list(rules_of(period))
    for batch in _batches():
        with transaction.atomic():
            locks.hold(period_lock(period))
            found = differing_batch(period, rules, batch)
        yield from found


def reconcile_some(
    period: Period, *, leaders: Iterable[int] = (), organisations: Iterable[int] = (), by: Actor, at: datetime
) -> Reconciled:
    """The same for some ids, inside the caller's transaction: for actions that must see their effect at once."""
    done = Reconciled()
    people, bodies = sorted(set(leaders)), sorted(set(organisations))
    for batch in [*_handfuls(people, bodies=False), *_handfuls(bodies, bodies=True)]:
        done += _reconcile(period, batch, at)
    if done.total:
        tell(period, by, at, done, leaders=people, organisations=bodies)
    return done


def refresh(obligations: Iterable[int], *, locked: bool = False) -> int:
    """Count afresh what was performed for these obligations; the caller shares their periods' locks (`share`).

    Rows are locked before they are counted, unless the caller did that: of two performances at once the second must
    see the first. Answers how many obligations changed.
    """
    ids = sorted(set(obligations))
    if not ids:
        return 0
    given = {f"id_{place}": pk for place, pk in enumerate(ids)}
    of_batch = f"ob.id IN ({', '.join(f'%({name})s' for name in given)})"
    of_tasks, of_obligations = (
        statement.replace("{of_batch}", of_batch).replace("{stamp}", stamp())
        for statement in (counting.REFRESH_TASKS, counting.REFRESH_OBLIGATIONS)
    )
    if connection.vendor == "postgresql" and not locked:
        run(counting.LOCK.replace("{of_batch}", of_batch), given)
    change(of_tasks, given)
    return len(run(of_obligations, given))


def share(period: Period) -> None:
    """Keep reconciliation of the period out until the transaction ends."""
    locks.hold(period_lock(period), shared=True)


def rules_of(period: Period) -> QuerySet[Rule]:
    """The rules with the period's cadence in the policy versions in force on its first day."""
    return Rule.objects.filter(standing(period.starts_on, "version__"), cadence=period.cadence).order_by("pk")


def period_lock(period: Period) -> str:
    return f"period:{period}"


def tell(period: Period, by: Actor, at: datetime, done: Reconciled, path: str = "", **more: Any) -> None:
    """Append `period.reconciled`: rows of the period changed, and whoever is reminded of it looks again."""
    events.append(
        "period.reconciled", by=by, at=at, about=("period", period), division_path=path,
        due_at=period.ends_at().isoformat(),
        **{name: getattr(done, name) for name in done.__slots__}, **more,
    )  # fmt: skip


def _reconcile(period: Period, batch: Batch, at: datetime) -> Reconciled:
    locks.hold(period_lock(period))
    return reconcile_batch(period, list(rules_of(period)), batch, at)


def _until_told(batches: Iterable[Batch]) -> Iterator[Batch]:
    return takewhile(lambda _batch: not stopping.asked(), batches)


def _stand(period: Period) -> tuple[bool, datetime | None]:
    """Whether the whole period was reconciled and is not stale, and since when it is stale."""
    opening = Opening.objects.filter(period=str(period)).first()
    return opening is not None and opening.stale_at is None, opening.stale_at if opening else None


def _is_to_be_recounted(period: Period, done: Reconciled, is_whole: bool) -> bool:
    return bool(done.bases or not is_whole) and _is_handed_on(period)


def _open(period: Period, stale_at: datetime | None, at: datetime) -> bool:
    """Note that the whole period was reconciled, knowing the facts of `stale_at`; true the first time."""
    this = Opening.objects.filter(period=str(period))
    _opening, opened = Opening.objects.get_or_create(
        period=str(period), defaults={"ends_on": period.ends_on, "opened_at": at, "reconciled_at": at}
    )
    this.update(reconciled_at=at, checked_on=local_day(at))
    this.filter(stale_at=stale_at).update(stale_at=None)
    return opened


def _is_handed_on(period: Period) -> bool:
    """Whether the period has desk work of leaders, which counts for whoever takes over the post too."""
    return rules_of(period).filter(subject=SubjectKind.LEADER).exclude(activity=Activity.INSPECTION).exists()


def _all_batches(within: Division | None) -> Iterator[Batch]:
    return _batches() if within is None else _batches_within(within)


def _batches() -> Iterator[Batch]:
    yield from (Batch(bodies=False, ids=ids) for ids in _ranges(Leader))
    yield from (Batch(bodies=True, ids=ids) for ids in _ranges(Organisation))


def _ranges(model: type[Model]) -> Iterator[str]:
    """Ranges of ids that hold a batch of rows each and leave no gap."""
    low = 0
    size = settings.RECONCILE_BATCH
    ids = model._default_manager.order_by("pk").values_list("pk", flat=True)
    while (first := ids.filter(pk__gt=low).first()) is not None:
        ahead = ids.filter(pk__gte=first)[size - 1 : size].first()
        high = ahead if ahead is not None else (ids.last() or first)
        yield f"BETWEEN {low + 1:d} AND {high:d}"
        low = high


def _batches_within(division: Division) -> Iterator[Batch]:
    """Those who ever held a post in the division or below, and the bodies there, in handfuls that fit a statement."""
    held = Tenure.objects.filter(within_path(division.path, "post__organisation__division__path"))
    yield from _handfuls(sorted(set(held.values_list("leader", flat=True))), bodies=False)
    there = Organisation.objects.filter(within_path(division.path, "division__path"))
    yield from _handfuls(sorted(there.values_list("pk", flat=True)), bodies=True)


def _handfuls(ids: Sequence[int], *, bodies: bool) -> Iterator[Batch]:
    for start in range(0, len(ids), _HANDFUL):
        yield Batch(bodies=bodies, ids=among(ids[start : start + _HANDFUL]))
