"""Why an obligation stands otherwise than it was published: the last thing that happened to it which explains that.

Found from what is on record, whoever notices: an excuse, a verdict, proof that arrived later, or a changed fact of who
holds which post; with the reason that was given there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Q

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.models import Tenure
from fieldwork.duties.enums import Activity, Status, Verdict
from fieldwork.duties.models import Basis, Excuse, Obligation, Performance, Review
from fieldwork.duties.schedule import FACTS
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.enums import Why

_SOURCES: dict[str, type[CheckIn] | type[Filing]] = {"check_in": CheckIn, "filing": Filing}


class Changed(Protocol):
    """An obligation's id, and its status as it was and is."""

    @property
    def obligation(self) -> int: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Cause:
    """`source` is (kind, id) of what it rests on."""

    why: Why
    at: datetime
    by: str
    reason: str = ""
    source: tuple[str, str] = ("", "")


Causes = dict[int, list[Cause]]  # by obligation


def causes_of(changes: Collection[Changed], since: datetime) -> dict[int, Cause]:
    """The cause of each change, by obligation; a constant number of queries."""
    ids = {one.obligation for one in changes}
    owed = Obligation.objects.in_bulk(ids)
    excuses, proofs, facts = _excuses(ids), _proofs(owed, since), _facts(owed, since)
    unexplained = Cause(Why.FACTS, since, SYSTEM.actor_key)
    found: dict[int, Cause] = {}
    for one in changes:
        causes = [*facts.get(one.obligation, ()), *facts.get(0, ())]
        if Status.EXCUSED in (one.before, one.after) and one.after != Status.MET:
            causes = excuses.get(one.obligation) or causes
        elif Status.MET in (one.before, one.after):
            causes = proofs.get(one.obligation) or causes
        found[one.obligation] = max(causes, key=lambda cause: (cause.at, bool(cause.reason)), default=unexplained)
    return found


def _excuses(ids: Collection[int]) -> Causes:
    found: Causes = defaultdict(list)
    for row in Excuse.objects.filter(obligation__in=ids):
        for by, at in ((row.granted_by_id, row.granted_at), (row.taken_back_by_id, row.taken_back_at)):
            if at is not None:
                source = ("excuse", str(row.pk))
                found[row.obligation_id].append(Cause(Why.EXCUSE, at, f"user:{by}", row.reason, source))
    return found


def _proofs(owed: dict[int, Obligation], since: datetime) -> Causes:
    """What was sent, and said of what was sent, after that instant, by those who owe it and in its time."""
    leaders = {row.leader_id for row in owed.values() if row.leader_id}
    first = min((row.starts_at for row in owed.values()), default=since)
    last = max((row.lapses_at for row in owed.values()), default=since)
    in_time = Q(captured_at__gte=first, captured_at__lt=last) | Q(at__gte=first, at__lt=last)
    led = Q(leader__in=leaders, activity=Activity.INSPECTION) & in_time
    rows = list(
        Performance.objects.filter(led | Q(namings__obligation__in=owed)).distinct().prefetch_related("namings")
    )
    of: Causes = defaultdict(list)
    happened = _received(rows, since)
    for review in Review.objects.filter(performance__in=rows, at__gt=since).order_by("pk"):
        happened[review.performance_id].append(_verdict(review))
    for row in rows:
        for pk in _served(row, owed):
            of[pk] += happened[row.pk]
    return of


def _served(performance: Performance, owed: dict[int, Obligation]) -> Iterable[int]:
    named = {naming.obligation_id for naming in performance.namings.all()}
    for pk, obligation in owed.items():
        led = performance.leader_id == obligation.leader_id and obligation.activity == Activity.INSPECTION
        if pk in named or (led and performance.leader_id is not None):
            yield pk


def _verdict(review: Review) -> Cause:
    words = review.reason or str(Verdict(review.verdict).label)
    return Cause(Why.VERDICT, review.at, f"user:{review.by_id}", words, ("review", str(review.pk)))


def _received(rows: Iterable[Performance], since: datetime) -> dict[int, list[Cause]]:
    by_source = {(row.source_kind, row.source_id): row.pk for row in rows}
    found: dict[int, list[Cause]] = defaultdict(list)
    for kind, model in _SOURCES.items():
        ids = [key for of, key in by_source if of == kind]
        sent: Any = model._default_manager.filter(pk__in=ids, received_at__gt=since)
        for pk, at, by in sent.values_list("pk", "received_at", "uploaded_by"):
            cause = Cause(Why.LATE_UPLOAD, at, f"user:{by}", source=(kind, str(pk)))
            found[by_source[kind, str(pk)]].append(cause)
    return found


def _facts(owed: dict[int, Obligation], since: datetime) -> Causes:
    """What was told of the tenures in the posts that the obligations rest on, and of the bodies that owe them; under 0,
    of what touches everybody."""
    about: dict[tuple[str, str], set[int]] = defaultdict(set)
    for pk, row in owed.items():
        for body in (row.organisation_id, row.lower_organisation_id):
            about["organisation", str(body)].add(pk)
    for tenure, pks in _by_tenure(owed).items():
        about["tenure", str(tenure)] |= pks
    found: Causes = defaultdict(list)
    for kind, why in (("organisation", Why.FACTS), ("tenure", Why.HAND_OVER)):
        ids = [pk for of, pk in about if of == kind]
        for event in Event.objects.filter(object_kind=kind, object_id__in=ids, at__gt=since).order_by("pk"):
            for pk in about[kind, event.object_id]:
                found[pk].append(_fact(why, event))
    others = Event.objects.filter(object_kind__in=FACTS - {"tenure"}, at__gt=since).order_by("pk").last()
    if others is not None:
        found[0] = [_fact(Why.FACTS, others)]
    return found


def _by_tenure(obligations: Collection[int]) -> dict[int, set[int]]:
    """The obligations by every tenure, of whomever, in a post that they rest on."""
    posts: dict[int, set[int]] = defaultdict(set)
    resting = Basis.objects.filter(obligation__in=obligations, tenure__isnull=False)
    for pk, post in resting.values_list("obligation", "tenure__post"):
        posts[post].add(pk)
    return {pk: posts[post] for pk, post in Tenure.objects.filter(post__in=posts).values_list("pk", "post")}


def _fact(why: Why, event: Event) -> Cause:
    reason = str(event.data.get("reason") or "")[:1000]
    return Cause(why, event.at, event.actor, reason, (event.object_kind, event.object_id))
