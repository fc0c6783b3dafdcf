"""What a line of each sheet says, what of that tells a row from others, and how a new row comes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import DomainError
from fieldwork.core.geo import Datum, to_wgs84
from fieldwork.directory import uscc
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Division, Leader, Linkage, Organisation, Post, Site, Tenure
from fieldwork.supervision.workbook.cells import Cells
from fieldwork.supervision.workbook.keys import key_of, tidy_name
from fieldwork.supervision.workbook.references import find_leader, find_organisation, find_post, find_tenure
from fieldwork.supervision.workbook.sheets import DATUMS, DEPARTMENTS, FLAGS, KINDS, LINKS
from fieldwork.supervision.workbook.shelves import ident
from fieldwork.supervision.workbook.world import id_of

Values = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """`read` answers what is said, by the model's columns; `alike` the rows that a line without 编号 may mean.

    `columns`: the sheet's field for a column of the model that has another name there.
    """

    model: Any
    read: Callable[[Cells], Values]
    alike: Callable[[Cells, Values], Sequence[Any]]
    needed: tuple[str, ...]
    name: str
    columns: dict[str, str]


def _days(cells: Cells) -> Values:
    return {"starts_on": cells.day("starts_on"), "ends_on": cells.day("ends_on")}


def _organisation(cells: Cells) -> Values:
    return {
        "name": cells.text("name"), "division": cells.division("division"), "kind": cells.choice("kind", KINDS),
        "department_kind": cells.choice("department_kind", DEPARTMENTS), "industry": cells.industry("industry"),
        **_days(cells),
    }  # fmt: skip


def _post(cells: Cells) -> Values:
    return {
        "organisation": find_organisation(cells, "organisation", "division", "organisation_id"),
        "title": cells.text("title"), "role": cells.text("role"),
        "safety_portfolio": cells.choice("safety_portfolio", FLAGS), **_days(cells),
    }  # fmt: skip


def _leader(cells: Cells) -> Values:
    return {"name": cells.text("leader", tidy_name), "division": cells.division("division")}


def _tenure(cells: Cells) -> Values:
    return {
        "leader": find_leader(cells), "post": find_post(cells), "acting": cells.choice("acting", FLAGS),
        **_days(cells),
    }  # fmt: skip


def _linkage(cells: Cells) -> Values:
    days = _days(cells)
    kind = cells.choice("kind", LINKS)
    return {"tenure": find_tenure(cells, days["starts_on"]), "kind": kind, **_target(cells, kind), **days}


def _target(cells: Cells, kind: str | None) -> Values:
    """The one column of the model that the target belongs in."""
    if kind is None:
        return {}
    if kind == LinkageKind.INDUSTRY:
        return {"industry": cells.industry("target")}
    if kind == LinkageKind.DEPARTMENT:
        return {"organisation": find_organisation(cells, "target", "target_division", "target_id")}
    return {"division": cells.division("target")}


def _site(cells: Cells) -> Values:
    return {
        "name": cells.text("name"), "uscc": _uscc(cells), "division": cells.division("division"),
        "industry": cells.industry("industry"),
        "regulator": find_organisation(cells, "regulator", "regulator_division", "regulator_id"),
        "address": cells.text("address"), **_position(cells), **_days(cells),
    }  # fmt: skip


def _uscc(cells: Cells) -> str | None:
    text = cells.text("uscc", key_of)
    if text is None:
        return None
    try:
        return uscc.checked(text.upper())
    except DomainError as error:
        cells.refuse(error)
        return None


def _position(cells: Cells) -> Values:
    """WGS-84, whatever the datum it is given in."""
    latitude, longitude = cells.number("latitude"), cells.number("longitude")
    datum = cells.choice("datum", DATUMS) or Datum.WGS84
    if latitude is None or longitude is None:
        other = "latitude" if latitude is None else "longitude"
        if (latitude, longitude) != (None, None):
            cells.require(other)
        return {}
    try:
        place = to_wgs84(latitude, longitude, datum)
    except ValueError:
        cells.fault("latitude", _("There is no such place on earth."))
        return {}
    return {"latitude": place.latitude, "longitude": place.longitude}


def _bodies_alike(cells: Cells, said: Values) -> Sequence[Any]:
    return cells.world.bodies_called(key_of(said["name"]), said["division"].pk)


def _posts_alike(cells: Cells, said: Values) -> Sequence[Any]:
    return cells.world.posts.named((ident(said["organisation"]), key_of(said["title"])))


def _leaders_alike(cells: Cells, said: Values) -> Sequence[Any]:
    """Of several of one name, those whom the named office entered."""
    found = cells.world.leaders.named(key_of(said["name"]))
    place: Division | None = said["division"]
    there = [leader for leader in found if place is not None and leader.division_id == place.pk]
    return there if len(found) > 1 and there else found


def _tenures_alike(cells: Cells, said: Values) -> Sequence[Any]:
    held = cells.world.tenures.named(("leader", ident(said["leader"])))
    return [tenure for tenure in held if tenure.post is said["post"]]


def _linkages_alike(cells: Cells, said: Values) -> Sequence[Any]:
    linked = cells.world.linkages.named(("tenure", ident(said["tenure"])))
    return [linkage for linkage in linked if target_of(linkage) == _target_said(said)]


def target_of(linkage: Linkage) -> tuple[int, int, int]:
    return (linkage.division_id or 0, linkage.industry_id or 0, id_of(linkage, "organisation"))


def _target_said(said: Values) -> tuple[int, int, int]:
    return (ident(said.get("division")), ident(said.get("industry")), ident(said.get("organisation")))


def _sites_alike(cells: Cells, said: Values) -> Sequence[Any]:
    return cells.world.sites.named((key_of(said["name"]), said["division"].pk))


_TARGETS = {"division": "target", "industry": "target", "organisation": "target"}
KINDS_OF: dict[str, Kind] = {
    "organisation": Kind(
        Organisation, _organisation, _bodies_alike, ("name", "division", "kind", "starts_on"), "name", {}
    ),
    "post": Kind(Post, _post, _posts_alike, ("organisation", "title", "starts_on"), "title", {}),
    "leader": Kind(Leader, _leader, _leaders_alike, ("leader",), "leader", {"name": "leader"}),
    "tenure": Kind(Tenure, _tenure, _tenures_alike, ("leader", "post", "starts_on"), "leader", {}),
    "linkage": Kind(
        Linkage, _linkage, _linkages_alike, ("leader", "kind", "target", "starts_on"), "leader",
        {**_TARGETS, "tenure": "leader"},
    ),
    "site": Kind(Site, _site, _sites_alike, ("name", "division", "starts_on"), "name", {}),
}  # fmt: skip
