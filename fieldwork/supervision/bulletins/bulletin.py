"""What a bulletin tells: figures by status, by lower division and by duty, beside those of the period before.

Lines are ordered by name. Bodies are named; of people there are counts alone, and no ranking of anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fieldwork.core.periods import Period, local_day
from fieldwork.directory.enums import OrganisationKind
from fieldwork.directory.models import Division, Organisation
from fieldwork.directory.queries import standing
from fieldwork.hazards import summaries as found_hazards
from fieldwork.supervision.bulletins.lapses import Lapses, lapses_of
from fieldwork.supervision.models import Amendment, Freeze
from fieldwork.supervision.months.incomplete import incomplete
from fieldwork.supervision.months.summaries import By, Earlier, Line, summary_of


@dataclass(frozen=True, slots=True)
class Published:
    """How the period was published, which never changes, and how many of its obligations were amended since."""

    at: datetime
    figures: Mapping[str, Any]
    amended: int


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Of a period in a division and all below it, as it stands at `at`; `previous` is the period it is compared with.

    `issuer` is the office that issues it; `to_come` is what is still incomplete, as counts.
    """

    period: Period
    previous: Period
    division: Division
    issuer: str
    at: datetime
    published: Published | None
    total: Line
    divisions: Sequence[Line]
    rules: Sequence[Line]
    lapses: Lapses
    hazards: found_hazards.Line
    hazards_by_division: Sequence[found_hazards.Line]
    to_come: Mapping[str, Any]

    @property
    def day(self) -> date:
        """On which it is drawn up."""
        return local_day(self.at)


def bulletin_of(period: Period, division: Division, now: datetime) -> Bulletin:
    """The same number of queries whatever the division's size."""
    by_division, by_rule = (
        summary_of(period, division, by, now, compare=[Earlier.PREVIOUS]) for by in (By.DIVISION, By.RULE)
    )
    found = found_hazards.summary_of(period, division, found_hazards.By.DIVISION, local_day(now))
    to_come = incomplete(period, division)
    return Bulletin(
        period=period, previous=period.previous(), division=division, issuer=_issuer(division, local_day(now)), at=now,
        published=_published(period, division), total=by_division.total, divisions=by_division.lines,
        rules=by_rule.lines, lapses=lapses_of(period, division, now), hazards=found.total,
        hazards_by_division=found.lines,
        to_come={name: said["count"] if isinstance(said, dict) else said for name, said in to_come.items()},
    )  # fmt: skip


def _published(period: Period, division: Division) -> Published | None:
    freeze = Freeze.objects.filter(period=str(period), division=division).first()
    if freeze is None:
        return None
    amended = Amendment.objects.filter(frozen__freeze=freeze).values("frozen").distinct().count()
    return Published(freeze.at, freeze.figures, amended)


def _issuer(division: Division, on: date) -> str:
    """The office of the division's safety committee (安委办)."""
    committees = Organisation.objects.filter(standing(on), division=division, kind=OrganisationKind.SAFETY_COMMITTEE)
    name = committees.order_by("pk").values_list("name", flat=True).first() or f"{division.name}安全生产委员会"
    return name if name.endswith("办公室") else f"{name}办公室"
