"""Planned visits become check-ins, as the phones would have sent them, photos and doubts included."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings
from django.db import transaction

from fieldwork.core.geo import Datum, Position, from_wgs84
from fieldwork.core.uploads import Incoming
from fieldwork.directory.models import Delegation, Division, Site, User
from fieldwork.directory.places import seat_of
from fieldwork.duties.enums import Activity, Outcome, Standing
from fieldwork.duties.models import Task
from fieldwork.inspections.actions import record_check_in
from fieldwork.inspections.declared import DeclaredCheckIn, DeclaredPhoto, Location
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.demo.cast import Places
from fieldwork.supervision.demo.photos import draw_photo
from fieldwork.supervision.demo.sites import beside, site_for, sites_in
from fieldwork.supervision.demo.visits import Visit

TOGETHER = 40  # recorded in one transaction; each holds its photos open
_NEAR_M = 1_200
_FAR_M = 30_000
_BY_ASSISTANT, _TWO_PHOTOS, _FOUND_NOTHING, _AT_A_SITE = 0.3, 0.25, 0.7, 0.6
_SITES = ("建筑工地", "采石场", "水泥厂", "加油站", "家具厂", "农贸市场", "客运站", "幼儿园", "冷库")
_FINE = (
    "查看安全生产责任制、培训记录和应急预案，现场作业规范，未发现隐患。",
    "检查消防通道、疏散指示和灭火器，均完好有效。",
    "检查临边防护、脚手架和塔吊检验记录，符合要求。",
    "检查特种设备登记与持证上岗情况，证照齐全。",
)
_BY_TARGET = ("target_kind", "division__path", "industry__code", "organisation__name")
_FAULTS = (
    "配电箱未上锁，临时用电线路拖地，要求当日整改。",
    "部分作业人员未佩戴安全帽，现场批评教育并要求加强管理。",
    "疏散通道堆放杂物，责令立即清理。",
    "边坡排水沟堵塞，要求雨前清疏并安排专人巡查。",
)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A visit with all that it needs, but its photos' bytes."""

    visit: Visit
    lead: User
    sender: User
    task: Task
    position: Position | None
    site: Site | None


def record_visits(visits: Sequence[Visit], places: Places) -> int:
    """Record those not recorded yet that somebody still owes; answers how many."""
    recorded = 0
    for first in range(0, len(visits), TOGETHER):
        recorded += _record_lot(visits[first : first + TOGETHER], places)
    return recorded


def _record_lot(visits: Sequence[Visit], places: Places) -> int:
    there = set(CheckIn.objects.filter(pk__in=[visit.id for visit in visits]).values_list("pk", flat=True))
    ready = _prepare([visit for visit in visits if visit.id not in there], places)
    with ExitStack() as held:
        # Drawing and syncing wait for the disk more than for the processor.
        with ThreadPoolExecutor(max_workers=4) as pool:
            photos = list(pool.map(_take_photos, ready))
        for file in (file for files in photos for file in files):
            held.enter_context(file)
        with transaction.atomic():
            for one, files in zip(ready, photos, strict=True):
                record_check_in(
                    _declare(one, files), files={file.sha256: file for file in files},
                    by=one.sender, at=one.visit.received_at,
                )  # fmt: skip
    return len(ready)


def _prepare(visits: Sequence[Visit], places: Places) -> list[_Ready]:
    leads = User.objects.filter(username__in={visit.username for visit in visits})
    users = {user.username: user for user in leads}
    tasks, helpers = _tasks_of(users.values(), visits), _helpers_of(users.values())
    sites = sites_in(places.all_towns)
    ready = []
    for visit in visits:
        lead, chance = users[visit.username], visit.chance
        task = _task_for(visit, tasks[lead.leader_id], chance)
        if task is None:  # somebody who left, or a street that no county has switched on
            continue
        helped = lead.leader_id in helpers and chance.random() < _BY_ASSISTANT
        sender = helpers[lead.leader_id] if helped else lead
        town = _town_for(task, places, chance)
        site = site_for(task, sites[town.pk], chance) if town and chance.random() < _AT_A_SITE else None
        ready.append(_Ready(visit, lead, sender, task, _position(visit, town, chance), site))
    return ready


