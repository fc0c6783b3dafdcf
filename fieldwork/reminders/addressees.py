"""Whom a notification is for by now: what is addressed to a post or a unit follows whoever holds it.

A person's own duties and verdicts stay theirs, whatever posts they leave.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from fieldwork.core.periods import local_day
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.queries import standing
from fieldwork.reminders.enums import DeliveryState
from fieldwork.reminders.models import Delivery, Notification


def users_of(posts: Collection[int], bodies: Collection[int], at: datetime) -> dict[tuple[str, int], set[int]]:
    """The ids of active users: of a post's holders, of a unit's own accounts and holders of posts; two queries."""
    day, found = local_day(at), defaultdict[tuple[str, int], set[int]](set)
    if posts or bodies:
        held = Tenure.objects.filter(standing(day), Q(post__in=posts) | Q(post__organisation__in=bodies))
        for user, post, body in held.filter(leader__user__is_active=True).values_list(
            "leader__user", "post", "post__organisation"
        ):
            found["post", post].add(user)
            found["body", body].add(user)
    if bodies:
        units = User.objects.filter(organisation__in=bodies, is_active=True)
        for user, body in units.values_list("pk", "organisation"):
            found["body", body or 0].add(user)
    return found


def concerned(notifications: Iterable[Notification], at: datetime) -> dict[int, set[int]]:
    """For each that is addressed to a post or unit, the ids of the users whom it is for at that instant."""
    keys = {one.pk: _key(one) for one in notifications if one.post_id or one.organisation_id}
    if not keys:
        return {}
    posts = {pk for kind, pk in keys.values() if kind == "post"}
    bodies = {pk for kind, pk in keys.values() if kind == "body"}
    users = users_of(posts, bodies, at)
    return {pk: users.get(key, set()) for pk, key in keys.items()}


def hand_on(notifications: Collection[Notification], now: datetime) -> list[Notification]:
    """End those whose reader no longer holds the post, begin them for who does; answers the others.

    The caller holds the lock of the plan. Who has the same already is not told again.
    """
    by_now = concerned(notifications, now)
    stale = [one for one in notifications if one.pk in by_now and one.user_id not in by_now[one.pk]]
    if not stale:
        return list(notifications)
    ids = {one.pk for one in stale}
    # What is being sent ends by itself.
    free = Q(state=DeliveryState.PLANNED) | Q(state=DeliveryState.CLAIMED, claimed_until__lte=now)
    Delivery.objects.filter(free, notification__in=ids).update(
        state=DeliveryState.SILENT, ended_at=now, claimed_until=None
    )
    Notification.objects.filter(pk__in=ids).update(look_at=None)
    successors = [_for(one, user, now) for one in stale for user in sorted(by_now[one.pk])]
    _take_up_again(successors, now)
    Notification.objects.bulk_create(successors, ignore_conflicts=True)
    return [one for one in notifications if one.pk not in ids]


def _take_up_again(successors: Sequence[Notification], now: datetime) -> None:
    """Who held the post before, was not told for having left it, and holds it again."""
    keys = {(one.at, one.kind, one.user_id, one.subject) for one in successors}
    before = Notification.objects.filter(
        at__in={at for at, *_rest in keys}, user__in={user for _at, _kind, user, _subject in keys},
        delivered_at=None, look_at=None,
    )  # fmt: skip
    ids = [one.pk for one in before if (one.at, one.kind, one.user_id, one.subject) in keys]
    if ids:
        Delivery.objects.filter(notification__in=ids, state=DeliveryState.SILENT).update(
            state=DeliveryState.PLANNED, ended_at=None, not_before=now
        )
        Notification.objects.filter(pk__in=ids).update(look_at=now)


def _key(one: Notification) -> tuple[str, int]:
    return ("post", one.post_id) if one.post_id else ("body", one.organisation_id or 0)


def _for(one: Notification, user: int, now: datetime) -> Notification:
    return Notification(
        user_id=user, kind=one.kind, at=one.at, due_at=one.due_at, subject=one.subject, urgent=one.urgent,
        post_id=one.post_id, organisation_id=one.organisation_id, hazard_id=one.hazard_id, look_at=now,
    )  # fmt: skip
