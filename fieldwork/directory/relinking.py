"""Links that led to what is no more lead to what took it in: the old ends on the eve, the new begins the day after."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from fieldwork.core.errors import DomainError
from fieldwork.core.events import Actor
from fieldwork.directory.actions import link, linkage_to, take_back_linkage
from fieldwork.directory.bounds import is_longer, outlasts, overlapping
from fieldwork.directory.dated import end
from fieldwork.directory.fits import Target, check_target
from fieldwork.directory.models import Leader, Linkage
from fieldwork.directory.queries import lasting

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Relinked:
    """The id of a link that ended, whose it was, and the id of the one in its place; None where there is none."""

    source: int
    leader: Leader
    target: int | None


def relink(
    links: QuerySet[Linkage], target: Target | None, on: date, reason: str, *, by: Actor, at: datetime
) -> list[Relinked]:
    """Let all of `links` that outlast the eve of `on` lead to `target` from then on, to the same last day.

    Of a pair the industry's goes along, so that both begin anew. None stands in place of a link where there is no
    target, or it lies outside the area of the leader's body; where the tenure is linked to it already, that one does,
    to the later last day. In the caller's transaction.
    """
    beyond = links.filter(lasting(on)).order_by("pk")
    moving = _Moving(target, on, reason, by, at)
    return [moved for pk in beyond.values_list("pk", flat=True) for moved in moving.move(pk)]


@dataclass(frozen=True, slots=True)
class _Moving:
    target: Target | None
    on: date
    reason: str
    by: Actor
    at: datetime

    def move(self, pk: int) -> list[Relinked]:
        one = _row(pk)
        leader, there = one.tenure.leader, None
        if self.target is not None and self._fits(one, self.target):
            wanted = self._wanted(one, self.target)
            there = self._there(wanted)
            if there is None:
                return self._anew(one, wanted)
            if there.starts_on > wanted.starts_on:  # planned for later: until then there is none
                self._lengthen(there, one.ends_on)
                wanted.ends_on = there.starts_on - _DAY
                return self._anew(one, wanted)
        ends_on = one.ends_on
        self._close(one)
        if there is not None:
            self._lengthen(there, ends_on)
        return [Relinked(pk, leader, there.pk if there else None)]

    def _lengthen(self, there: Linkage, ends_on: date | None) -> None:
        if is_longer(there.ends_on, ends_on):
            end(there, ends_on=ends_on, reason=self.reason, by=self.by, at=self.at)

    def _fits(self, one: Linkage, target: Target) -> bool:
        """Not so where it lies outside the area of the leader's body, or is all of it."""
        try:
            check_target(one.tenure, one.kind, target, self.on)
        except DomainError:
            return False
        return True

    def _there(self, wanted: Linkage) -> Linkage | None:
        """The tenure's own link to the target, on a day on which this one would stand."""
        same = Linkage.objects.filter(
            tenure=wanted.tenure, division=wanted.division, industry=wanted.industry, organisation=wanted.organisation
        )
        return overlapping(same, wanted).order_by("pk").first()

    def _wanted(self, one: Linkage, target: Target) -> Linkage:
        days = {"starts_on": max(self.on, one.starts_on), "ends_on": one.ends_on}
        return linkage_to(target, tenure=one.tenure, kind=one.kind, **days)

    def _anew(self, one: Linkage, new: Linkage) -> list[Relinked]:
        """Of a pair the department's ends first and begins last."""
        partner = one.paired_with
        pair = [one] if partner is None or not outlasts(partner, self.on - _DAY) else [one, partner]
        wanted = [new, *(self._wanted(each, each.target) for each in pair[1:])]
        sources = [each.pk for each in pair]
        for each in pair:
            self._close(each)
        moved: list[Relinked] = []
        industry = None
        for source, each in reversed(list(zip(sources, wanted, strict=True))):
            industry = link(
                tenure=each.tenure, kind=each.kind, target=each.target, starts_on=each.starts_on, ends_on=each.ends_on,
                paired_with=industry, by=self.by, at=self.at,
            )  # fmt: skip
            moved.append(Relinked(source, each.tenure.leader, industry.pk))
        return moved

    def _close(self, one: Linkage) -> None:
        """End it on the eve; one that would have begun only afterwards never was."""
        if one.starts_on >= self.on:
            take_back_linkage(one, by=self.by, at=self.at)
        else:
            end(one, ends_on=self.on - _DAY, reason=self.reason, by=self.by, at=self.at)


def _row(pk: int) -> Linkage:
    related = ("tenure__leader", "tenure__post__organisation__division", "paired_with__industry")
    return Linkage.objects.select_related(*related).get(pk=pk)