def _tasks_of(users: Iterable[User], visits: Iterable[Visit]) -> dict[int | None, list[Task]]:
    """The inspections that these leaders owe, by leader, in an order by which dice choose the same in every run."""
    tasks: dict[int | None, list[Task]] = defaultdict(list)
    owed = Task.objects.filter(
        obligation__leader__user__in=users, obligation__period__in={str(visit.period) for visit in visits},
        obligation__activity=Activity.INSPECTION, state=Standing.STANDING,
    ).exclude(obligation__outcome__in=[Outcome.TRANSFERRED, Outcome.WITHDRAWN])  # fmt: skip
    related = owed.select_related("obligation", "division").prefetch_related("obligation__bases__division")
    for task in related.order_by("obligation__duty", *_BY_TARGET, "pk"):
        tasks[task.obligation.leader_id].append(task)
    return tasks


def _helpers_of(users: Iterable[User]) -> dict[int | None, User]:
    """The assistants of these leaders, by leader."""
    delegations = Delegation.objects.filter(leader__user__in=users).select_related("assistant")
    return {each.leader_id: each.assistant for each in delegations}


def _task_for(visit: Visit, tasks: Sequence[Task], chance: Random) -> Task | None:
    """The first visit of a month goes to a linked place, the others to any target."""
    owed = [task for task in tasks if task.obligation.period == str(visit.period)]
    places = [task for task in owed if task.target_kind in ("town", "county")]
    first = places if visit.number == 0 and places else owed
    return chance.choice(first) if first else None


def _town_for(task: Task, places: Places, chance: Random) -> Division | None:
    """The town of the visit: the target, or one in its area or the leader's; None where no seat is known."""
    area = task.division or min((basis.division for basis in task.obligation.bases.all()), key=lambda own: own.path)
    inside = [town for town in places.all_towns if town.path.startswith(area.path) and seat_of(town)]
    return chance.choice(inside) if inside else None


def _position(visit: Visit, town: Division | None, chance: Random) -> Position | None:
    """Near the town's seat; 30 km off for a visit that is to be outside; None without a fix or a seat."""
    seat = seat_of(town) if town is not None else None
    if seat is None or visit.oddity == "no_location":
        return None
    metres = _FAR_M if visit.oddity == "outside" else chance.uniform(60, _NEAR_M)
    return beside(seat, metres, chance.uniform(0, 2 * math.pi))


def _take_photos(one: _Ready) -> list[Incoming]:
    """The photos' bytes, safe on disk; touches no database, for it runs in a thread."""
    visit, chance = one.visit, one.visit.chance
    number = 0 if visit.oddity == "no_photo" else 2 if chance.random() < _TWO_PHOTOS else 1
    taken = []
    for shot in range(number):
        file = Incoming(settings.PHOTO_BYTES)
        caption = f"{visit.username} {visit.number + 1}-{shot + 1}"
        file.write(draw_photo(f"{visit.id}/{shot}", caption, _shot_at(visit, shot), one.position))
        file.settle()
        taken.append(file)
    return taken


def _shot_at(visit: Visit, shot: int) -> datetime:
    return visit.captured_at + timedelta(seconds=20 * shot)


def _declare(one: _Ready, files: Iterable[Incoming]) -> DeclaredCheckIn:
    visit, chance = one.visit, one.visit.chance
    fine = chance.random() < _FOUND_NOTHING
    by_staff = one.sender != one.lead
    return DeclaredCheckIn(
        id=visit.id, lead=str(one.lead.leader_id), prepared_by_staff=by_staff, task=str(one.task.pk),
        captured_at=visit.captured_at, location=_location(one, chance),
        site=str(one.site.pk) if one.site else None,
        site_name=one.site.name if one.site else f"演示{chance.choice(_SITES)}{chance.randint(1, 60)}号",
        summary=chance.choice(_FINE if fine else _FAULTS), found_nothing=fine,
        photos=tuple(
            DeclaredPhoto(file.sha256, file.bytes, "image/jpeg", _shot_at(visit, shot))
            for shot, file in enumerate(files)
        ),
        on_paper=visit.oddity == "on_paper", device_id=f"phone-of-{one.sender.username}",
        clock_at_send=visit.received_at,
    )  # fmt: skip


def _location(one: _Ready, chance: Random) -> Location:
    if one.position is None:
        return Location(missing_reason="室内无卫星信号")
    datum = Datum.GCJ02 if one.visit.oddity == "gcj02" else Datum.WGS84
    given = from_wgs84(one.position, datum)
    accuracy = chance.uniform(300, 900) if one.visit.oddity == "coarse" else chance.uniform(4, 40)
    return Location(
        latitude=given.latitude, longitude=given.longitude, accuracy_m=round(accuracy, 1), datum=datum,
        fix_age_s=round(chance.uniform(0.2, 8), 1), mocked=False,
    )  # fmt: skip
