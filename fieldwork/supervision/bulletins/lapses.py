"""What has lapsed: bodies by their names, of people nothing but how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fieldwork.core.periods import Period
from fieldwork.core.prepared import run
from fieldwork.directory.models import Division
from fieldwork.duties.models import Basis, Obligation
from fieldwork.supervision.months.owed import STATUSES, given

NAMED = 500
_LAPSED = f"""
FROM ({STATUSES.format(of="")}) found JOIN duties_obligation ob ON ob.id = found.id
WHERE found.status = 'lapsed' AND ob.leader_id
"""
_OF_BODIES = f"SELECT ob.id {_LAPSED} IS NULL ORDER BY ob.id"
_OF_PEOPLE = f"SELECT COUNT(*), COUNT(DISTINCT ob.leader_id) {_LAPSED} IS NOT NULL"


@dataclass(frozen=True, slots=True)
class BodyLapse:
    """A body, or a pair of them with the upper one first, and the duty that it has not done."""

    obligation: int
    name: str
    duty: str
    article: str


@dataclass(frozen=True, slots=True)
class Lapses:
    """`of_people` are obligations, of that many `people`; of bodies 500 are named at most, and all are counted."""

    of_bodies: int
    bodies: Sequence[BodyLapse]
    of_people: int
    people: int


def lapses_of(period: Period, division: Division, now: datetime) -> Lapses:
    """As the division counts them. Four queries."""
    params = given(period, division, now)
    ids = [pk for (pk,) in run(_OF_BODIES, params)]
    ((of_people, people),) = run(_OF_PEOPLE, params)
    return Lapses(len(ids), _named(ids[:NAMED]), of_people, people)


def _named(ids: Sequence[int]) -> list[BodyLapse]:
    rules: dict[int, tuple[str, str]] = {}
    based: Any = Basis.objects.filter(obligation__in=ids).order_by("pk")
    for pk, name, article in based.values_list("obligation", "rule__name", "rule__article"):
        rules.setdefault(pk, (name, article))
    rows = Obligation.objects.filter(pk__in=ids).select_related("organisation", "lower_organisation")
    named = [BodyLapse(row.pk, _name(row), *rules.get(row.pk, (row.duty, ""))) for row in rows]
    return sorted(named, key=lambda lapse: (lapse.name, lapse.duty, lapse.obligation))


def _name(row: Obligation) -> str:
    return " – ".join(body.name for body in (row.organisation, row.lower_organisation) if body)
