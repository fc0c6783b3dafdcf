"""A post goes from one leader to the next: tenures, links, hazards and duties in one transaction.

What belongs to the post, such as open hazards, follows it by itself; here it is only counted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, invalid
from fieldwork.core.events import Actor
from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.directory.bounds import lock, lock_around
from fieldwork.directory.handing import Moved, Succession, pass_on
from fieldwork.directory.models import Leader, Linkage, Tenure
from fieldwork.directory.records import record
from fieldwork.duties.enums import Outcome, Standing
from fieldwork.duties.models import Obligation
from fieldwork.hazards.enums import OPEN
from fieldwork.hazards.models import Hazard
from fieldwork.supervision.actions import follow_holders

_HANDED_OVER = "tenure.handed_over"


@dataclass(frozen=True, slots=True)
class HandOver:
    """What is asked for. `on` is the successor's first day; `linkages` None: all that stand."""

    leader: Leader
    on: date
    acting: bool = False
    reason: str = ""
    linkages: Collection[Linkage] | None = None

    def said(self) -> dict[str, Any]:
        """As an event stores it."""
        chosen = None if self.linkages is None else sorted(one.pk for one in self.linkages)
        return {
            "leader": self.leader.pk, "on": self.on.isoformat(), "acting": self.acting, "reason": self.reason,
            "chosen": chosen,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What moved. `hazards` are the open ones of the post; `obligations` those that became the successor's to meet.

    `repeated`: it was done before, and nothing changed now.
    """

    tenure: Tenure
    successor: Tenure
    linkages: tuple[Moved, ...]
    hazards: int
    obligations: tuple[Obligation, ...]
    repeated: bool = False


def hand_over(tenure: Tenure, this: HandOver, *, by: Actor, at: datetime) -> HandedOver:
    """End a tenure on the eve of `on`, begin the successor's with the links, and bring opened periods to that at once.

    Said again it changes nothing and answers as before. `wrong_state` where somebody else took over already; `invalid`
    without a reason for what lies in the past, and as `directory.handing.pass_on`. Tells `tenure.handed_over`, after
    the events of each row that it touches.
    """
    if this.on < local_day(at) and not this.reason:
        raise invalid("reason", _("A hand-over that is entered late, for a day in the past, needs a reason."))
    with transaction.atomic():
        lock_around(tenure)  # before looking: of two at once the second must see what the first did
        before = _standing(lock(tenure), this)
        return before or _hand_over(tenure, this, by, at)


def _hand_over(tenure: Tenure, this: HandOver, by: Actor, at: datetime) -> HandedOver:
    owed_before = set(_handed_on(tenure))
    since = min(this.on - timedelta(days=1), tenure.ends_on or date.max)
    done = pass_on(
        tenure=tenure, leader=this.leader, on=this.on, acting=this.acting, linkages=this.linkages,
        reason=this.reason, by=by, at=at,
    )  # fmt: skip
    follow_holders(tenure.post, since, by, at)
    owed = _obligations(set(_handed_on(tenure)) - owed_before)
    hazards = Hazard.objects.filter(post=tenure.post_id, state__in=OPEN).count()
    record(
        "handed_over", tenure, by=by, at=at, since=this.on, successor=done.successor.pk, **this.said(),
        linkages=[{"from": one.source, "to": one.target} for one in done.linkages],
        hazards=hazards, obligations=[one.pk for one in owed],
    )  # fmt: skip
    return _answer(done, hazards, owed)


def _standing(tenure: Tenure, this: HandOver) -> HandedOver | None:
    """What the same hand-over did before; None where there was none, or its end was moved since, to be corrected."""
    told = Event.objects.filter(kind=_HANDED_OVER, object_kind="tenure", object_id=str(tenure.pk))
    last = told.order_by("-pk").first()
    if last is None:
        return None
    said = last.data
    eve = date.fromisoformat(said["on"]) - timedelta(days=1)
    if tenure.ends_on is None or tenure.ends_on > eve:
        return None
    if said["leader"] != this.leader.pk:
        successor = Leader.objects.get(pk=said["leader"])
        words = _("%(leader)s took over this post on %(day)s. If not, end that tenure and take back the end of this.")
        raise DomainError(Code.WRONG_STATE, words % {"leader": successor, "day": said["on"]})
    if any(said.get(name) != value for name, value in this.said().items()):
        return None
    linkages = tuple(Moved(one["from"], one["to"]) for one in said["linkages"])
    done = Succession(tenure, Tenure.objects.get(pk=said["successor"]), linkages)
    return _answer(done, said["hazards"], _obligations(said["obligations"]), repeated=True)


def _answer(done: Succession, hazards: int, owed: tuple[Obligation, ...], *, repeated: bool = False) -> HandedOver:
    return HandedOver(done.tenure, done.successor, done.linkages, hazards, owed, repeated)


def _handed_on(tenure: Tenure) -> Collection[int]:
    """The obligations of the tenure that a successor owes instead."""
    handed = Obligation.objects.filter(
        outcome=Outcome.TRANSFERRED, bases__tenure=tenure, bases__state=Standing.TRANSFERRED
    )
    return handed.values_list("pk", flat=True)


def _obligations(ids: Collection[int]) -> tuple[Obligation, ...]:
    return tuple(Obligation.objects.filter(pk__in=ids).order_by("starts_on", "pk"))
