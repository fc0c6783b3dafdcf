"""Who is reminded of hazards, and of which: before and after a deadline, then weekly, until nothing is late and all
five points stand.

At the timetable's hour the unit that is to rectify a hazard is told so many days before its deadline, and on the day
after it, and with the unit whoever holds the post to which it belongs. On one day a week they hear of all that is late,
and the units that a listing names to rectify and to supervise of the settled points that a listed hazard lacks (五落实,
ZJ 三(四)). Whom that is follows from the rows when it is planned, and what they are told when it is sent.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from fieldwork.core import locks
from fieldwork.core.periods import local_day
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import standing
from fieldwork.hazards.doubts import missing_points
from fieldwork.hazards.enums import OPEN, TO_RECTIFY, Point
from fieldwork.hazards.models import Hazard, Listing
from fieldwork.hazards.queries import is_overdue, overdue
from fieldwork.reminders.addressees import users_of
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Moment, Notification
from fieldwork.reminders.quiet import local
from fieldwork.reminders.timetable import Timetable, timetable

READER = "reminders"
WEEK = 7  # days; what was missed for longer is in the weekly telling


@dataclass(frozen=True, slots=True)
class Waiting:
    """One hazard in words: what it lacks of the five points, and how many days it is late: below zero are left, None is
    far away."""

    description: str
    place: str
    lacking: tuple[Point, ...]
    deadline: date | None
    days_late: int | None


@dataclass(frozen=True, slots=True)
class Waitings:
    """All that waits for one reader."""

    rows: tuple[Waiting, ...]


class Parties(NamedTuple):
    """Whom a hazard waits for: units, and the post to which it belongs."""

    bodies: frozenset[int]
    posts: frozenset[int]


def plan_hazards(now: datetime) -> int:
    """Make the notifications of the latest day's hour, once, with what the days since the last one missed; answers how
    many."""
    table = timetable()
    at = local(local_day(now), table.hazard_at)
    at = at if at <= now else local(local_day(now) - timedelta(days=1), table.hazard_at)
    with transaction.atomic():
        locks.hold(READER)
        last = Moment.objects.filter(kind=NotificationKind.HAZARD).order_by("-at").first()
        if last is not None and last.at >= at:
            return 0
        Moment.objects.create(at=at, kind=NotificationKind.HAZARD, due_at=at, planned_at=now)
        today = local_day(at)
        missed = min((today - local_day(last.at)).days, WEEK) if last is not None else 1
        return _tell(at, [today - timedelta(days=days) for days in range(missed)], table)


def _tell(at: datetime, days: Sequence[date], table: Timetable) -> int:
    today = days[0]
    found = [_parties(hazard, today) for hazard in _news(days, table)]
    bodies = {body for parties in found for body in parties.bodies}
    posts = {post for parties in found for post in parties.posts}
    users = users_of(posts, bodies, at)
    told = {user for body in bodies for user in users.get(("body", body), ())}
    told |= {user for post in posts for user in users.get(("post", post), ())}
    made = [Notification(user_id=user, kind=NotificationKind.HAZARD, at=at, look_at=at) for user in sorted(told)]
    return len(Notification.objects.bulk_create(made))


def _news(days: Sequence[date], table: Timetable) -> list[Hazard]:
    """What there is to tell of on these days, the last of which comes first: deadlines that come near or have just
    passed, and on the day of the week all that waits."""
    ahead = {day + timedelta(days=before) for day in days for before in table.hazard_days_before}
    near = [day for day in ahead if day >= days[0]] + [day - timedelta(days=1) for day in days]
    which = Q(state__in=TO_RECTIFY, deadline__in=near)
    if any(day.weekday() == table.hazard_weekday for day in days):
        which |= _waits(days[0])
    return list(_read(which))


def waiting_for(notifications: Collection[Notification], now: datetime) -> dict[int, Waitings]:
    """What each of these notifications is about by now, by its id; nothing where nothing waits any more. Five queries
    for all."""
    if not notifications:
        return {}
    today = local_day(now)
    soon = today + timedelta(days=timetable().hazard_days_before[0])
    held = _held_by([one.user for one in notifications], today)
    waits = _waits(today) | Q(state__in=TO_RECTIFY, deadline__range=(today, soon))
    rows = [(hazard, _parties(hazard, today)) for hazard in _read(waits & _of(held.values()))]
    found = {
        one.pk: tuple(_told(hazard, today) for hazard, parties in rows if _is_for(parties, held[one.user_id]))
        for one in notifications
    }
    return {pk: Waitings(rows) for pk, rows in found.items() if rows}


def _waits(on: date) -> Q:
    """What is late, and what is listed and open."""
    stands = Listing.objects.filter(delisted_on__isnull=True)
    return Q(pk__in=stands.values("hazard"), state__in=OPEN) | overdue(on)


def _of(parties: Iterable[Parties]) -> Q:
    """What is in these hands."""
    every = list(parties)
    bodies = frozenset[int]().union(*(each.bodies for each in every))
    posts = frozenset[int]().union(*(each.posts for each in every))
    named = Listing.objects.filter(
        Q(rectifying_unit__in=bodies) | Q(supervising_unit__in=bodies), delisted_on__isnull=True
    )
    return Q(rectifying_unit__in=bodies) | Q(post__in=posts) | Q(pk__in=named.values("hazard"))


def _read(which: Q) -> QuerySet[Hazard]:
    """The earliest deadline first."""
    stands = Prefetch("listings", Listing.objects.filter(delisted_on__isnull=True))
    rows = Hazard.objects.filter(which).select_related("site", "division").prefetch_related(stands)
    return rows.order_by("deadline", "pk")


def _parties(hazard: Hazard, on: date) -> Parties:
    """For whom it waits: the holder of its post hears of what is late."""
    units = {hazard.rectifying_unit_id} if _is_near(hazard, on) else set()
    if missing_points(hazard):
        for listing in hazard.listings.all():
            units |= {listing.rectifying_unit_id, listing.supervising_unit_id}
    post = hazard.post_id if is_overdue(hazard, on) else None
    return Parties(frozenset(unit for unit in units if unit is not None), frozenset([post] if post else []))


def _is_near(hazard: Hazard, on: date) -> bool:
    """Whether its deadline is near or past."""
    soon = on + timedelta(days=timetable().hazard_days_before[0])
    return hazard.state in TO_RECTIFY and hazard.deadline is not None and hazard.deadline <= soon


def _is_for(parties: Parties, held: Parties) -> bool:
    return bool(parties.bodies & held.bodies or parties.posts & held.posts)


def _held_by(users: Collection[User], on: date) -> dict[int, Parties]:
    """The units and posts of each of these users, by their ids."""
    bodies = {user.pk: {body for body in (user.organisation_id,) if body is not None} for user in users}
    posts: dict[int, set[int]] = {user.pk: set() for user in users}
    owners = {user.leader_id: user.pk for user in users if user.leader_id is not None}
    held = Tenure.objects.filter(standing(on), leader__in=owners)
    for leader, post, body in held.values_list("leader", "post", "post__organisation"):
        posts[owners[leader]].add(post)
        bodies[owners[leader]].add(body)
    return {pk: Parties(frozenset(bodies[pk]), frozenset(posts[pk])) for pk in bodies}


def _told(hazard: Hazard, on: date) -> Waiting:
    lacking = tuple(missing_points(hazard)) if hazard.listings.all() else ()
    days = (on - hazard.deadline).days if hazard.deadline and _is_near(hazard, on) else None
    place = hazard.site.name if hazard.site else hazard.site_name or hazard.division.name
    return Waiting(hazard.description, place, lacking, hazard.deadline, days)
