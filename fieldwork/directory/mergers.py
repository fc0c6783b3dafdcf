"""Bodies and divisions that are merged (撤并) into another: they end, and what goes on goes on at the other.

Unlike a division that goes on under a new row (`successions`), a merged one keeps its bodies, posts, tenures and links
as they were to their last day: its past years are told, and counted, where they were.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.events import Actor
from fieldwork.core.periods import local_day
from fieldwork.directory.accounts import change_user
from fieldwork.directory.bounds import hold_divisions, lock_all
from fieldwork.directory.dated import end
from fieldwork.directory.handing import leave
from fieldwork.directory.models import Dated, Division, Linkage, Organisation, Post, Site, Tenure, User
from fieldwork.directory.queries import lasting
from fieldwork.directory.records import path_of, record, record_all, told
from fieldwork.directory.relinking import Relinked, relink

R = TypeVar("R", bound=Dated)
M = TypeVar("M", bound=Model)
P = TypeVar("P", Division, Organisation)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Merger:
    """When and why: `on` is the first day without what is merged, not after today; `reason` names the decision."""

    on: date
    reason: str

    @property
    def eve(self) -> date:
        return self.on - _DAY


@dataclass
class Merged:
    """What a merger did. `posts`: to which post of the other body each one's open business goes, None: to none.

    `tenures` are those that it ended; `linkages` those that led to what is merged, each with the one in its place;
    `marks` those of a problem town that is no more, each with the one that the other town has in its place.
    """

    bodies: dict[Organisation, Organisation | None] = field(default_factory=dict)
    posts: dict[Post, Post | None] = field(default_factory=dict)
    tenures: list[Tenure] = field(default_factory=list)
    linkages: list[Relinked] = field(default_factory=list)
    accounts: list[User] = field(default_factory=list)
    sites: int = 0
    marks: dict[int, int] = field(default_factory=dict)

    def add(self, more: "Merged") -> None:
        """What a body's merger did, as part of its division's."""
        self.bodies |= more.bodies
        self.posts |= more.posts
        self.tenures += more.tenures
        self.linkages += more.linkages
        self.accounts += more.accounts
        self.sites += more.sites


@transaction.atomic
def merge_body(
    source: Organisation, into: Organisation | None, this: Merger, *, by: Actor, at: datetime
) -> Merged:  # fmt: skip
    """End a body with its posts and tenures on the eve; links to it, sites and accounts go on at `into`.

    Without `into` it is dissolved: links to it end, sites and accounts stay named after it. Who held its posts holds
    none there from `on`: whom `into` takes over is decided and entered as any tenure is. Raises `invalid` on `on`,
    `reason` or `into`. Tells `organisation.merged`, after the events of each row.
    """
    check(this, at)
    hold_divisions()
    rows = lock_all(Organisation, [source.pk, *([into.pk] if into else [])], "division")
    source, into = rows[source.pk], rows[into.pk] if into else None
    _check_bodies(source, into, this)
    done = Merged(bodies={source: into})
    _empty_posts(done, source, into, this, by, at)
    done.linkages += relink(Linkage.objects.filter(organisation=source), into, this.on, this.reason, by=by, at=at)
    if into is not None:
        done.sites = move(
            Site.objects.filter(regulator=source).select_related("division"), "regulator", into, by=by, at=at
        )
        users = User.objects.filter(organisation=source).order_by("pk")
        done.accounts = [change_user(user, organisation=into, by=by, at=at) for user in users]
    source = end(source, ends_on=this.eve, reason=this.reason, by=by, at=at)
    source.merged_into = into
    source.save(update_fields=["merged_into"])
    record(
        "merged", source, by=by, at=at, since=this.on, reason=this.reason,
        now={"merged_into_id": source.merged_into_id},
        posts={post.pk: other.pk if other else None for post, other in done.posts.items()},
        tenures=[one.pk for one in done.tenures], sites=done.sites, accounts=[one.pk for one in done.accounts],
        linkages=[{"from": one.source, "to": one.target} for one in done.linkages],
    )  # fmt: skip
    return done


def move(rows: QuerySet[M], field: str, to: Division | Organisation, *, by: Actor, at: datetime) -> int:
    """Let a column of all these rows refer to another; tells `<noun>.changed` of each. Answers how many."""
    column = f"{field}_id"
    changed, since = [], local_day(at)
    for row in rows.order_by("pk").select_for_update(of=("self",), no_key=True):
        was = {column: getattr(row, column)}
        setattr(row, field, to)
        changed.append(told("changed", row, since=since, path=path_of(row), was=was, now={column: to.pk}))
    rows.model._default_manager.filter(pk__in=[one.about[1] for one in changed]).update(**{column: to.pk})
    record_all(changed, by=by, at=at)
    return len(changed)


def check(this: Merger, at: datetime) -> None:
    """Sites, accounts and hazards follow at once, so that it cannot be entered ahead."""
    if this.on > local_day(at):
        raise invalid("on", _("A merger cannot be entered before its first day; enter it on that day or later."))
    if not this.reason.strip():
        raise invalid("reason", _("Say why, or by which document."))


def check_stand(source: Dated, into: Dated | None, this: Merger) -> None:
    """What is merged stands to the eve at least; what it goes into stands from that day on."""
    if source.ends_on is not None and source.ends_on < this.on:
        raise DomainError(Code.WRONG_STATE, _("It has ended already, on %(day)s.") % {"day": source.ends_on})
    if source.starts_on >= this.on:
        raise invalid("on", _("It began only on %(day)s.") % {"day": source.starts_on})
    if into is None:
        return
    if into.pk == source.pk:
        raise invalid("into", _("It cannot be merged into itself."))
    if into.starts_on > this.on or into.ends_on is not None:
        raise invalid("into", _("What it is merged into stands from that day on, without an end."))


def _check_bodies(source: Organisation, into: Organisation | None, this: Merger) -> None:
    check_stand(source, into, this)
    if into is not None and into.kind != source.kind:
        raise invalid("into", _("Both bodies are of one kind: %(kind)s.") % {"kind": source.get_kind_display()})


def _empty_posts(
    done: Merged, source: Organisation, into: Organisation | None, this: Merger, by: Actor, at: datetime
) -> None:
    posts = beyond(source.posts.all(), this)
    for post in posts:
        tenures = beyond(post.tenures.select_related("leader", "post__organisation__division"), this)
        for tenure in tenures:
            leave(tenure, this.eve, this.reason, by, at)
        done.tenures += tenures
        end(post, ends_on=this.eve, reason=this.reason, by=by, at=at)
    done.posts = _counterparts(posts, into, this.on)


def beyond(rows: QuerySet[R], this: Merger) -> list[R]:
    """Those that outlast the eve; `invalid` where one begins only after it, for that cannot be undone here."""
    found = list(rows.filter(lasting(this.on)).order_by("pk"))
    late = [FieldError("on", Code.INVALID, _begins_late(row)) for row in found if row.starts_on >= this.on]
    if late:
        raise DomainError(Code.INVALID, errors=tuple(late))
    return found


def _begins_late(row: Dated) -> str:
    words = _("%(what)s begins on %(day)s, when it is merged already: choose a later day, or end that first.")
    return str(words) % {"what": str(row), "day": row.starts_on}


def goes_on_at(post: Post, on: date) -> Post:
    """The post that has the open business of one whose body was merged: by then; itself, where there is none."""
    while (into := post.organisation.merged_into) is not None:
        other = _counterparts([post], into, on)[post]
        if other is None:
            break
        post = other
    return post


def taken_in_by(merged: P) -> P:
    """What a division or body goes on as that was merged; itself, where it was not."""
    while merged.merged_into is not None:
        merged = merged.merged_into
    return merged


def _counterparts(posts: Iterable[Post], into: Organisation | None, on: date) -> dict[Post, Post | None]:
    """The one post of that role in the other body; else the one in charge of work safety there; else none."""
    there = [] if into is None else list(into.posts.filter(lasting(on)))
    in_charge = [each for each in there if each.safety_portfolio]
    alike: Mapping[int, list[Post]] = {
        post.pk: [each for each in there if post.role and each.role == post.role] for post in posts
    }
    return {post: next((few[0] for few in (alike[post.pk], in_charge) if len(few) == 1), None) for post in posts}
