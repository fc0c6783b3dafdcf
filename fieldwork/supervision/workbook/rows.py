"""The rows of an export, sheet by sheet, one after the other from the database: never all of them at once."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Division, Leader, Linkage, Organisation, Post, Site, Tenure
from fieldwork.directory.paths import within
from fieldwork.supervision.workbook.labels import Labels
from fieldwork.supervision.workbook.sheets import DEPARTMENTS, KINDS, LINKS, SHEETS, Sheet

Cells = dict[str, Any]
CHUNK = 2000


def rows_of(sheet: Sheet, division: Division, labels: Labels) -> Iterator[Cells]:
    """What stands, and stood, at the division and below; by field."""
    return _ROWS[sheet.noun](division, labels)


def counts_of(division: Division) -> dict[str, int]:
    """How many rows each sheet would have."""
    return {sheet.name: _QUERIES[sheet.noun](division).count() for sheet in SHEETS}


def _organisations(division: Division) -> QuerySet[Organisation]:
    return Organisation.objects.filter(within(division.path, "division__path")).order_by("pk")


def _posts(division: Division) -> QuerySet[Post]:
    return Post.objects.filter(within(division.path, "organisation__division__path")).order_by("pk")


def _tenures(division: Division) -> QuerySet[Tenure]:
    return Tenure.objects.filter(within(division.path, "post__organisation__division__path")).order_by("pk")


def _leaders(division: Division) -> QuerySet[Leader]:
    held = _tenures(division).order_by().values("leader")
    return Leader.objects.filter(Q(pk__in=held) | within(division.path, "division__path")).order_by("pk")


def _linkages(division: Division) -> QuerySet[Linkage]:
    return Linkage.objects.filter(within(division.path, "tenure__post__organisation__division__path")).order_by("pk")


def _sites(division: Division) -> QuerySet[Site]:
    return Site.objects.filter(within(division.path, "division__path")).order_by("pk")


def _organisation_rows(division: Division, labels: Labels) -> Iterator[Cells]:
    kinds, departments = _words(KINDS), _words(DEPARTMENTS)
    for row in _organisations(division).iterator(chunk_size=CHUNK):
        yield {
            "id": row.pk, "name": row.name, "division": labels.division(row.division_id), "kind": kinds[row.kind],
            "department_kind": departments.get(row.department_kind), "industry": labels.industry(row.industry_id),
            **_days(row),
        }  # fmt: skip


def _post_rows(division: Division, labels: Labels) -> Iterator[Cells]:
    for row in _posts(division).select_related("organisation").iterator(chunk_size=CHUNK):
        yield {
            "id": row.pk, **_body(row.organisation, labels), "title": row.title, "role": row.role,
            "safety_portfolio": _flag(value=row.safety_portfolio), **_days(row),
        }  # fmt: skip


def _leader_rows(division: Division, labels: Labels) -> Iterator[Cells]:
    for row in _leaders(division).iterator(chunk_size=CHUNK):
        yield {"id": row.pk, "leader": row.name, "division": labels.division(row.division_id)}


def _tenure_rows(division: Division, labels: Labels) -> Iterator[Cells]:
    for row in _tenures(division).select_related("leader", "post__organisation").iterator(chunk_size=CHUNK):
        post = row.post
        yield {
            "id": row.pk, **_person(row.leader, labels), **_body(post.organisation, labels), "post": post.title,
            "post_id": labels.post(post.pk, post.organisation_id, post.title), "acting": _flag(value=row.acting),
            **_days(row),
        }  # fmt: skip


def _linkage_rows(division: Division, labels: Labels) -> Iterator[Cells]:
    words = _words(LINKS)
    related = ("tenure__leader", "tenure__post__organisation", "organisation", "paired_with")
    for row in _linkages(division).select_related(*related).iterator(chunk_size=CHUNK):
        tenure, post = row.tenure, row.tenure.post
        paired = row.paired_with.industry_id if row.paired_with else None
        yield {
            "id": row.pk, **_person(tenure.leader, labels), **_body(post.organisation, labels), "post": post.title,
            "tenure_id": labels.tenure(tenure.pk, tenure.leader_id, post.organisation_id, post.title),
            "kind": words[row.kind], **_target(row, labels), "paired_with": labels.industry(paired), **_days(row),
        }  # fmt: skip


def _target(row: Linkage, labels: Labels) -> Cells:
    if row.kind == LinkageKind.INDUSTRY:
        return {"target": labels.industry(row.industry_id)}
    body = row.organisation
    if body is None:
        return {"target": labels.division(row.division_id)}
    return {
        "target": body.name, "target_division": labels.division(body.division_id),
        "target_id": labels.body(body.pk, body.name, body.division_id),
    }  # fmt: skip


def _site_rows(division: Division, labels: Labels) -> Iterator[Cells]:
    for row in _sites(division).select_related("regulator").iterator(chunk_size=CHUNK):
        yield {
            "id": row.pk, "name": row.name, "uscc": row.uscc, "division": labels.division(row.division_id),
            "industry": labels.industry(row.industry_id), **_regulator(row, labels), "address": row.address,
            "latitude": row.latitude, "longitude": row.longitude, **_days(row),
        }  # fmt: skip


def _regulator(row: Site, labels: Labels) -> Cells:
    body = row.regulator
    if body is None:
        return {}
    return {
        "regulator": body.name, "regulator_division": labels.division(body.division_id),
        "regulator_id": labels.body(body.pk, body.name, body.division_id),
    }  # fmt: skip


def _person(leader: Leader, labels: Labels) -> Cells:
    return {"leader": leader.name, "leader_id": labels.leader(leader.pk, leader.name)}


def _body(body: Organisation, labels: Labels) -> Cells:
    return {
        "organisation": body.name, "division": labels.division(body.division_id),
        "organisation_id": labels.body(body.pk, body.name, body.division_id),
    }  # fmt: skip


def _days(row: Any) -> Cells:
    return {"starts_on": row.starts_on, "ends_on": row.ends_on}


def _flag(*, value: bool) -> str:
    return "是" if value else "否"


def _words(among: dict[str, str]) -> dict[str, str]:
    return {str(value): word for word, value in among.items()}


_ROWS: dict[str, Callable[[Division, Labels], Iterator[Cells]]] = {
    "organisation": _organisation_rows, "post": _post_rows, "leader": _leader_rows, "tenure": _tenure_rows,
    "linkage": _linkage_rows, "site": _site_rows,
}  # fmt: skip
_QUERIES: dict[str, Callable[[Division], QuerySet[Any]]] = {
    "organisation": _organisations, "post": _posts, "leader": _leaders, "tenure": _tenures, "linkage": _linkages,
    "site": _sites,
}  # fmt: skip
