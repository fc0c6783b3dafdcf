"""Mergers over all rooms: what hung at a body or division that is no more hangs at the one that took it in.

A merger is stored or only tried; either way it answers what it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory import division_mergers, mergers
from fieldwork.directory.division_mergers import Fates
from fieldwork.directory.mergers import Merged, Merger
from fieldwork.directory.models import Division, Leader, Organisation, User
from fieldwork.directory.queries import leader_ids
from fieldwork.directory.rules import manageable
from fieldwork.duties.models import Tracking
from fieldwork.duties.policies import untrack
from fieldwork.duties.succession import pass_visits_on
from fieldwork.hazards.enums import OPEN
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.succession import pass_on
from fieldwork.supervision.actions import AT_ONCE, follow_bodies, follow_leaders


@dataclass(frozen=True, slots=True)
class Followed:
    """What was, or would be, merged; how many open hazards went along, and how many belong to a post, or are in the
    hands of a body, in whose place none is. `untracked`: rules that were switched on for the division itself."""

    merged: Merged
    hazards: int
    hazards_of_nobody: int
    untracked: int = 0
    dry_run: bool = False


def merge_body(
    source: Organisation, into: Organisation | None, this: Merger, *, dry_run: bool = False, by: User, at: datetime
) -> Followed:  # fmt: skip
    """`directory.mergers.merge_body`, with open hazards and opened periods."""
    units = User.objects.filter(organisation=source).select_related("division", "organisation__division")

    def merge() -> Merged:
        return mergers.merge_body(source, into, this, by=by, at=at)

    return _all(merge, units if into else units.none(), this, {}, dry_run, by, at)


def merge_division(
    source: Division, into: Division, fates: Fates, this: Merger, *, dry_run: bool = False, by: User, at: datetime
) -> Followed:  # fmt: skip
    """`directory.division_mergers.merge_division`, with open hazards and opened periods, and what was tracked there."""
    divisions = {source.pk: into.pk}
    theirs = Q(division=source) | Q(organisation__division=source)
    accounts = User.objects.filter(theirs).select_related("division", "organisation__division").order_by("pk")

    def merge() -> Merged:
        return division_mergers.merge_division(source, into, fates, this, by=by, at=at)

    return _all(merge, accounts, this, divisions, dry_run, by, at)


def _all(
    merge: Callable[[], Merged], accounts: QuerySet[User], this: Merger, divisions: dict[int, int], dry_run: bool,
    by: User, at: datetime,
) -> Followed:  # fmt: skip
    with transaction.atomic():
        _refuse_unmanaged(list(accounts), by, at)
        done = merge()
        _refuse_own(done, by, at)
        untracked = sum(_untrack(Division.objects.get(pk=pk), this, by, at) for pk in divisions)
        posts = {post.pk: other.pk for post, other in done.posts.items() if other is not None}
        bodies = {body.pk: other.pk for body, other in done.bodies.items() if other is not None}
        hazards = pass_on(bodies=bodies, posts=posts, divisions=divisions, by=by, at=at)
        dissolved = [body.pk for body, other in done.bodies.items() if other is None]
        nobody = Q(post__in=[post.pk for post in done.posts]) | Q(rectifying_unit__in=dissolved)
        left = Hazard.objects.filter(nobody, state__in=OPEN).count()
        visitors = pass_visits_on(divisions=divisions, bodies=bodies, since=this.on)
        if dry_run:
            transaction.set_rollback(True)
        else:
            _follow(done, visitors, this, by, at)
    return Followed(done, hazards, left, untracked, dry_run)


def _refuse_own(done: Merged, by: User, at: datetime) -> None:
    """As of any tenure: nobody ends their own, or that of whom they act for."""
    own = set(leader_ids(by, local_day(at)))
    ended = {tenure.leader_id for tenure in done.tenures}
    ended |= {one.leader.pk for one in done.linkages if one.target is None}
    if ended & own:
        raise DomainError(Code.NOT_ALLOWED, _("It would end your own tenure or link, or that of whom you act for."))


def _refuse_unmanaged(accounts: list[User], by: User, at: datetime) -> None:
    """No account goes where whoever merges may not put it: an administrator's only by one."""
    managed = {user.pk for user in manageable(by, accounts, local_day(at))}
    others = [user.username for user in accounts if user.pk not in managed]
    if others:
        words = _("Accounts that you do not manage belong to it; they have to be changed first: %(names)s.")
        raise DomainError(Code.NOT_ALLOWED, words % {"names": ", ".join(others)})


def _untrack(division: Division, this: Merger, by: Actor, at: datetime) -> int:
    rows = Tracking.objects.filter(division=division).exclude(ends_on__lte=this.eve).select_related("policy")
    policies = {row.policy: {each.rule_code for each in rows if each.policy_id == row.policy_id} for row in rows}
    return sum(
        untrack(policy, codes, division=division, ends_on=this.eve, by=by, at=at) for policy, codes in policies.items()
    )


def _follow(done: Merged, visitors: set[int], this: Merger, by: Actor, at: datetime) -> None:
    touched = visitors | {tenure.leader_id for tenure in done.tenures} | {one.leader.pk for one in done.linkages}
    if len(touched) <= AT_ONCE:
        follow_leaders(Leader.objects.filter(pk__in=touched), this.eve, by, at)
    bodies = {each.pk for pair in done.bodies.items() for each in pair if each is not None}
    follow_bodies(sorted(bodies), this.eve, by, at)
