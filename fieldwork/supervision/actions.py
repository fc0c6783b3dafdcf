"""Changes of who is where, with what they do to duties at once: one transaction over directory and duties."""

from collections.abc import Collection
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import invalid
from fieldwork.core.events import Actor
from fieldwork.core.periods import Period
from fieldwork.directory import actions as directory
from fieldwork.directory.dated import end
from fieldwork.directory.models import Leader, Linkage, Post, Tenure
from fieldwork.duties.models import Obligation, Role
from fieldwork.duties.reconcile import reconcile_some
from fieldwork.duties.schedule import opened_since
from fieldwork.supervision.months.amending import amend

AT_ONCE = 200  # people whose periods are brought to the new facts before the answer; of more the worker does it


def appoint(*, leader: Leader, post: Post, starts_on: date, by: Actor, at: datetime, **more: Any) -> Tenure:
    """Give a leader a post; errors as `directory.actions.appoint`. Whoever else holds it is looked at again too."""
    with transaction.atomic():
        tenure = directory.appoint(leader=leader, post=post, starts_on=starts_on, by=by, at=at, **more)
        follow_holders(post, tenure.starts_on, by, at)
    return tenure


def end_tenure(*, tenure: Tenure, ends_on: date | None, reason: str = "", by: Actor, at: datetime) -> Tenure:
    """End a tenure and its linkages on a day, or take the end back with None; errors as `directory.dated.end`."""
    with transaction.atomic():
        since = _earlier(ends_on, Tenure.objects.get(pk=tenure.pk).ends_on)
        tenure = end(tenure, ends_on=ends_on, reason=reason, by=by, at=at)
        follow_holders(tenure.post, since, by, at)
    return tenure


def link(*, tenure: Tenure, starts_on: date, by: Actor, at: datetime, **more: Any) -> Linkage:
    """Link a tenure to a target from a day; errors as `directory.actions.link`."""
    with transaction.atomic():
        linkage = directory.link(tenure=tenure, starts_on=starts_on, by=by, at=at, **more)
        follow_leaders(Leader.objects.filter(pk=tenure.leader_id), linkage.starts_on, by, at)
    return linkage


def end_linkage(*, linkage: Linkage, ends_on: date | None, reason: str = "", by: Actor, at: datetime) -> Linkage:
    """End a linkage on a day, or take the end back with None; errors as `directory.dated.end`."""
    with transaction.atomic():
        since = _earlier(ends_on, Linkage.objects.get(pk=linkage.pk).ends_on)
        linkage = end(linkage, ends_on=ends_on, reason=reason, by=by, at=at)
        follow_leaders(Leader.objects.filter(pk=linkage.tenure.leader_id), since, by, at)
    return linkage


def withdraw_linkage(*, linkage: Linkage, by: Actor, at: datetime) -> None:
    """Take back a linkage that has not begun; errors as `directory.actions.withdraw_linkage`."""
    with transaction.atomic():
        leaders, since = Leader.objects.filter(pk=linkage.tenure.leader_id), linkage.starts_on
        directory.withdraw_linkage(linkage, by=by, at=at)
        follow_leaders(leaders, since, by, at)


def create_post(*, role: str, by: Actor, at: datetime, **more: Any) -> Post:
    """A seat whose `role` some policy knows, else `invalid`; other errors as `directory.actions.create_post`."""
    if role and not Role.objects.filter(code=role).exists():
        check_role(role, set(Role.objects.values_list("code", flat=True)))
    return directory.create_post(role=role, by=by, at=at, **more)


def check_role(role: str, known: Collection[str]) -> None:
    """`invalid` on `role` for a code that is not among the known ones, with what was probably meant."""
    if role in known:
        return
    near = get_close_matches(role, sorted(known), n=1)
    if near:
        raise invalid("role", _("No policy knows this role. Did you mean %(role)s?") % {"role": near[0]})
    roles = ", ".join(sorted(known)) or "–"
    raise invalid("role", _("No policy knows this role. Known: %(roles)s.") % {"roles": roles})


def _earlier(one: date | None, other: date | None) -> date:
    """The earlier of two ends, None being never; a day after all if both are."""
    return min(one or date.max, other or date.max)


def follow_holders(post: Post, since: date, by: Actor, at: datetime) -> None:
    """Bring opened periods to what holds of a post from that day on: for whoever holds or held it in the year that a
    change on that day can touch. In the caller's transaction."""
    ending_later = Tenure.objects.filter(post=post).exclude(ends_on__lt=date(since.year, 1, 1))
    follow_leaders(Leader.objects.filter(tenures__in=ending_later), since, by, at)


def follow_leaders(leaders: QuerySet[Leader], since: date, by: Actor, at: datetime) -> None:
    """Bring these people's opened periods to facts that differ from that day on; in the caller's transaction."""
    ids = sorted(set(leaders.values_list("pk", flat=True)))
    for period in opened_since(since):
        if reconcile_some(period, leaders=ids, by=by, at=at).total:
            _amend(period, Q(leader__in=ids), at)


def follow_bodies(bodies: Collection[int], since: date, by: Actor, at: datetime) -> None:
    """The same for what these bodies owe, by themselves or to those above; what is owed to them the worker looks at."""
    for period in opened_since(since):
        if reconcile_some(period, organisations=bodies, by=by, at=at).total:
            _amend(period, Q(organisation__in=bodies) | Q(lower_organisation__in=bodies), at)


def _amend(period: Period, owed: Q, at: datetime) -> None:
    ids = Obligation.objects.filter(owed, period=str(period)).values_list("pk", flat=True)
    amend(period, now=at, obligations=list(ids))
