"""Whoever takes over a post is told what came with it, and whoever holds one, that its linkages changed.

Both are addressed to the post and told on the next morning, once for all that changed since the last: what is said is
read from the rows then.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.directory.models import Linkage, Tenure
from fieldwork.directory.queries import standing
from fieldwork.hazards.enums import OPEN
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.addressees import users_of
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Notification
from fieldwork.reminders.quiet import local, next_morning
from fieldwork.reminders.timetable import timetable

LINKAGES = frozenset({"linkage.begun", "linkage.ended"})
TENURES = frozenset({"tenure.begun"})
AHEAD = timedelta(days=60)  # what begins later is no news yet
PAST = timedelta(days=31)  # what began or ended earlier is history that is entered late


def plan_posts(unread: Iterable[Event], since: datetime, now: datetime) -> int:
    """Make the notifications of what these events, younger than `since`, changed; answers how many.

    The caller holds the reader of the feed.
    """
    young = [event for event in unread if event.at > since]
    taken = list(_taken_over({int(event.object_id) for event in young if event.kind in TENURES}, now))
    linked = _linked({int(event.object_id) for event in young if event.kind in LINKAGES}, taken, now)
    at = next_morning(now, timetable().news_at)
    holders = users_of(linked, (), now)
    made = [
        _notification(NotificationKind.LINKAGE, user, post, at)
        for post in sorted(linked)
        for user in sorted(holders.get(("post", post), ()))
    ]
    for tenure in taken:
        begins = max(at, local(tenure.starts_on, timetable().news_at))
        made.append(_notification(NotificationKind.POST, tenure.leader.user.pk, tenure.post_id, begins))
    return len(Notification.objects.bulk_create(made, ignore_conflicts=True))


def _notification(kind: NotificationKind, user: int, post: int, at: datetime) -> Notification:
    return Notification(user_id=user, kind=kind, at=at, post_id=post, subject=f"post:{post}", look_at=at)


def _linked(linkages: Collection[int], taken: Collection[Tenure], now: datetime) -> set[int]:
    """The posts whose linkages changed about now.

    What ends with its tenure is no news of the post, nor what came with one just taken over, of which that tells.
    """
    today, found = local_day(now), set()
    rows = Linkage.objects.filter(standing(today, "tenure__"), pk__in=linkages).exclude(tenure__in=taken)
    for post, *days in rows.values_list("tenure__post", "starts_on", "ends_on"):
        if any(today - PAST <= day <= today + AHEAD for day in days if day is not None):
            found.add(post)
    return found


def _taken_over(tenures: Collection[int], now: datetime) -> QuerySet[Tenure]:
    """Those that begin about now, in posts that somebody else held before, of leaders with an account."""
    today = local_day(now)
    before = Tenure.objects.filter(post=OuterRef("post"), starts_on__lt=OuterRef("starts_on"))
    begun = Tenure.objects.filter(
        Exists(before.exclude(leader=OuterRef("leader"))), pk__in=tenures, leader__user__is_active=True,
        starts_on__gt=today - PAST, starts_on__lte=today + AHEAD,
    )  # fmt: skip
    return begun.select_related("leader__user").order_by("pk")


@dataclass(frozen=True, slots=True)
class Held:
    """A post in words: since when this leader holds it, its places, industries and departments, its open hazards."""

    post: str
    since: date
    linked: tuple[str, ...]
    hazards: int


def held_by(notifications: Collection[Notification], now: datetime) -> dict[int, Held]:
    """The post that each of these is about, by its id, while its reader holds it; three queries for all."""
    posts = {one.post_id for one in notifications if one.post_id}
    if not posts:
        return {}
    today = local_day(now)
    readers = {one.user_id for one in notifications}
    tenures = Tenure.objects.filter(standing(today), post__in=posts, leader__user__in=readers)
    rows = {(one.post_id, one.leader.user.pk): one for one in tenures.select_related("leader__user", "post")}
    linked: dict[int, list[str]] = defaultdict(list)
    links = Linkage.objects.filter(standing(today), tenure__in=list(rows.values()))
    for link in links.select_related("division", "industry", "organisation").order_by("kind", "pk"):
        linked[link.tenure_id].append(str(link.division or link.industry or link.organisation))
    hazards = Hazard.objects.filter(Q(post__in=posts), state__in=OPEN).values("post").annotate(number=Count("pk"))
    number = dict(hazards.order_by().values_list("post", "number"))
    return {
        one.pk: Held(str(row.post), row.starts_on, tuple(linked[row.pk]), number.get(row.post_id, 0))
        for one in notifications
        if one.post_id and (row := rows.get((one.post_id, one.user_id)))
    }
