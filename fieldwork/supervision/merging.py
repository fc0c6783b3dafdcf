"""Mergers over all rooms: what hung at a body or division that is no more hangs at the one that took it in.

A merger is stored or only tried; either way it answers what it does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db import transaction

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory import division_mergers, mergers
from fieldwork.directory.division_mergers import Fates, MergedDivision
from fieldwork.directory.mergers import Merged, Merger
from fieldwork.directory.models import Division, Leader, Organisation, User
from fieldwork.directory.queries import leader_ids
from fieldwork.duties.models import Tracking
from fieldwork.duties.policies import untrack
from fieldwork.hazards.enums import OPEN
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.succession import pass_on
from fieldwork.supervision.actions import follow_bodies, follow_leaders

M = TypeVar("M", bound=Merged)
AT_ONCE = 200  # people whose periods are brought to the new facts before the answer; of more the worker does it


@dataclass(frozen=True, slots=True)
class Followed(Generic[M]):
    """What was, or would be, merged; how many open hazards went along, and how many of an ended post found none in its
    place and now belong to nobody. `untracked`: rules that were switched on for the division itself."""

    merged: M
    hazards: int
    hazards_of_nobody: int
    untracked: int = 0
    dry_run: bool = False


def merge_body(
    source: Organisation, into: Organisation | None, this: Merger, *, dry_run: bool = False, by: User, at: datetime
) -> Followed[Merged]:  # fmt: skip
    """`directory.mergers.merge_body`, with open hazards and opened periods."""
    return _all(lambda: mergers.merge_body(source, into, this, by=by, at=at), this, {}, dry_run, by, at)


def merge_division(
    source: Division, into: Division, fates: Fates, this: Merger, *, dry_run: bool = False, by: User, at: datetime
) -> Followed[MergedDivision]:  # fmt: skip
    """`directory.division_mergers.merge_division`, with open hazards and opened periods, and what was tracked there."""
    divisions = {source.pk: into.pk}

    def merge() -> MergedDivision:
        return division_mergers.merge_division(source, into, fates, this, by=by, at=at)

    return _all(merge, this, divisions, dry_run, by, at)


def _all(
    merge: Callable[[], M], this: Merger, divisions: dict[int, int], dry_run: bool, by: User, at: datetime
) -> Followed[M]:  # fmt: skip
    with transaction.atomic():
        done = merge()
        _refuse_own(done, by, at)
        untracked = sum(_untrack(Division.objects.get(pk=pk), this, by, at) for pk in divisions)
        posts = {post.pk: other.pk for post, other in done.posts.items() if other is not None}
        bodies = {body.pk: other.pk for body, other in done.bodies.items() if other is not None}
        hazards = pass_on(bodies=bodies, posts=posts, divisions=divisions, by=by, at=at)
        left = Hazard.objects.filter(state__in=OPEN, post__in=[post.pk for post in done.posts]).count()
        if dry_run:
            transaction.set_rollback(True)
        else:
            _follow(done, this, by, at)
    return Followed(done, hazards, left, untracked, dry_run)


def _refuse_own(done: Merged, by: User, at: datetime) -> None:
    """As of any tenure: nobody ends their own, or that of whom they act for."""
    own = set(leader_ids(by, local_day(at)))
    if any(tenure.leader_id in own for tenure in done.tenures):
        raise DomainError(Code.NOT_ALLOWED)


def _untrack(division: Division, this: Merger, by: Actor, at: datetime) -> int:
    rows = Tracking.objects.filter(division=division).exclude(ends_on__lte=this.eve).select_related("policy")
    policies = {row.policy: {each.rule_code for each in rows if each.policy_id == row.policy_id} for row in rows}
    return sum(
        untrack(policy, codes, division=division, ends_on=this.eve, by=by, at=at) for policy, codes in policies.items()
    )


def _follow(done: Merged, this: Merger, by: Actor, at: datetime) -> None:
    linked = [one.source for one in done.linkages]
    touched = Leader.objects.filter(tenures__in=[tenure.pk for tenure in done.tenures]) | Leader.objects.filter(
        tenures__linkages__in=linked
    )
    if touched.distinct().count() <= AT_ONCE:
        follow_leaders(touched.distinct(), this.eve, by, at)
    bodies = {each.pk for pair in done.bodies.items() for each in pair if each is not None}
    follow_bodies(sorted(bodies), this.eve, by, at)
