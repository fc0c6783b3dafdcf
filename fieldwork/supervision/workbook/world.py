"""What stands of that which a workbook names, loaded once: a handful of queries, however many rows it has.

Where something is to be stored the rows are held against other changes, outermost first as every action does; what
they hold is read after that, so that nothing slips in between.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from fieldwork.directory.models import FormerName, Leader, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.directory.queries import leaders_visible_to, scope
from fieldwork.supervision.workbook.keys import key_of
from fieldwork.supervision.workbook.places import Industries, Places
from fieldwork.supervision.workbook.reading import Read
from fieldwork.supervision.workbook.shelves import Shelf, ident
from fieldwork.supervision.workbook.values import text_of

M = TypeVar("M", bound=Model)
_CHUNK = 5000
_BODIES = ("organisation", "regulator", "target")  # fields that name an organisation


@dataclass
class World:
    """Shelves of what stands, and of what the workbook begins. Names: see `shelve`; a clerk's list may have the former
    one of a body, by whose id they are in `formerly`."""

    places: Places
    industries: Industries
    formerly: dict[int, set[str]] = field(default_factory=dict)
    organisations: Shelf[Organisation] = field(default_factory=Shelf)
    posts: Shelf[Post] = field(default_factory=Shelf)
    leaders: Shelf[Leader] = field(default_factory=Shelf)
    tenures: Shelf[Tenure] = field(default_factory=Shelf)
    linkages: Shelf[Linkage] = field(default_factory=Shelf)
    sites: Shelf[Site] = field(default_factory=Shelf)

    def bodies_called(self, name: str, division: int | None = None) -> list[Organisation]:
        """By a name's key: those that bear it; where none does, those that bore it."""
        found = self.organisations.named((name, division) if division is not None else name)
        return [row for row in found if key_of(row.name) == name] or list(found)

    def shelf_of(self, noun: str) -> Shelf[Any]:
        shelf: Shelf[Any] = getattr(self, f"{noun}s")
        return shelf

    def shelve(self, row: Model) -> None:
        """Put a row where it is looked for."""
        match row:
            case Organisation():
                names = {key_of(row.name), *self.formerly.get(ident(row), ())}
                self.organisations.put(row, *names, *((name, row.division_id) for name in names))
            case Post():
                self.posts.put(row, (ident(row.organisation), key_of(row.title)), ident(row.organisation))
            case Leader():
                self.leaders.put(row, key_of(row.name))
            case Tenure():
                self.tenures.put(row, ("leader", leader_of(row)), ("post", ident(row.post)))
            case Linkage():
                self.linkages.put(row, *_names_of_linkage(row))
            case Site():
                self.sites.put(row, (key_of(row.name), row.division_id))


def leader_of(tenure: Tenure) -> int:
    """As `ident`, without asking for whoever is not loaded."""
    return id_of(tenure, "leader")


def id_of(row: Model, relation: str) -> int:
    """`ident` of what the row names, also where only its id is known."""
    pk: int | None = getattr(row, f"{relation}_id")
    return pk if pk is not None else ident(getattr(row, relation))


def _names_of_linkage(row: Linkage) -> Iterator[Any]:
    yield ("tenure", id_of(row, "tenure"))
    if body := id_of(row, "organisation"):
        yield ("organisation", body)


def load(read: Read, user: User, on: date, *, hold: bool) -> World:
    """What a workbook of this user may name; `hold` within a transaction only."""
    area = user.division.path if user.division else ""
    world = World(Places(area), Industries())
    names = _named(read, _BODIES)
    bodies = _wanted(Organisation.objects.filter(scope(user, "division__path")), names, "name")
    for body, name in FormerName.objects.filter(scope(user, "organisation__division__path")).values_list(
        "organisation", "name"
    ):
        world.formerly.setdefault(body, set()).add(key_of(name))
    bodies |= {body for body, former in world.formerly.items() if former & names}
    people = _wanted(leaders_visible_to(user, on), _named(read, ("leader",)), "name")
    bodies |= _ids(read, "organisation", "organisation_id", "regulator_id", "target_id")
    people |= _ids(read, "leader", "leader_id")
    posts, tenures = _ids(read, "post", "post_id"), _ids(read, "tenure", "tenure_id")
    linkages, sites = _ids(read, "linkage"), _ids(read, "site")
    mine = Tenure.objects.filter(scope(user, "post__organisation__division__path"))
    if linkages:
        for ids in _chunks(linkages):
            tenures |= set(mine.filter(linkages__in=ids).values_list("pk", flat=True))
    for pk, leader, post, body in mine.values_list("pk", "leader", "post", "post__organisation"):
        if leader in people or body in bodies or pk in tenures or post in posts:
            posts.add(post)
            bodies.add(body)
    _load_bodies(world, user, bodies, posts, hold=hold)
    _load_people(world, user, people, on)
    _load_links(world, hold=hold)
    _load_sites(world, read, user, sites, hold=hold)
    return world


