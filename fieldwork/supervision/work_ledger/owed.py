"""Which obligations stand in a ledger, in its order: by division, then by who owes it, then by period.

A ledger of a period has the obligations of every period that lies within it: that of a year also those of its months,
quarters and halves. As with figures, a division counts an obligation by its own bases: an obligation stands once, at
the division of its first basis in the ledger's area, one that stands before one that does not. Parameters are named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldwork.core.periods import Cadence, Period
from fieldwork.core.prepared import run
from fieldwork.directory.models import Division
from fieldwork.supervision.months.owed import BEST, BEYOND, STATUS, instant

PLACES = 40  # divisions whose obligations are looked for together
PAGE = 500  # obligations read together
_NEXT = " "  # sorts before every digit of a path: what begins here are the divisions below, and those after

_PLACES = """
SELECT d.path FROM directory_division d
WHERE d.path >= %(start)s AND d.path < %(beyond)s ORDER BY d.path LIMIT %(limit)s
"""
_RANK = "(CASE {0}.state WHEN 'standing' THEN 0 ELSE 1 END, {1}.path, {0}.id)"
_IDS = f"""
SELECT ob.id
FROM directory_division d
JOIN duties_basis b ON b.division_id = d.id
JOIN duties_obligation ob ON ob.id = b.obligation_id
WHERE d.path >= %(start)s AND d.path <= %(last)s AND ob.period IN ({{periods}}) AND NOT EXISTS (
    SELECT 1 FROM duties_basis other JOIN directory_division place ON place.id = other.division_id
    WHERE other.obligation_id = b.obligation_id AND other.id <> b.id
        AND place.path >= %(path)s AND place.path < %(beyond)s
        AND {_RANK.format("other", "place")} < {_RANK.format("b", "d")}
)
ORDER BY d.path, COALESCE(ob.leader_id, 0), COALESCE(ob.organisation_id, 0), COALESCE(ob.lower_organisation_id, 0),
    ob.ends_on, ob.starts_on DESC, ob.id
"""
_STATUSES = f"""
SELECT id, {STATUS} FROM (
    SELECT ob.id, {BEST} AS best, ob.outcome, ob.starts_at, ob.lapses_at
    FROM duties_obligation ob
    JOIN duties_basis b ON b.obligation_id = ob.id
    JOIN directory_division d ON d.id = b.division_id
    WHERE ob.id IN ({{ids}}) AND d.path >= %(path)s AND d.path < %(beyond)s
    GROUP BY ob.id, ob.outcome, ob.starts_at, ob.lapses_at
) owed
"""
_SIZE = """
SELECT COUNT(*), COALESCE(SUM(CASE WHEN ob.counted > 1 THEN ob.counted ELSE 1 END), 0)
FROM duties_obligation ob
WHERE ob.period IN ({periods}) AND EXISTS (
    SELECT 1 FROM duties_basis b JOIN directory_division d ON d.id = b.division_id
    WHERE b.obligation_id = ob.id AND d.path >= %(path)s AND d.path < %(beyond)s
)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which ledger: the period, the division with all below it or all there are, and the instant of its statuses."""

    period: Period
    division: Division | None
    now: datetime

    @property
    def path(self) -> str:
        return self.division.path if self.division else ""

    @property
    def area(self) -> dict[str, Any]:
        return {"path": self.path, "beyond": self.path + BEYOND}


@dataclass(frozen=True, slots=True)
class Size:
    """How many obligations, and lines: one for each proof that counts, and one where none does."""

    obligations: int
    lines: int


def periods_within(period: Period) -> list[str]:
    """The names of the periods that lie wholly within it, itself among them."""
    first, last = period.starts_on, period.ends_on
    found = (each for cadence in Cadence for each in Period.between(cadence, first, last))
    return [str(each) for each in found if each.starts_on >= first and each.ends_on <= last]


def size_of(asked: Asked) -> Size:
    names, given = _periods(asked.period)
    ((obligations, lines),) = run(_SIZE.format(periods=names), {**asked.area, **given})
    return Size(int(obligations), int(lines))


def pages(asked: Asked, *, places: int = PLACES, size: int = PAGE) -> Iterator[Sequence[int]]:
    """The ids of the ledger's obligations in its order, page by page.

    A page begins where the one before ended, by the path of the division, so that none costs more than the first; what
    is held are the ids of a few divisions.
    """
    names, given = _periods(asked.period)
    statement, start = _IDS.format(periods=names), asked.path
    while found := run(_PLACES, {**asked.area, "start": start, "limit": places}):
        ((last,),) = found[-1:]
        ids = [pk for (pk,) in run(statement, {**asked.area, **given, "start": start, "last": last})]
        for at in range(0, len(ids), size):
            yield ids[at : at + size]
        start = last + _NEXT


def statuses_of(asked: Asked, ids: Sequence[int]) -> dict[int, str]:
    """The status of each by its id, as the ledger's area counts it."""
    statement = _STATUSES.format(ids=", ".join(map(str, ids)))
    return dict(run(statement, {**asked.area, "now": instant(asked.now)}))


def _periods(period: Period) -> tuple[str, dict[str, str]]:
    """Placeholders, and what they stand for."""
    given = {f"period_{place}": name for place, name in enumerate(periods_within(period))}
    return ", ".join(f"%({name})s" for name in given), given
