"""From one holder of a post to the next: the tenure ends on the eve, the next begins, and links go along.

What a link leads to stays: the predecessor's ends with the tenure, the successor's to the same target begins.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError, invalid
from fieldwork.core.events import Actor
from fieldwork.directory.actions import appoint, link, take_back_linkage
from fieldwork.directory.bounds import lock, lock_around, overlapping
from fieldwork.directory.dated import end
from fieldwork.directory.models import Leader, Linkage, Tenure
from fieldwork.directory.queries import lasting

_ONE_DAY = timedelta(days=1)
_SENT_AS = {"starts_on": "on", "ends_on": "on"}  # what the clerk wrote, by the column that is at fault


@dataclass(frozen=True, slots=True)
class Moved:
    """A link of the predecessor's and the successor's in its place; None where the target stands no more."""

    source: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Succession:
    """Both tenures as they stand now, and the links."""

    tenure: Tenure
    successor: Tenure
    linkages: tuple[Moved, ...]


@transaction.atomic
def pass_on(
    *, tenure: Tenure, leader: Leader, on: date, acting: bool, linkages: Collection[Linkage] | None,
    reason: str = "", by: Actor, at: datetime,
) -> Succession:  # fmt: skip
    """End `tenure` on the eve of `on`, unless it ended before, and let `leader` hold the post from `on`.

    `linkages` of the tenure go along, None: all that would stand on that day or begin later, and those that ended
    with the tenure. Of a pair both go or neither. A link that would have begun only after the eve is taken back.
    Where the successor holds the post from a later day already, the new tenure ends on the eve of that one. Raises
    `invalid` on `on`, `leader` or `linkages`.
    """
    lock_around(tenure)
    tenure = lock(tenure)
    _check(tenure, leader, on, acting)
    going = _going(tenure, on, linkages)
    try:
        leave(tenure, on - _ONE_DAY, reason, by, at)
        successor = _succeed(tenure, leader, on, acting, reason, by, at)
    except DomainError as error:
        raise _as_sent(error) from None
    moved = _link(successor, going, tenure.ends_on, by, at, strictly=linkages is not None)
    return Succession(lock(tenure), successor, moved)


def _check(tenure: Tenure, leader: Leader, on: date, acting: bool) -> None:
    if on <= tenure.starts_on:
        detail = _("The tenure that is handed over began only on %(day)s.")
        raise invalid("on", detail % {"day": tenure.starts_on})
    if tenure.leader_id == leader.pk and tenure.acting == acting:
        raise invalid("leader", _("This leader holds the post already; a hand-over goes to somebody else."))


def _going(tenure: Tenure, on: date, chosen: Collection[Linkage] | None) -> list[Linkage]:
    """Those that go along, the industry of a pair before its department."""
    ends = lasting(on)
    if tenure.ends_on is not None:
        ends |= Q(ends_on=tenure.ends_on)
    links = tenure.linkages.filter(ends).select_related("division", "industry", "organisation__division")
    standing = {one.pk: one for one in links.order_by("pk").select_for_update(of=("self",), no_key=True)}
    if chosen is not None:
        _check_chosen(standing, [one.pk for one in chosen])
        standing = {one.pk: standing[one.pk] for one in chosen}
    return sorted(standing.values(), key=lambda one: (one.paired_with_id is not None, one.pk))


def _check_chosen(standing: dict[int, Linkage], chosen: list[int]) -> None:
    faults = []
    pairs = {one.pk: one.paired_with_id for one in standing.values() if one.paired_with_id in standing}
    partners = pairs | {industry: department for department, industry in pairs.items()}
    for place, pk in enumerate(chosen):
        if pk not in standing:
            text = _("This linkage is not one of the tenure's that stand on that day.")
            faults.append(FieldError(f"linkages.{place}", Code.INVALID, text))
        elif partners.get(pk, pk) not in chosen:
            text = _("An industry and its department go together; name both or neither.")
            faults.append(FieldError(f"linkages.{place}", Code.INVALID, text))
    if faults:
        raise DomainError(Code.INVALID, errors=tuple(faults))


def leave(tenure: Tenure, eve: date, reason: str, by: Actor, at: datetime) -> None:
    """End a tenure on the eve, unless it ended before; links that would have begun only afterwards are taken back."""
    if tenure.ends_on is not None and tenure.ends_on <= eve:
        return
    later = tenure.linkages.filter(starts_on__gt=eve)
    for linkage in sorted(later, key=lambda one: (one.paired_with_id is None, one.pk)):  # departments first
        take_back_linkage(linkage, by=by, at=at)
    end(tenure, ends_on=eve, reason=reason, by=by, at=at)


def _succeed(tenure: Tenure, leader: Leader, on: date, acting: bool, reason: str, by: Actor, at: datetime) -> Tenure:
    """The successor's tenure from that day on; the one that a clerk has entered before, if it begins then."""
    held = Tenure.objects.filter(post=tenure.post_id, leader=leader)
    there = held.filter(starts_on=on, acting=acting).first()
    if there is not None:
        return there
    later = held.filter(starts_on__gt=on).order_by("starts_on").first()
    eve = later.starts_on - _ONE_DAY if later else None
    ends_on = _first(tenure.post.ends_on, eve)
    return appoint(
        leader=leader, post=tenure.post, starts_on=on, ends_on=ends_on, acting=acting, reason=reason, by=by, at=at
    )


def _link(
    successor: Tenure, going: Iterable[Linkage], ended_on: date | None, by: Actor, at: datetime, *, strictly: bool
) -> tuple[Moved, ...]:
    """`ended_on` is the last day that the predecessor's tenure had before: who ran to it runs on to the new one's."""
    made: dict[int, Linkage] = {}
    moved = []
    for one in going:
        starts_on = max(one.starts_on, successor.starts_on)
        planned = None if one.ends_on == ended_on else one.ends_on
        ends_on = _first(planned, successor.ends_on)
        if ends_on is not None and ends_on < starts_on:
            moved.append(Moved(one.pk, None))
            continue
        found = _same_target(successor, one, starts_on, ends_on)
        try:
            found = found or link(
                tenure=successor, kind=one.kind, target=one.target, starts_on=starts_on, ends_on=ends_on,
                paired_with=made.get(one.paired_with_id or 0), by=by, at=at,
            )  # fmt: skip
        except DomainError as error:
            if strictly:
                detail = error.errors[0].detail if error.errors else error.detail
                raise invalid("linkages", detail) from None
        if found is not None:
            made[one.pk] = found
        moved.append(Moved(one.pk, found.pk if found else None))
    return tuple(moved)


def _same_target(successor: Tenure, one: Linkage, starts_on: date, ends_on: date | None) -> Linkage | None:
    """The link to that target that the successor's tenure has already."""
    same = Linkage.objects.filter(
        tenure=successor, division=one.division_id, industry=one.industry_id, organisation=one.organisation_id
    )
    return overlapping(same, Linkage(starts_on=starts_on, ends_on=ends_on)).order_by("pk").first()


def _first(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _as_sent(error: DomainError) -> DomainError:
    faults = tuple(FieldError(_SENT_AS.get(one.field, one.field), one.code, one.detail) for one in error.errors)
    return DomainError(error.code, error.detail, faults)