def _load_bodies(world: World, user: User, bodies: set[int], posts: set[int], *, hold: bool) -> None:
    in_scope = scope(user, "organisation__division__path")
    for ids in _chunks(posts):
        bodies |= set(Post.objects.filter(in_scope, pk__in=ids).values_list("organisation", flat=True))
    for ids in _chunks(bodies):
        for body in _held(Organisation.objects.filter(scope(user, "division__path"), pk__in=ids), hold=hold):
            body.division = world.places[body.division_id]
            world.shelve(body)
    for ids in _chunks(world.organisations.by_id):
        for post in _held(Post.objects.filter(organisation__in=ids), hold=hold):
            post.organisation = world.organisations.by_id[post.organisation_id]
            world.shelve(post)


def _load_people(world: World, user: User, people: set[int], on: date) -> None:
    visible = leaders_visible_to(user, on)
    for ids in _chunks(people):
        for leader in visible.filter(pk__in=ids).order_by("pk"):
            if leader.division_id is not None:
                leader.division = world.places[leader.division_id]
            world.shelve(leader)


def _load_links(world: World, *, hold: bool) -> None:
    for ids in _chunks(world.posts.by_id):
        for tenure in _held(Tenure.objects.filter(post__in=ids), hold=hold):
            tenure.post = world.posts.by_id[tenure.post_id]
            if tenure.leader_id in world.leaders.by_id:
                tenure.leader = world.leaders.by_id[tenure.leader_id]
            world.shelve(tenure)
    tenures, bodies = world.tenures.by_id, world.organisations.by_id
    of_tenures = (Linkage.objects.filter(tenure__in=ids) for ids in _chunks(tenures))
    to_bodies = (Linkage.objects.filter(organisation__in=ids) for ids in _chunks(bodies))
    for rows in (*of_tenures, *to_bodies):
        for linkage in _held(rows, hold=hold):
            if linkage.pk not in world.linkages.by_id:
                _wire(linkage, world)
                world.shelve(linkage)


def _wire(linkage: Linkage, world: World) -> None:
    if linkage.tenure_id in world.tenures.by_id:
        linkage.tenure = world.tenures.by_id[linkage.tenure_id]
    if linkage.organisation_id in world.organisations.by_id:
        linkage.organisation = world.organisations.by_id[linkage.organisation_id]
    if linkage.division_id is not None:
        linkage.division = world.places[linkage.division_id]


def _load_sites(world: World, read: Read, user: User, sites: set[int], *, hold: bool) -> None:
    """Those of the workbook's names, and, to compare with, the bodies that regulate them from outside."""
    visible = Site.objects.filter(scope(user, "division__path"))
    sites |= _wanted(visible, _named(read, ("name",), "site"), "name")
    for ids in _chunks(sites):
        for site in _held(visible.filter(pk__in=ids), hold=hold):
            site.division = world.places[site.division_id]
            world.shelve(site)
    known = world.organisations.by_id
    regulators = {site.regulator_id for site in world.sites.by_id.values() if site.regulator_id}
    for ids in _chunks(regulators - known.keys()):
        for body in Organisation.objects.filter(pk__in=ids):
            body.division = world.places[body.division_id]
            world.shelve(body)
    for site in world.sites.by_id.values():
        if site.regulator_id is not None:
            site.regulator = known[site.regulator_id]


def _held(rows: QuerySet[M], *, hold: bool) -> QuerySet[M]:
    ordered = rows.order_by("pk")
    return ordered.select_for_update(no_key=True) if hold else ordered


def _wanted(rows: QuerySet[Any], names: set[str], column: str) -> set[int]:
    """The ids of those that are called so, to a clerk."""
    return {pk for pk, name in rows.values_list("pk", column) if key_of(name) in names} if names else set()


def _named(read: Read, fields: Sequence[str], noun: str = "") -> set[str]:
    """What cells of these fields say; and the names that organisations and leaders have in their own sheets."""
    found = set()
    for table in read.tables:
        own = ("name",) if table.sheet.noun == "organisation" and not noun else ()
        if not noun or table.sheet.noun == noun:
            found |= {key_of(text_of(line.cells.get(name))) for line in table.lines for name in (*fields, *own)}
    return found - {""}


def _ids(read: Read, noun: str, *fields: str) -> set[int]:
    """The ids in 编号 of the noun's own sheet, and in these columns of the others."""
    found = set()
    for table in read.tables:
        named = ("id", *fields) if table.sheet.noun == noun else fields
        texts = (text_of(line.cells.get(name)) for line in table.lines for name in named)
        found |= {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 18}  # noqa: PLR2004
    return found


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
