"""Changes of who is where, with what they do to duties at once: one transaction over directory and duties."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from fieldwork.core.events import Actor
from fieldwork.core.periods import Period
from fieldwork.directory import actions as directory
from fieldwork.directory.dated import end
from fieldwork.directory.models import Leader, Linkage, Post, Tenure
from fieldwork.duties.models import Opening
from fieldwork.duties.reconcile import reconcile_leader


def appoint(*, leader: Leader, post: Post, starts_on: date, by: Actor, at: datetime, **more: Any) -> Tenure:
    """Give a leader a post; errors as `directory.actions.appoint`. Whoever else holds it is looked at again too."""
    with transaction.atomic():
        tenure = directory.appoint(leader=leader, post=post, starts_on=starts_on, by=by, at=at, **more)
        _follow(_holders(post), tenure.starts_on, by, at)
    return tenure


def end_tenure(*, tenure: Tenure, ends_on: date | None, by: Actor, at: datetime) -> Tenure:
    """End a tenure and its linkages on a day, or take the end back with None; errors as `directory.dated.end`."""
    with transaction.atomic():
        since = _earlier(ends_on, tenure.ends_on)
        tenure = end(tenure, ends_on=ends_on, by=by, at=at)
        _follow(_holders(tenure.post), since, by, at)
    return tenure


def link(*, tenure: Tenure, starts_on: date, by: Actor, at: datetime, **more: Any) -> Linkage:
    """Link a tenure to a target from a day; errors as `directory.actions.link`."""
    with transaction.atomic():
        linkage = directory.link(tenure=tenure, starts_on=starts_on, by=by, at=at, **more)
        _follow([tenure.leader], linkage.starts_on, by, at)
    return linkage


def end_linkage(*, linkage: Linkage, ends_on: date | None, by: Actor, at: datetime) -> Linkage:
    """End a linkage on a day, or take the end back with None; errors as `directory.dated.end`."""
    with transaction.atomic():
        since = _earlier(ends_on, linkage.ends_on)
        linkage = end(linkage, ends_on=ends_on, by=by, at=at)
        _follow([linkage.tenure.leader], since, by, at)
    return linkage


def _earlier(one: date | None, other: date | None) -> date:
    """The earlier of two ends, None being never; a day after all if both are."""
    return min(one or date.max, other or date.max)


def _holders(post: Post) -> Iterable[Leader]:
    return Leader.objects.filter(tenures__post=post).distinct().order_by("pk")


def _follow(leaders: Iterable[Leader], since: date, by: Actor, at: datetime) -> None:
    """Bring these people's opened periods to the new facts, in the order in which everybody locks periods."""
    names = Opening.objects.filter(ends_on__gte=since).values_list("period", flat=True)
    for period in sorted(map(Period.parse, names)):
        for leader in leaders:
            reconcile_leader(period, leader, by=by, at=at)
