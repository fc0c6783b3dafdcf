"""The figures of a period: counts of obligations by status."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.duties.enums import Status
from fieldwork.supervision.months.owed import STANDING, STATUSES, fetched, given

_COUNTED = f"SELECT status, COUNT(*) FROM ({STATUSES.format(of='')}) found GROUP BY status"


@dataclass(frozen=True, slots=True)
class Figures:
    """`statuses` has every status; `owed` is how many of them stand: neither transferred nor withdrawn.

    `excuse_share`, from 0 to 1, is of those that stand; None without any.
    """

    statuses: Mapping[str, int]
    owed: int
    excuse_share: float | None

    @property
    def data(self) -> dict[str, Any]:
        return asdict(self)


def figures_of(counts: Mapping[str, int]) -> Figures:
    owed = sum(counts.get(status, 0) for status in STANDING)
    share = round(counts.get(Status.EXCUSED, 0) / owed, 4) if owed else None
    return Figures({status: counts.get(status, 0) for status in Status.values}, owed, share)


def figures_now(period: Period, division: Division | None, now: datetime) -> Figures:
    """As it stands at an instant by what is known today, of the division and all below it, or of all. One query."""
    return figures_of(dict(fetched(_COUNTED, given(period, division, now))))
