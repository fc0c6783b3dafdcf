"""What the ids of a declared hazard stand for, and where and whose it is by that."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.geo import Position
from fieldwork.core.periods import local_day
from fieldwork.core.references import Finder
from fieldwork.directory.mergers import goes_on_at, taken_in_by
from fieldwork.directory.models import Division, Leader, Post, Site, User
from fieldwork.directory.places import locate
from fieldwork.directory.queries import leader_by_id, sites_visible_to, tenures_held
from fieldwork.directory.rules import day_to_act_for
from fieldwork.hazards.declared import DeclaredHazard
from fieldwork.hazards.rules import can_report_without_leader
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import check_ins_visible_to


@dataclass(frozen=True, slots=True)
class References:
    """The rows behind the ids; `division` is where the hazard lies, `post` that to which it belongs."""

    lead: Leader | None
    post: Post | None
    site: Site | None
    division: Division


def look_up(declared: DeclaredHazard, by: User, today: date) -> References:
    """Where nothing is said of the place, it is that of the check-in.

    Errors: `unknown_reference`; `not_allowed` for a lead whom `by` may not record for; `invalid` where nothing tells
    where it lies."""
    finder = Finder()
    found_on = local_day(declared.found_at)
    lead = _lead(finder, declared, by)
    day = day_to_act_for(by, lead, today, found_on) if lead is not None else today
    if day is None:
        raise DomainError(Code.NOT_ALLOWED, _("You neither are this leader nor act for them."))
    sites = sites_visible_to(by, day).select_related("division", "industry", "regulator")
    site = finder.find("site", declared.site, lambda pk: sites.filter(pk=pk).first())
    check_in = _check_in(finder, declared.check_in, by, day)
    finder.require_all()
    if site is None and check_in is not None and not declared.site_name and declared.location.position is None:
        site = check_in.site
    if lead is None and not can_report_without_leader(by):
        raise DomainError(Code.NOT_ALLOWED)
    held = tenures_held(lead.pk, found_on) if lead is not None else []
    division = _division(declared, site, check_in, found_on) or _home(by, held)
    if division is None:
        raise invalid("location", _("Say where it is: by a site or a position."))
    posts = [tenure.post for tenure in held]
    above = (post for post in posts if division.path.startswith(post.organisation.division.path))
    post = next(above, posts[0] if posts else None)
    return References(lead, post and goes_on_at(post, today), site, taken_in_by(division))


def _lead(finder: Finder, declared: DeclaredHazard, by: User) -> Leader | None:
    """The one who is named; otherwise whoever sends it, if a leader."""
    if declared.lead is None:
        return by.leader
    lead: Leader | None = finder.find("lead", declared.lead, leader_by_id)
    if lead is None:
        finder.require_all()
    return lead


def require_check_in(key: UUID | None, by: User, day: date) -> None:
    """Of a step that names one. Errors: `unknown_reference`."""
    finder = Finder()
    _check_in(finder, key, by, day)
    finder.require_all()


def _check_in(finder: Finder, key: UUID | None, by: User, day: date) -> CheckIn | None:
    """One that is here must be in sight; one that is not may come later."""
    if key is None:
        return None
    here = CheckIn.objects.select_related("site__division", "site__industry", "site__regulator").filter(pk=key).first()
    if here is not None and not check_ins_visible_to(by, day).filter(pk=key).exists():
        finder.unknown("check_in")
    return here


def _division(declared: DeclaredHazard, site: Site | None, check_in: CheckIn | None, on: date) -> Division | None:
    """The site's; else of the position, or of the check-in's, the lowest that holds it."""
    if site is not None:
        return site.division
    position = declared.location.position
    if position is None and check_in is not None and check_in.wgs84_latitude is not None:
        assert check_in.wgs84_longitude is not None, "the database holds both or neither"
        position = Position(check_in.wgs84_latitude, check_in.wgs84_longitude)
    if position is None:
        return None
    paths = locate(position, on).division_paths
    return Division.objects.filter(path=paths[-1]).first() if paths else None


def _home(by: User, held: list) -> Division | None:  # type: ignore[type-arg]
    """Where the finder serves: so somebody's office sees it, wherever it is."""
    if held:
        home: Division = held[0].post.organisation.division
        return home
    if by.organisation is not None:
        return by.organisation.division
    return by.division
