"""How the hand-written tables are read: one line is one duty of some subjects, once every period of 2026.

Nothing here is taken from the packs or computed by the program: the periods and their last days stand below.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

Who = str | tuple[str, str]
"""A leader's office or a body by name; a pair is (upper, lower)."""

PERIODS = {
    "month": {
        "2026-01": date(2026, 1, 31), "2026-02": date(2026, 2, 28), "2026-03": date(2026, 3, 31),
        "2026-04": date(2026, 4, 30), "2026-05": date(2026, 5, 31), "2026-06": date(2026, 6, 30),
        "2026-07": date(2026, 7, 31), "2026-08": date(2026, 8, 31), "2026-09": date(2026, 9, 30),
        "2026-10": date(2026, 10, 31), "2026-11": date(2026, 11, 30), "2026-12": date(2026, 12, 31),
    },
    "quarter": {
        "2026-Q1": date(2026, 3, 31), "2026-Q2": date(2026, 6, 30),
        "2026-Q3": date(2026, 9, 30), "2026-Q4": date(2026, 12, 31),
    },
    "half_year": {"2026-H1": date(2026, 6, 30), "2026-H2": date(2026, 12, 31)},
    "year": {"2026": date(2026, 12, 31)},
}  # fmt: skip
"""The periods of 2026 with their last days."""


@dataclass(frozen=True)
class Line:
    """One duty: the article, what it asks, of whom, how often. `count`, by hand: subjects times periods.

    `minimum`: how many in one period. `due`: the day by which it should be done, where that is not the period's last;
    it is assumed wherever it stands here, so the lapse still waits for the period's end.
    """

    article: str
    duty: str
    subject: str
    who: Sequence[Who]
    every: str
    count: int
    minimum: int = 1
    due: date | None = None


@dataclass(frozen=True, order=True)
class Owed:
    """One obligation, as a reader of the table expects it: days are inclusive, `lapses` the last day that helps."""

    article: str
    duty: str
    subject: str
    who: Who
    period: str
    minimum: int
    due: date
    lapses: date


def obligations(table: Iterable[Line]) -> list[Owed]:
    """Every obligation of the year that the lines name, sorted."""
    return sorted(
        Owed(line.article, line.duty, line.subject, who, period, line.minimum, line.due or last, last)
        for line in table
        for who in line.who
        for period, last in PERIODS[line.every].items()
    )


def totals(table: Iterable[Line]) -> Counter[tuple[str, str]]:
    """The counts written in the lines, added up by subject and by cadence."""
    found: Counter[tuple[str, str]] = Counter()
    for line in table:
        found[line.subject, line.every] += line.count
    return found
