"""The lines of a ledger: an obligation with one proof of it, or with none."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fieldwork.duties.enums import Standing, Status
from fieldwork.duties.models import Basis, Obligation
from fieldwork.supervision.work_ledger.addresses import pages_of
from fieldwork.supervision.work_ledger.owed import Asked, pages, statuses_of
from fieldwork.supervision.work_ledger.proofs import Proof, proofs_of


@dataclass(slots=True)
class Owed:
    """An obligation: whose, on what, and how it stands; `page` is where an office reads the article, a path here."""

    pk: int
    subject: str
    period: str
    status: str
    counted: int
    minimum: int
    divisions: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    duties: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    page: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """`number` counts the proofs of one obligation from 1; 0 and no proof where none counts."""

    owed: Owed
    number: int
    proof: Proof | None


def lines_of(asked: Asked) -> Iterator[list[Line]]:
    """All of a ledger, a page of obligations at a time: a dozen queries each, and nothing held open between them."""
    for ids in pages(asked):
        yield _lines(ids, _owed(asked, ids), proofs_of(ids))


def _lines(ids: Sequence[int], owed: Mapping[int, Owed], proofs: Mapping[int, Sequence[Proof]]) -> list[Line]:
    lines = []
    for pk in ids:
        if pk in owed:  # what was there when the page was found
            found = proofs.get(pk, ())
            lines += [Line(owed[pk], number, proof) for number, proof in enumerate(found, 1)]
            lines += [] if found else [Line(owed[pk], 0, None)]
    return lines


def _owed(asked: Asked, ids: Sequence[int]) -> dict[int, Owed]:
    statuses = statuses_of(asked, ids)
    rows = Obligation.objects.filter(pk__in=statuses).values_list(
        "pk", "leader__name", "organisation__name", "lower_organisation__name", "period", "counted", "minimum"
    )
    found = {}
    for pk, leader, body, lower, period, counted, minimum in rows:
        subject = " – ".join(name for name in (leader, body, lower) if name)
        found[pk] = Owed(pk, subject, period, str(Status(statuses[pk]).label), counted, minimum)
        found[pk].bodies.extend([body] if body else [])
    _based(asked, found)
    return found


def _based(asked: Asked, found: Mapping[int, Owed]) -> None:
    """What each rests on in the ledger's area: what stands, or, where nothing does, what stood."""
    rows: dict[int, list[Any]] = defaultdict(list)
    for basis in _bases(asked, list(found)):
        rows[basis[0]].append(basis)
    page = pages_of("duties_rule")
    for pk, bases in rows.items():
        standing = [basis for basis in bases if basis[1] == Standing.STANDING] or bases
        found[pk].page = page(standing[0][2])
        for _pk, _state, _rule, *texts in standing:
            _note(found[pk], *texts)


def _bases(asked: Asked, ids: Sequence[int]) -> Any:
    bases = Basis.objects.filter(obligation__in=ids)
    if asked.division is not None:
        bases = bases.filter(division__path__gte=asked.path, division__path__lt=asked.area["beyond"])
    return bases.order_by("division__path", "pk").values_list(
        "obligation", "state", "rule", "division__name", "tenure__post__organisation__name", "tenure__post__title",
        "rule__name", "rule__article",
    )  # fmt: skip


def _note(owed: Owed, division: str, body: str | None, post: str | None, duty: str, article: str) -> None:
    said = (
        (owed.divisions, division), (owed.bodies, body), (owed.posts, post), (owed.duties, duty),
        (owed.articles, article),
    )  # fmt: skip
    for texts, text in said:
        if text and text not in texts:
            texts.append(text)
