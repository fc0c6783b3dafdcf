"""To what the demo's leaders are linked (挂点联系): quotas mostly met, some not, as in any city."""

from collections.abc import Iterator
from dataclasses import dataclass

from fieldwork.directory.models import Division
from fieldwork.directory.places import seat_of
from fieldwork.supervision.demo.bodies import Body, pairs
from fieldwork.supervision.demo.cast import Person, Places
from fieldwork.supervision.demo.dice import dice

_EVERY = 3  # of so many towns one is marked
_NO_PAIR, _NO_TOWN, _UNMARKED_TOWN = 0.05, 0.05, 0.08


@dataclass(frozen=True, slots=True)
class Links:
    """The targets of one person: divisions, and an industry's code with its department; None for none."""

    county: Division | None = None
    town: Division | None = None
    pair: tuple[str, Body] | None = None


def problem_towns(places: Places) -> Iterator[Division]:
    """The towns to be marked (安全生产问题突出镇): every third of each county's that has a seat on the map."""
    for county in places.counties:
        towns = [town for town in places.towns[county.pk] if not town.street and seat_of(town)]
        yield from towns[2::_EVERY] or towns[:1]


def links_of(person: Person, places: Places) -> Links:
    """What the pack asks of the person's role, or less; demo-leader has all of it."""
    role, chance = person.part.role, dice("links", person.number)
    complete = person.number == 0
    if not role.startswith(("city_", "county_", "town_")):
        return Links()
    pair = chance.choice(pairs(person.part.division))
    has_pair = complete or chance.random() >= _NO_PAIR
    return Links(_county_of(person, places), _town_of(person, places), pair if has_pair else None)


def another_town(person: Person, places: Places, but: Division) -> Division:
    """A marked town in the person's area, not the one given; where there is but that, any other."""
    area = person.part.division.path
    towns = [town for town in problem_towns(places) if town.path.startswith(area) and town != but]
    return dice("another", person.number).choice(towns or [town for town in places.all_towns if town != but])


def _county_of(person: Person, places: Places) -> Division | None:
    if not person.part.role.startswith("city_"):
        return None
    return places.counties[person.number % len(places.counties)]


def _town_of(person: Person, places: Places) -> Division | None:
    if person.part.role.startswith("town_"):
        return None
    chance, area = dice("town", person.number), person.part.division.path
    marked = [town for town in problem_towns(places) if town.path.startswith(area)]
    drawn = chance.random()
    if person.number == 0 or drawn >= _NO_TOWN + _UNMARKED_TOWN:
        return chance.choice(marked)
    others = [town for town in places.all_towns if town.path.startswith(area) and town not in marked]
    return None if drawn < _NO_TOWN else chance.choice(others)
