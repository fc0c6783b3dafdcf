"""Whose things a phone keeps, and of which places: all that is kept follows from these few ids."""

from datetime import date
from typing import Any, NamedTuple

from fieldwork.directory.enums import Level
from fieldwork.directory.models import Linkage, Organisation, Tenure, User
from fieldwork.directory.queries import leader_ids, standing

_SITED = Level.TOWN  # of larger own areas `GET sites?near=` tells what is around


Ids = frozenset[Any]
Pairs = frozenset[Any]  # of (id, id)


class Scopes(NamedTuple):
    """Ids by what they are of; those of places and fields are what standing linkages and own posts lead to.

    Of an industry or department the sites within an area, that of the linked post, are kept: (its id, the area's).
    """

    users: Ids = frozenset()
    leaders: Ids = frozenset()
    posts: Ids = frozenset()
    bodies: Ids = frozenset()
    places: Ids = frozenset()
    areas: Ids = frozenset()
    industries: Pairs = frozenset()
    departments: Pairs = frozenset()

    def minus(self, other: "Scopes") -> "Scopes":
        return Scopes(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    def common(self, other: "Scopes") -> "Scopes":
        return Scopes(*(mine & theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def divisions(self) -> frozenset[int]:
        """Those that are named."""
        return self.places | self.areas

    @property
    def grounds(self) -> frozenset[int]:
        """The divisions whose paths say which sites are kept."""
        return self.places | {area for _field, area in self.industries | self.departments}


def scopes_of(user: User, on: date) -> Scopes:
    """What is the user's own on a day: of the own leader and of those who delegated to the user; bodies of the own
    posts, and the unit. Four queries at most."""
    leaders = frozenset(leader_ids(user, on))
    held = list(
        Tenure.objects.filter(standing(on), leader__in=leaders).values_list(
            "leader",
            "post__organisation",
            "post__organisation__division",
            "post__organisation__division__level",
            "post",
        )
    )
    bodies = {(body, division, level) for leader, body, division, level, _post in held if leader == user.leader_id}
    if user.organisation_id is not None:
        unit = Organisation.objects.filter(standing(on), pk=user.organisation_id)
        bodies.update(unit.values_list("pk", "division", "division__level"))
    own = {(division, level) for _leader, _body, division, level, _post in held} | {row[1:] for row in bodies}
    linked = _linked(leaders, on)
    return linked._replace(
        users=frozenset({user.pk}),
        leaders=leaders,
        posts=frozenset(row[-1] for row in held),
        bodies=frozenset(body for body, _division, _level in bodies),
        places=linked.places | {division for division, level in own if level == _SITED},
        areas=frozenset(division for division, level in own if level != _SITED) - linked.places,
    )


def _linked(leaders: frozenset[int], on: date) -> Scopes:
    rows = Linkage.objects.filter(standing(on), tenure__leader__in=leaders).values_list(
        "division", "industry", "organisation", "tenure__post__organisation__division"
    )
    linked = list(rows)
    return Scopes(
        places=frozenset(place for place, _industry, _department, _area in linked if place),
        industries=frozenset((industry, area) for _place, industry, _department, area in linked if industry),
        departments=frozenset((department, area) for _place, _industry, department, area in linked if department),
    )
