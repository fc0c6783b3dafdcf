"""What a visit truly serves: the targets it touched, and how far it was from the one it was for."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from fieldwork.directory.models import Division, Industry, Leader, Site
from fieldwork.directory.places import Located
from fieldwork.directory.queries import levels_of, tenures_held
from fieldwork.duties.enums import TargetKind
from fieldwork.duties.models import Task


@dataclass(frozen=True)
class Visit:
    """Who was where on which day; `site` if a listed one was named."""

    lead: Leader
    on: date
    located: Located | None
    site: Site | None

    @cached_property
    def own_divisions(self) -> list[Division]:
        """The divisions of the posts that the lead held on the day, the first come first."""
        held = (tenure.post.organisation.division for tenure in tenures_held(self.lead.pk, self.on))
        return list({division.pk: division for division in held}.values())

    @property
    def path(self) -> str:
        """In whose scope it falls: the division of the lead's first post of that day."""
        return self.own_divisions[0].path if self.own_divisions else ""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a visit fits a target: metres (0 inside), inside or not; null where nothing can be said."""

    distance_m: float | None = None
    inside: bool | None = None


def touched(visit: Visit) -> set[str]:
    """The target keys that the visit serves by place and field, whoever is linked to them.

    Town and county by position inside; industry by the site's, its sections included; department by the site's
    regulator; own area by position inside a division of the lead's own posts.
    """
    keys: set[str] = set()
    if visit.located is not None:
        keys |= {f"{level}:{pk}" for level, pk in levels_of(visit.located.division_paths)}
        keys |= {f"own:{division.pk}" for division in visit.own_divisions if visit.located.held_by(division)}
    if visit.site is not None:
        industry: Industry | None = visit.site.industry
        while industry is not None:
            keys.add(f"industry:{industry.pk}")
            industry = industry.parent
        if visit.site.regulator_id is not None:
            keys.add(f"department:{visit.site.regulator_id}")
    return keys


def fit(task: Task, visit: Visit) -> Fit:
    """How the visit fits one task's target; an industry or department has no place, but a listed site's field tells."""
    match task.target_kind:
        case TargetKind.TOWN | TargetKind.COUNTY if task.division is not None:
            return fit_division(task.division, visit.located)
        case TargetKind.OWN_AREA:
            return fit_own_area(visit)
        case TargetKind.INDUSTRY | TargetKind.DEPARTMENT if visit.site is not None:
            return Fit(inside=task.target_key in touched(visit))
        case _:
            return Fit()


def fit_own_area(visit: Visit) -> Fit:
    """How the visit fits the divisions of the lead's own posts: the best of them."""
    fits = [fit_division(own, visit.located) for own in visit.own_divisions]
    order = {True: 0, None: 1, False: 2}
    return min(fits, key=lambda each: (order[each.inside], each.distance_m or 0.0), default=Fit())


def fit_division(division: Division, located: Located | None) -> Fit:
    return Fit() if located is None else Fit(located.distance_m(division), located.inside(division))
