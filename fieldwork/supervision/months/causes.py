"""Why an obligation stands otherwise than it was published: the last thing that happened to it which explains that.

Found from what is on record, whoever notices: an excuse, a verdict, proof that arrived later, or a changed fact of who
holds which post; with the reason that was given there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Q, QuerySet

from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.directory.models import Tenure
from fieldwork.duties.enums import Activity, Status, Verdict
from fieldwork.duties.models import Basis, Excuse, Obligation, Performance, Review
from fieldwork.duties.schedule import OF_EVERYBODY
from fieldwork.filings.models import Filing
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.enums import Why
from fieldwork.supervision.models import Freeze

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


def causes_of(changes: Collection[Changed], freeze: Freeze, now: datetime) -> dict[int, Cause]:
    """The cause of each change since the publication, by obligation; a constant number of queries.

    Where facts still waited to be followed when it was published, it may be one from before.
    """
    ids = {one.obligation for one in changes}
    owed = Obligation.objects.in_bulk(ids)
    excuses, proofs = _excuses(ids), _proofs(owed, freeze.at)
    facts = _facts(owed, None if freeze.incomplete["facts"] else freeze.at)
    unexplained = Cause(Why.FACTS, now, SYSTEM.actor_key)
    found: dict[int, Cause] = {}
    for one in changes:
        causes = facts.get(one.obligation, [])
        if Status.EXCUSED in (one.before, one.after) and one.after != Status.MET:
            causes = excuses.get(one.obligation) or causes
        elif Status.MET in (one.before, one.after):
            causes = proofs.get(one.obligation) or causes
        found[one.obligation] = max(causes, key=_told_last, default=unexplained)
    return found


def _told_last(cause: Cause) -> tuple[datetime, bool]:
    """Of what one action told at once, that which says why."""
    return cause.at, bool(cause.reason)


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


def _facts(owed: Mapping[int, Obligation], since: datetime | None) -> Causes:
    """What was told of the tenures, posts and bodies that the obligations rest on, and of policies and lists of
    divisions that reach there. Of nobody else: links change no status, and what happens elsewhere is not theirs."""
    resting = Basis.objects.filter(obligation__in=owed).values_list(
        "obligation", "division__path", "tenure__post", "tenure__post__organisation"
    )
    about: dict[tuple[str, str], set[int]] = defaultdict(set)
    paths: dict[str, set[int]] = defaultdict(set)
    for pk, path, post, body in resting:
        paths[path].add(pk)
        bodies = (body, owed[pk].organisation_id, owed[pk].lower_organisation_id)
        for kind, key in (("post", post), *(("organisation", each) for each in bodies)):
            if key is not None:
                about[kind, str(key)].add(pk)
    for tenure, post, leader, path in _tenures(owed, about, paths):
        of_leader = {pk for pk in paths.get(path, ()) if owed[pk].leader_id == leader}
        about["tenure", str(tenure)] = of_leader | about.get(("post", str(post)), set())
    found: Causes = defaultdict(list)
    for event in _told_of(about, since):
        everybody = event.object_kind in OF_EVERYBODY
        touched = _reached(paths, event) if everybody else about[event.object_kind, event.object_id]
        for pk in touched:
            found[pk].append(_fact(event))
    return found


def _tenures(owed: Mapping[int, Obligation], about: Collection[tuple[str, str]], paths: Collection[str]) -> Any:
    """Those in the posts; and what else their holders hold in the same places, by which one role spares another."""
    posts = [int(key) for kind, key in about if kind == "post"]
    leaders = {row.leader_id for row in owed.values() if row.leader_id}
    beside = Q(leader__in=leaders, post__organisation__division__path__in=paths)
    rows = Tenure.objects.filter(Q(post__in=posts) | beside)
    return list(rows.values_list("pk", "post", "leader", "post__organisation__division__path"))


def _told_of(about: Collection[tuple[str, str]], since: datetime | None) -> QuerySet[Event]:
    ids: dict[str, list[str]] = defaultdict(list)
    for kind, key in about:
        ids[kind].append(key)
    wanted = Q(object_kind__in=OF_EVERYBODY)
    for kind, keys in ids.items():
        wanted |= Q(object_kind=kind, object_id__in=keys)
    later = Q() if since is None else Q(at__gt=since)
    return Event.objects.filter(wanted, later).order_by("pk")


def _reached(paths: Mapping[str, set[int]], event: Event) -> set[int]:
    """The obligations of places above or below that of the event."""
    path = event.division_path
    near = (pks for place, pks in paths.items() if place.startswith(path) or path.startswith(place))
    return set().union(*near)


def _fact(event: Event) -> Cause:
    why = Why.HAND_OVER if event.object_kind == "tenure" else Why.FACTS
    reason = str(event.data.get("reason") or "")[:1000]
    return Cause(why, event.at, event.actor, reason, (event.object_kind, event.object_id))
