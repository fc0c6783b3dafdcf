"""Who is reminded of hazards, and of which: weekly, until nothing is late and all five points stand.

On Mondays at 09:00 in the policy's zone the units that a listing names to rectify and to supervise are told which of
the five settled points a listed hazard lacks (五落实, ZJ 三(四)), and the unit that is to rectify one that its deadline
has passed. Whom that is follows from the rows when it is planned, and what they are told from the rows when it is sent.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, Q

from fieldwork.core import locks
from fieldwork.core.periods import ZONE, local_day
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import standing
from fieldwork.hazards.doubts import missing_points
from fieldwork.hazards.enums import OPEN, Point
from fieldwork.hazards.models import Hazard, Listing
from fieldwork.hazards.queries import is_overdue, overdue
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Delivery, Moment, Notification

READER = "reminders"
TOLD_AT = time(9)
NEWS = timedelta(days=2)  # how long after its hour a Monday's telling still makes sense


@dataclass(frozen=True, slots=True)
class Waiting:
    """One hazard in words: what it lacks of the five points, and since when it is late."""

    description: str
    place: str
    lacking: tuple[Point, ...]
    deadline: date | None
    days_late: int


@dataclass(frozen=True, slots=True)
class Waitings:
    """All that waits for one reader."""

    rows: tuple[Waiting, ...]


def plan_hazards(now: datetime) -> int:
    """Make the notifications of the latest Monday's hour, once; answers how many."""
    at = _moment(now)
    if now - at > NEWS:
        return 0
    with transaction.atomic():
        locks.hold(READER)
        _planned, first = Moment.objects.get_or_create(
            at=at, kind=NotificationKind.HAZARD, due_at=at, defaults={"planned_at": now}
        )
        return _tell(at) if first else 0


def _tell(at: datetime) -> int:
    day = local_day(at)
    concerned = {unit for _hazard, units in _waiting(day) for unit in units}
    made = Notification.objects.bulk_create(
        Notification(user_id=user, kind=NotificationKind.HAZARD, at=at) for user in sorted(_users_of(concerned, day))
    )
    Delivery.objects.bulk_create(
        Delivery(notification=one, channel=channel, not_before=at)
        for one in made
        for channel in dict.fromkeys(settings.CHANNELS)
    )
    return len(made)


def waiting_for(notifications: Collection[Notification], now: datetime) -> dict[int, Waitings]:
    """What each of these notifications is about by now, by its id; nothing where nothing waits any more. Five queries
    for all."""
    if not notifications:
        return {}
    today = local_day(now)
    bodies = _bodies_of([one.user for one in notifications], today)
    waiting = _waiting(today, set().union(*bodies.values()))
    found = {
        one.pk: tuple(_told(hazard, today) for hazard, units in waiting if units & bodies[one.user_id])
        for one in notifications
    }
    return {pk: Waitings(rows) for pk, rows in found.items() if rows}


def _moment(now: datetime) -> datetime:
    """The latest Monday at the hour, not after `now`."""
    day = local_day(now)
    monday = datetime.combine(day - timedelta(days=day.weekday()), TOLD_AT, tzinfo=ZONE)
    return monday if monday <= now else monday - timedelta(days=7)


def _waiting(on: date, bodies: Collection[int] | None = None) -> list[tuple[Hazard, set[int]]]:
    """What waits on a day, for these bodies or for anybody, the earliest deadline first, with the ids of the units that
    are to hear of it."""
    stands = Listing.objects.filter(delisted_on__isnull=True)
    rows = Hazard.objects.filter(Q(pk__in=stands.values("hazard"), state__in=OPEN) | overdue(on))
    if bodies is not None:
        named = stands.filter(Q(rectifying_unit__in=bodies) | Q(supervising_unit__in=bodies))
        rows = rows.filter(Q(rectifying_unit__in=bodies) | Q(pk__in=named.values("hazard")))
    rows = rows.select_related("site", "division").prefetch_related(Prefetch("listings", stands))
    found = ((hazard, _concerned(hazard, on)) for hazard in rows.order_by("deadline", "pk"))
    return [(hazard, units) for hazard, units in found if units]


def _concerned(hazard: Hazard, on: date) -> set[int]:
    units = {hazard.rectifying_unit_id} if is_overdue(hazard, on) else set()
    if missing_points(hazard):
        for listing in hazard.listings.all():
            units |= {listing.rectifying_unit_id, listing.supervising_unit_id}
    return {unit for unit in units if unit is not None}


def _users_of(bodies: Collection[int], on: date) -> set[int]:
    """The ids of the active users of these units, and of who holds a post in them."""
    held = Tenure.objects.filter(standing(on), post__organisation__in=bodies).values("leader")
    users = User.objects.filter(Q(organisation__in=bodies) | Q(leader__in=held), is_active=True)
    return set(users.values_list("pk", flat=True))


def _bodies_of(users: Collection[User], on: date) -> dict[int, set[int]]:
    """The units of each of these users, by their ids."""
    found = {user.pk: {body for body in (user.organisation_id,) if body is not None} for user in users}
    owners = {user.leader_id: user.pk for user in users if user.leader_id is not None}
    held = Tenure.objects.filter(standing(on), leader__in=owners)
    for leader, body in held.values_list("leader", "post__organisation"):
        found[owners[leader]].add(body)
    return found


def _told(hazard: Hazard, on: date) -> Waiting:
    lacking = tuple(missing_points(hazard)) if hazard.listings.all() else ()
    late = (on - hazard.deadline).days if is_overdue(hazard, on) and hazard.deadline else 0
    place = hazard.site.name if hazard.site else hazard.site_name or hazard.division.name
    return Waiting(hazard.description, place, lacking, hazard.deadline, late)
