"""Counts of hazards in a period: found, closed in time, overdue; and of the inspections, which found any.

Nothing is stored: what is counted follows from the rows, and from the day on which it is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, Expression, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Left

from fieldwork.core.database import Dashed
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, Industry
from fieldwork.directory.paths import STEP, within
from fieldwork.duties.models import Performance
from fieldwork.hazards.enums import OPEN, Category, Grade, HazardState
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.queries import overdue
from fieldwork.inspections.models import CheckIn

Counts = Mapping[str, Mapping[str, Any]]  # by key: numbers by their names in `Line`
_HOME = "lead__tenures__post__organisation__division__path"


class By(StrEnum):
    """What is counted apart: the divisions directly below, industries, or categories."""

    DIVISION = "division"
    INDUSTRY = "industry"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Line:
    """Of the hazards found, those dismissed left out: how many are major, open, overdue on the day, closed, and closed
    by the deadline that stood then. `inspections` are the check-ins that stand, `with_findings` those of them that
    found something.

    `key` is an id or a code; empty for what has none, and for the total.
    """

    key: str = ""
    name: str = ""
    found: int = 0
    major: int = 0
    open: int = 0
    overdue: int = 0
    closed: int = 0
    closed_in_time: int = 0
    inspections: int = 0
    with_findings: int = 0

    @property
    def share(self) -> float | None:
        """Of inspections with findings, from 0 to 1; None without any inspection."""
        return self.with_findings / self.inspections if self.inspections else None


@dataclass(frozen=True, slots=True)
class Summary:
    total: Line
    lines: list[Line]


def summary_of(period: Period, division: Division, by: By, on: date) -> Summary:
    """Of what was found in the period, in the division and below, as it stands on a day.

    A check-in is counted where its lead served on its day, in an industry by its site. Five queries at most.
    """
    counted = _Counted(period, division, on)
    totals = _joined(counted.hazards(Value("")), counted.check_ins(Value(""))).get("", {})
    lines = _joined(counted.hazards(_key(by, division)), counted.inspections(by))
    names = _names(by, set(lines))
    shown = [replace(Line(*names.get(key, ("", ""))), **counts) for key, counts in lines.items()]
    return Summary(replace(Line(), **totals), sorted(shown, key=lambda line: (not line.key, line.name)))


@dataclass(frozen=True, slots=True)
class _Counted:
    period: Period
    division: Division
    on: date

    def hazards(self, key: Expression | F) -> Counts:
        return _by_key(
            self._found().annotate(key=key).values("key").order_by(),
            found=Count("pk"),
            major=Count("pk", filter=Q(grade=Grade.MAJOR)),
            open=Count("pk", filter=Q(state__in=OPEN)),
            overdue=Count("pk", filter=overdue(self.on)),
            closed=Count("pk", filter=Q(state=HazardState.CLOSED)),
            closed_in_time=Count("pk", filter=Q(state=HazardState.CLOSED, submitted_on__lte=F("deadline"))),
        )

    def inspections(self, by: By) -> Counts:
        match by:
            case By.DIVISION:
                return self.check_ins(_below(_HOME, self.division))
            case By.INDUSTRY:
                return self.check_ins(F("site__industry"))
            case By.CATEGORY:
                return self._by_category()

    def check_ins(self, key: Expression | F) -> Counts:
        findings = Q(found_nothing=False) | Q(Exists(Hazard.objects.filter(_KEPT, check_in=OuterRef("pk"))))
        return _by_key(
            self._led().annotate(key=key).values("key").order_by(),
            inspections=Count("pk", distinct=True),
            with_findings=Count("pk", distinct=True, filter=findings),
        )

    def _by_category(self) -> Counts:
        """Every category is looked for in every inspection."""
        led = self._led().order_by()
        inspections = led.aggregate(number=Count("pk", distinct=True))["number"]
        found = Hazard.objects.filter(_KEPT, check_in__in=led.values("pk")).values(key=F("category")).order_by()
        rows = _by_key(found, with_findings=Count("check_in", distinct=True))
        return {key: {**counts, "inspections": inspections} for key, counts in rows.items()}

    def _found(self) -> QuerySet[Hazard]:
        here = within(self.division.path, "division__path")
        return Hazard.objects.filter(here, _KEPT, found_on__range=self._days)

    def _led(self) -> QuerySet[CheckIn]:
        that_day = Q(lead__tenures__starts_on__lte=F("captured_on")) & (
            Q(lead__tenures__ends_on__isnull=True) | Q(lead__tenures__ends_on__gte=F("captured_on"))
        )
        led = CheckIn.objects.filter(that_day, within(self.division.path, _HOME), captured_on__range=self._days)
        rejected = Performance.objects.filter(source_kind="check_in", stands=False).values("source_id")
        return led.alias(source=Dashed("pk")).exclude(source__in=rejected)

    @property
    def _days(self) -> tuple[date, date]:
        return self.period.starts_on, self.period.ends_on


def _joined(*found: Counts) -> Counts:
    """The counts of each key together."""
    keys = dict.fromkeys(key for counts in found for key in counts)
    return {key: {name: n for counts in found for name, n in counts.get(key, {}).items()} for key in keys}


_KEPT = ~Q(state=HazardState.DISMISSED)


def _key(by: By, division: Division) -> Expression | F:
    return _below("division__path", division) if by == By.DIVISION else F(by.value)


def _below(path: str, division: Division) -> Expression:
    """The path of the division directly below, or the division's own."""
    return Left(path, len(division.path) + STEP)


def _by_key(rows: QuerySet[Any, Any], **counts: Count) -> Counts:
    found: dict[str, dict[str, int]] = {}
    for row in rows.annotate(**counts):
        key = row.pop("key")
        found["" if key is None else str(key)] = dict(row)
    return found


def _names(by: By, keys: set[str]) -> Mapping[str, tuple[str, str]]:
    """Id or code, and name, of each key."""
    match by:
        case By.DIVISION:
            divisions = Division.objects.filter(path__in=keys).values_list("path", "pk", "name")
            return {path: (str(pk), name) for path, pk, name in divisions}
        case By.INDUSTRY:
            industries = Industry.objects.filter(pk__in=[key for key in keys if key]).values_list("pk", "name")
            return {str(pk): (str(pk), name) for pk, name in industries}
        case By.CATEGORY:
            return {key: (key, str(Category(key).label)) for key in keys}
