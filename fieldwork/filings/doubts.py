"""What a reader should weigh in filings: found when they are read, so that it follows what others become."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fieldwork.duties.models import Naming
from fieldwork.filings.enums import Doubt
from fieldwork.filings.models import Filing

_SOURCE = "filing"


@dataclass(frozen=True, slots=True)
class _Named:
    """That a filing names an obligation, which asks for work of the kind `wanted`."""

    filing: UUID
    obligation: int
    wanted: str
    kind: str
    day: date
    stands: bool


def doubts_of(filings: Sequence[Filing]) -> dict[UUID, list[Doubt]]:
    """The doubts about each, by its id; two queries, however many they are."""
    if not filings:
        return {}
    named = _named(filings)
    subjects = _subjects({row.filing for row in named} | {filing.pk for filing in filings})
    alike: dict[object, set[UUID]] = defaultdict(set)
    for row in named:
        if row.stands:
            alike[_work(row, subjects)].add(row.filing)
    wanted: dict[UUID, set[str]] = defaultdict(set)
    twins: dict[UUID, set[UUID]] = defaultdict(set)
    for row in named:
        wanted[row.filing].add(row.wanted)
        twins[row.filing] |= alike[_work(row, subjects)] - {row.filing}
    return {
        filing.pk: [Doubt.OTHER_KIND] * bool(wanted[filing.pk] and filing.kind not in wanted[filing.pk])
        + [Doubt.SAME_DAY] * bool(twins[filing.pk])
        for filing in filings
    }


def _named(filings: Sequence[Filing]) -> list[_Named]:
    """What these name, and who else names that on one of their days."""
    namings = Naming.objects.filter(performance__source_kind=_SOURCE, obligation__isnull=False)
    theirs = namings.filter(performance__source_id__in=[str(filing.pk) for filing in filings])
    rows = namings.filter(
        obligation__in=theirs.values("obligation"), performance__day__in={filing.held_on for filing in filings}
    ).values_list(
        "performance__source_id", "obligation", "obligation__activity", "performance__activity", "performance__day",
        "performance__stands",
    )  # fmt: skip
    return [
        _Named(UUID(source), obligation, wanted, kind, day, stands)
        for source, obligation, wanted, kind, day, stands in rows
    ]


def _subjects(filings: Iterable[UUID]) -> dict[UUID, tuple[int | None, ...]]:
    rows = Filing.objects.filter(pk__in=filings).values_list("pk", "leader", "organisation", "lower_organisation")
    return {pk: tuple(subject) for pk, *subject in rows}


def _work(row: _Named, subjects: dict[UUID, tuple[int | None, ...]]) -> object:
    """By what two filings are alike."""
    return row.obligation, row.kind, row.day, subjects[row.filing]
