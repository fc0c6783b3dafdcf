"""How lines of one sheet find the rows of another."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code
from fieldwork.directory.bounds import outlasts
from fieldwork.directory.models import Leader, Organisation, Post, Tenure
from fieldwork.supervision.workbook.cells import Cells
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.shelves import ident


def find_organisation(cells: Cells, name: str, division: str, number: str) -> Organisation | None:
    """By 编号, or by its name, in its division where that is given; its name and division must agree with 编号."""
    text, place = cells.text(name), cells.division(division)
    if cells.text(number) is not None:
        found: Organisation | None = cells.by_id(number, "organisation")
        if found is not None:
            _agree(cells, name, found.name)
            if place is not None and place.pk != found.division_id:
                cells.fault(division, _OTHERWISE)
        return found
    if text is None or (place is None and division in cells.bad):
        return None
    key = key_of(text)
    rows = cells.world.bodies_called(key, place.pk if place else None)
    if not rows and place is not None and not cells.lost.has("organisation", text):
        cells.fault(name, _("There is no such organisation in this division."), Code.UNKNOWN_REFERENCE)
        return None
    unknown = _("There is no such organisation in your division.")
    one: Organisation | None = cells.one_of(name, "organisation", rows, unknown, cells.sheet.headings[number])
    return one


def find_leader(cells: Cells) -> Leader | None:
    text = cells.text("leader", key_of)
    if cells.text("leader_id") is not None:
        found: Leader | None = cells.by_id("leader_id", "leader")
        if found is not None:
            _agree(cells, "leader", found.name)
        return found
    if text is None:
        return None
    rows = cells.world.leaders.named(text)
    one: Leader | None = cells.one_of("leader", "leader", rows, _("There is no such leader."), "领导编号")
    return one


def find_post(cells: Cells) -> Post | None:
    """By 编号, or by its title in its organisation."""
    title = cells.text("post")
    if cells.text("post_id") is not None:
        found: Post | None = cells.by_id("post_id", "post")
        if found is not None:
            _agree(cells, "post", found.title)
        return found
    body = find_organisation(cells, "organisation", "division", "organisation_id")
    if body is None or title is None:
        return None
    rows = cells.world.posts.named((ident(body), key_of(title)))
    one: Post | None = cells.one_of("post", "post", rows, _("This organisation has no such post."), "职务编号")
    return one


def find_tenure(cells: Cells, on: date | None) -> Tenure | None:
    """By 编号; or that of the leader which runs on the day, in the post and organisation as far as they are named."""
    if cells.text("tenure_id") is not None:
        found: Tenure | None = cells.by_id("tenure_id", "tenure")
        if found is not None and found.leader_id is not None:
            named = cells.world.leaders.by_id.get(found.leader_id)
            _agree(cells, "leader", named.name if named else "")
        return found
    leader = find_leader(cells)
    body = find_organisation(cells, "organisation", "division", "organisation_id")
    if leader is None or cells.bad & {"organisation", "division", "organisation_id"}:
        return None
    title = cells.text("post", key_of)
    held: Sequence[Any] = [
        tenure
        for tenure in cells.world.tenures.named(("leader", ident(leader)))
        if (body is None or tenure.post.organisation is body) and (title is None or key_of(tenure.post.title) == title)
    ]
    standing = [tenure for tenure in held if on is None or _runs(tenure, on)]
    if cells.lost.has("tenure", leader.name) and len(standing) != 1:
        cells.bad.add("leader")
        return None
    unknown = _("This leader holds no such post.")
    one: Tenure | None = cells.one_of("leader", "tenure", list(standing or held), unknown, "任职编号")
    return one


def _runs(tenure: Tenure, on: date) -> bool:
    return tenure.starts_on <= on and (tenure.ends_on == on or outlasts(tenure, on))


_OTHERWISE = _("The number stands for something else.")


def _agree(cells: Cells, name: str, stands: str) -> None:
    text = cells.text(name)
    if text is not None and key_of(text) != key_of(stands):
        cells.fault(name, _OTHERWISE)
