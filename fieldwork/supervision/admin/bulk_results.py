"""What the page of many links shows: what would change, which quotas stay unmet, what doubles up, what is wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fieldwork.core.errors import DomainError, FieldError
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Industry, Linkage, Tenure, User
from fieldwork.directory.queries import divisions_visible_to, organisations_visible_to, standing
from fieldwork.duties.quotas import Quota
from fieldwork.supervision.admin.quotas import words_of
from fieldwork.supervision.admin.showing import Words, day, lines, link_to
from fieldwork.supervision.linking import Doubled, Linked
from fieldwork.supervision.roster.lines import CHOSEN, PASTED
from fieldwork.supervision.roster.links import Found
from fieldwork.supervision.workbook.reading import Line
from fieldwork.supervision.workbook.values import text_of

SHOWN = 500  # changes that are named
OFFERED = 2000  # names that a field proposes: more make a page heavy, and a list that nobody reads
BEGINS: Words = gettext_lazy("begins")
ENDS: Words = gettext_lazy("ends")
MOVED: Words = gettext_lazy("last day moved")
_DAYS = {"starts_on", "ends_on"}


def result_of(done: Linked) -> dict[str, Any]:
    rows = [*_begun(done), *_ended(done)]
    rows.sort(key=lambda row: (row["leader"], row["post"]))
    return {
        "result": done, "begun": len(done.changed.begun), "ended": len(done.changed.ended),
        "changes": rows[:SHOWN], "more": max(0, len(rows) - SHOWN), "on": day(done.on),
        "quotas": [_unmet(quota) for quota in done.unmet], "doubled": [_doubled(one) for one in done.doubled],
    }  # fmt: skip


def _begun(done: Linked) -> Iterable[dict[str, Any]]:
    for _place, row in done.changed.begun.items():
        yield _change(row, row, BEGINS, "")


def _ended(done: Linked) -> Iterable[dict[str, Any]]:
    ids = [row.pk for row, _was in done.changed.ended]
    known = Linkage.objects.select_related("division", "industry", "organisation").in_bulk(ids)
    for row, was in done.changed.ended:
        change = ENDS if was is None or (row.ends_on and row.ends_on < was) else MOVED
        yield _change(row, known[row.pk], change, day(was) if was else "")


def _change(row: Linkage, named: Linkage, change: Words, was: str) -> dict[str, Any]:
    post = row.tenure.post
    return {
        "leader": row.tenure.leader.name, "post": f"{post.organisation} · {post}", "change": change,
        "begins": change is BEGINS, "kind": row.get_kind_display(), "target": str(named.target),
        "starts_on": day(row.starts_on), "ends_on": day(row.ends_on), "was": was,
    }  # fmt: skip


def _unmet(quota: Quota) -> tuple[object, ...]:
    articles = dict.fromkeys(one.article for one in quota.demanded_by)
    posts = dict.fromkeys(f"{one.division.name} · {one.post}" for one in quota.demanded_by)
    return (
        quota.name, lines(posts), f"{words_of(quota.demand)} × {quota.count}", quota.missing,
        lines(why.text for why in quota.reasons), lines(articles),
    )  # fmt: skip


def _doubled(one: Doubled) -> tuple[object, ...]:
    why = _("one leader by several posts") if one.one_leader else _("several leaders of one place")
    return LinkageKind(one.kind).label, one.target.name, "、".join(leader.name for leader in one.leaders), why


def faults_of(error: DomainError, found: Found, tenures: Sequence[Tenure]) -> list[tuple[object, ...]]:
    """Where, in which column, and what is wrong."""
    return [(*_place_of(fault, found, tenures), fault.detail) for fault in error.errors]


def _place_of(fault: FieldError, found: Found, tenures: Sequence[Tenure]) -> tuple[object, object]:
    table, row, column = [*fault.field.split(".", 2), "", ""][:3]
    if table == "end":
        linkage = next(one.linkage for one in found.end if str(one.place) == row)
        return link_to(linkage, linkage), PASTED.headings["ends_on" if column == "ends_on" else "leader"]
    if table == "begin":
        at = found.at[int(row)]
        name = column if column in _DAYS else "leader" if column == "tenure" else at.column
        return _named(at.table.sheet.name, at.line, tenures), at.table.sheet.headings[name]
    return _named(table, found.line(table, int(row)), tenures), column


def _named(table: str, line: Line, tenures: Sequence[Tenure]) -> object:
    """A leader that was chosen by name and post, a line that was pasted by its number and words."""
    if table == CHOSEN.name:
        tenure = next(one for one in tenures if str(one.pk) == line.cells["tenure_id"])
        return f"{tenure.leader} · {tenure.post.organisation} · {tenure.post}"
    words = " ".join(text_of(cell) for cell in line.cells.values())
    return _("line %(row)d: %(words)s") % {"row": line.row, "words": words}


def offers(user: User, on: date) -> dict[str, list[str]]:
    """Names that the fields propose, each as it is found again: with the place above where several share one."""
    places = divisions_visible_to(user, on).filter(standing(on), level__in=("county", "town")).order_by("path")
    bodies = organisations_visible_to(user, on).filter(standing(on), kind="department").order_by("division__path", "pk")
    industries = Industry.objects.order_by("code").values_list("code", "name")
    return {
        "place": _apart(places.values_list("name", "parent__name")[: OFFERED + 1]),
        "industry": [f"{code} {name}" for code, name in industries],
        "target": _apart(bodies.values_list("name", "division__name")[: OFFERED + 1]),
    }


def _apart(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Nothing where there are more than are offered."""
    found = list(rows)
    if len(found) > OFFERED:
        return []
    often = Counter(name for name, _above in found)
    return [name if often[name] == 1 else f"{above}/{name}" for name, above in found]
