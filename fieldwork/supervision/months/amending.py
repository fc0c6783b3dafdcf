"""What changed of published periods since: found by comparing, so that no path can forget to tell."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db import connection, transaction

from fieldwork.core import changes, events, locks
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event, FeedReader
from fieldwork.core.periods import Cadence, Period, local_day
from fieldwork.duties.demand.batch import among
from fieldwork.duties.models import Performance
from fieldwork.duties.reconcile import period_lock
from fieldwork.supervision.ledger.portions import portions
from fieldwork.supervision.models import Amendment, Freeze, FrozenObligation
from fieldwork.supervision.months.causes import Cause, causes_of
from fieldwork.supervision.months.owed import PUBLISHED_NOW, fetched, given

READER = "amender"
EVENTS = 1000
LAST = 2**62  # behind every event of its transaction
CHUNK = 500
_PROOFS = ("check_in.recorded", "check_in.reviewed", "filing.recorded", "filing.reviewed", "filing.returned")

# Whatever is counted now and was published otherwise, or not at all; then what was published and is counted no more.
_DIFFERENT = """
WITH now_so AS ({statuses})
SELECT now_so.freeze_id, now_so.id, frozen.id, COALESCE(frozen.latest, ''), now_so.status
FROM now_so
LEFT JOIN supervision_frozenobligation frozen
    ON frozen.obligation_id = now_so.id AND frozen.freeze_id = now_so.freeze_id
WHERE COALESCE(frozen.latest, '') <> now_so.status
UNION ALL
SELECT frozen.freeze_id, frozen.obligation_id, frozen.id, frozen.latest, ''
FROM supervision_freeze f
JOIN supervision_frozenobligation frozen ON frozen.freeze_id = f.id
LEFT JOIN now_so ON now_so.id = frozen.obligation_id AND now_so.freeze_id = f.id
WHERE f.period = %(period)s AND frozen.latest <> '' AND now_so.id IS NULL{of_frozen}
ORDER BY 1, 2
"""


class Difference(NamedTuple):
    freeze: int
    obligation: int
    frozen: int | None
    before: str
    after: str


def follow_frozen(now: datetime) -> int:
    """Read the feed to its end; amend every published period that what happened may touch. Answers how many rows."""
    amended, read = 0, EVENTS if Freeze.objects.exists() else 0
    while read == EVENTS:
        with transaction.atomic():
            unread = list(events.unread(READER, EVENTS))
            frozen = set(Freeze.objects.values_list("period", flat=True).distinct()) if unread else set()
            for name in sorted(_touched(unread) & frozen, key=Period.parse):
                period = Period.parse(name)
                locks.hold(period_lock(period))
                amended += amend(period, now=now)
            if unread:
                events.seen(READER, unread[-1])
            read = len(unread)
    return amended


def begin_following() -> None:
    """Before the first publication nothing can be amended: what happened earlier is not read."""
    if not FeedReader.objects.filter(name=READER).exists():
        mark = changes.present(events.current_epoch())
        read = (
            {"transaction": mark.running - 1, "event": LAST}
            if connection.vendor == "postgresql"
            else {"event": mark.running - 1}
        )
        FeedReader.objects.get_or_create(name=READER, defaults={"epoch": mark.epoch, **read})


def amend(period: Period, *, now: datetime, obligations: Collection[int] | None = None) -> int:
    """Note as amendments what of the period, or of these obligations, is no longer as it was published or last amended.

    The caller holds the period's lock; or shares it, and has locked the rows of the obligations. Answers how many.
    """
    freezes = Freeze.objects.filter(period=str(period)).select_related("division").in_bulk()
    if not freezes or (obligations is not None and not obligations):
        return 0
    noted = 0
    for pk, found in groupby(_differences(period, now, obligations), key=lambda one: one.freeze):
        for some in portions(found, CHUNK):
            noted += _note(freezes[pk], some, now)
    return noted


def _differences(period: Period, now: datetime, obligations: Collection[int] | None) -> Sequence[Difference]:
    of = "" if obligations is None else among(sorted(obligations))
    statement = _DIFFERENT.format(
        statuses=PUBLISHED_NOW.format(of=of and f" AND ob.id {of}"), of_frozen=of and f" AND frozen.obligation_id {of}"
    )
    rows = fetched(statement, given(period, None, now))
    return [Difference(*row) for row in rows]


def _note(freeze: Freeze, differences: Sequence[Difference], now: datetime) -> int:
    causes = causes_of(differences, freeze, now)
    made = [
        Amendment(
            frozen=row, before=one.before, after=one.after, noted_at=now, **_columns(causes[one.obligation])
        )
        for row, one in zip(_rows(freeze, differences), differences, strict=True)
    ]  # fmt: skip
    Amendment.objects.bulk_create(made)
    FrozenObligation.objects.bulk_update([one.frozen for one in made], ["latest"])
    events.append(
        "period.amended", by=SYSTEM, at=now, about=("period", freeze.period), division_path=freeze.division.path,
        freeze=freeze.pk, amendments=[told(one) for one in made],
    )  # fmt: skip
    return len(made)


def _rows(freeze: Freeze, differences: Sequence[Difference]) -> Iterator[FrozenObligation]:
    """The row of each, with its new status; made for what was not owed when it was published."""
    new = [FrozenObligation(freeze=freeze, obligation_id=one.obligation) for one in differences if one.frozen is None]
    FrozenObligation.objects.bulk_create(new)
    known = FrozenObligation.objects.filter(freeze=freeze, obligation__in=[one.obligation for one in differences])
    rows = {row.obligation_id: row for row in known}
    for one in differences:
        rows[one.obligation].latest = one.after
        yield rows[one.obligation]


def _columns(cause: Cause) -> dict[str, object]:
    return {
        "why": cause.why, "reason": cause.reason, "source_kind": cause.source[0], "source_id": cause.source[1],
        "by": cause.by, "at": cause.at,
    }  # fmt: skip


def told(one: Amendment) -> list[object]:
    """An amendment as its event tells it."""
    return [
        one.pk, one.frozen.obligation_id, one.before, one.after, one.why, one.reason, one.source_kind, one.source_id,
        one.by, one.at.timestamp(),
    ]  # fmt: skip


def _touched(unread: Sequence[Event]) -> set[str]:
    """The periods in which the events may have changed what counts: reconciled ones, and those of the days on which
    proofs that came or were judged took place, as declared and as adopted."""
    found = {event.object_id for event in unread if event.kind == "period.reconciled"}
    proofs = [event for event in unread if event.kind in _PROOFS]
    for source in sorted({event.object_kind for event in proofs}):
        ids = {event.object_id for event in proofs if event.object_kind == source}
        rows = Performance.objects.filter(source_kind=source, source_id__in=ids).values_list("day", "captured_at")
        days = {day for adopted_on, at in rows for day in (adopted_on, local_day(at))}
        found |= {str(Period.of_day(cadence, day)) for day in days for cadence in Cadence}
    return found
