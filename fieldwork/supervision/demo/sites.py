"""Enterprises and places to inspect, three near the seat of each town; none of them exists."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random

from django.db import transaction

from fieldwork.core import locks
from fieldwork.core.geo import Position
from fieldwork.directory.actions import create_site
from fieldwork.directory.models import Division, Site, User
from fieldwork.directory.places import seat_of
from fieldwork.duties.models import Task
from fieldwork.supervision.demo.bodies import pairs
from fieldwork.supervision.demo.cast import Places
from fieldwork.supervision.demo.dice import dice
from fieldwork.supervision.demo.people import Enrolment
from fieldwork.supervision.demo.progress import LOCK, Begun

_BUILDING = ("房屋建筑工地", "47")  # what it is called, and its industry
_OTHERS = (
    ("采石场", "10"), ("水泥制品厂", "30"), ("加油站", "52"), ("涂料厂", "26"),
    ("客运站", "54"), ("旅馆", "61"), ("小学", "83"),
)  # fmt: skip
_WITHIN_M = 900
_METRES_A_DEGREE = 111_000


def open_sites(begun: Begun, places: Places, by: User) -> None:
    """Create them all once, each under its county's department for that industry."""
    with transaction.atomic():
        locks.hold(LOCK)
        if Site.objects.exists():
            return
        enrolment = Enrolment(begun, places, by)
        for county in places.counties:
            bodies = dict(pairs(county))
            for town in places.towns[county.pk]:
                seat = seat_of(town)
                chance = dice("sites", town.code)
                for number, (what, industry) in enumerate((_BUILDING, *chance.sample(_OTHERS, 2)), start=1):
                    metres, angle = chance.uniform(100, _WITHIN_M), chance.uniform(0, 2 * math.pi)
                    create_site(
                        name=f"演示·{town.name}{what}{number}号", division=town, starts_on=begun.founded,
                        industry=enrolment.industries[industry], regulator=enrolment.organisation(bodies[industry]),
                        position=beside(seat, metres, angle) if seat else None, by=by, at=begun.set_up_at,
                    )  # fmt: skip


def sites_in(towns: Iterable[Division]) -> dict[int, list[Site]]:
    """The sites of these towns, by town."""
    found: dict[int, list[Site]] = defaultdict(list)
    for site in Site.objects.filter(division__in=towns).select_related("industry").order_by("pk"):
        found[site.division_id].append(site)
    return found


def site_for(task: Task, sites: Sequence[Site], chance: Random) -> Site | None:
    """One that suits what the task is for; None where there is none."""
    fitting = [
        site
        for site in sites
        if task.industry_id in (None, site.industry_id) and task.organisation_id in (None, site.regulator_id)
    ]
    return chance.choice(fitting) if fitting else None


def beside(seat: Position, metres: float, angle: float) -> Position:
    """The place so many metres from a seat, `angle` in radians from north; to a tenth of a metre."""
    east = math.sin(angle) / math.cos(math.radians(seat.latitude))
    return Position(
        round(seat.latitude + metres * math.cos(angle) / _METRES_A_DEGREE, 6),
        round(seat.longitude + metres * east / _METRES_A_DEGREE, 6),
    )
