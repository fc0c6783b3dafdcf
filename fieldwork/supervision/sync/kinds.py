"""The kinds of things that a phone keeps: which rows are its own, and which of those changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from fieldwork.core.changes import Mark
from fieldwork.core.database import Dashed
from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.directory.models import Division, Industry, Linkage, Organisation, Site, Tenure
from fieldwork.directory.paths import within
from fieldwork.directory.queries import NOTHING
from fieldwork.duties.enums import Activity, TargetKind
from fieldwork.duties.models import Obligation, Performance, Task, Touch
from fieldwork.filings.models import Filing
from fieldwork.filings.queries import of_organisations
from fieldwork.hazards.enums import TO_RECTIFY
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.queries import resting_on
from fieldwork.inspections.models import CheckIn
from fieldwork.reminders.models import Notification
from fieldwork.supervision.sync.scopes import Scopes

FEW = 1000  # events; behind more, indexes find those about the own things
_LISTS = ("division_list", "industry_list", "division")  # of a division it is told that it was merged


@dataclass(frozen=True)
class Own:
    """What is the user's own: by scopes, and the paths of their divisions."""

    scopes: Scopes
    paths: Mapping[int, str]


@dataclass(frozen=True)
class News:
    """What happened to the own things from `since`, the instant `then`, up to `now`."""

    own: Own
    since: Mark
    then: datetime
    now: datetime

    @cached_property
    def _kinds(self) -> frozenset[str] | None:
        """The kinds of objects that events were about; None if those are too many to be looked through."""
        behind = Event.objects.filter(self.since.behind).order_by("epoch", "transaction", "pk")
        kinds = list(behind.values_list("object_kind", flat=True)[: FEW + 1])
        return frozenset(kinds) if len(kinds) <= FEW else None

    def told(self, about: str, key: Any) -> Q:
        """Rows of which something was told: `key` is the expression of their id, as events name them."""
        quiet = self._kinds is not None and about not in self._kinds
        return NOTHING if quiet else Q(self.since.told(about, key))

    @property
    def lists_loaded(self) -> bool:
        """Whether a list was loaded of which everybody's rows say something; that is a few times a year."""
        if self._kinds is not None:
            return not self._kinds.isdisjoint(_LISTS)
        return Event.objects.filter(self.since.behind, object_kind__in=_LISTS).exists()

    @cached_property
    def check_ins(self) -> list[Any]:
        """The ids of those of which something was told."""
        told = self.told("check_in", Dashed(OuterRef("pk")))
        return list(CheckIn.objects.filter(told, check_ins(self.own)).values_list("pk", flat=True))

    @cached_property
    def filings(self) -> list[Any]:
        told = self.told("filing", Dashed(OuterRef("pk")))
        return list(Filing.objects.filter(told, filings(self.own)).values_list("pk", flat=True))

    def taken_back(self) -> set[int]:
        """The own linkages that turned out never to have been, as after a hand-over entered late; begun ones too."""
        if self._kinds is not None and "linkage" not in self._kinds:
            return set()
        told = Event.objects.filter(self.since.behind, object_kind="linkage", kind="linkage.withdrawn")
        rows = {event.data["row"]["id"]: event.data["row"]["tenure_id"] for event in told}
        own = Tenure.objects.filter(pk__in=rows.values(), leader__in=self.own.scopes.leaders)
        tenures = set(own.values_list("pk", flat=True)) if rows else set()
        return {pk for pk, tenure in rows.items() if tenure in tenures}

    def passed(self, *instants: str) -> Q:
        """Rows of which one of these instants has come meanwhile."""
        return reduce(or_, (Q(**{f"{name}__gt": self.then, f"{name}__lte": self.now}) for name in instants))


Within = Callable[[Own], Q]
Changed = Callable[[News], Q]


@dataclass(frozen=True)
class Kind:
    """Rows of `model`: those that are own, and those of the own that changed; `noun` names one of them."""

    noun: str
    model: type[Model]
    within: Within
    changed: Changed

    @property
    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.all()


def owed(own: Own, prefix: str = "") -> Q:
    mine = Q(**{f"{prefix}leader__in": own.scopes.leaders})
    for side in ("organisation", "lower_organisation"):
        mine |= Q(**{f"{prefix}{side}__in": own.scopes.bodies})
    return mine


def owed_anew(news: News) -> Q:
    """Their status goes by the clock too."""
    return Q(changed__gte=news.since.stamp) | news.passed("starts_at", "due_at", "lapses_at")


def tasks(own: Own) -> Q:
    return owed(own, "obligation__")


def tasks_anew(news: News) -> Q:
    """Theirs, and the obligation's, from which the status follows; and visits to their target, in any month."""
    changed = Q(changed__gte=news.since.stamp) | Q(obligation__changed__gte=news.since.stamp)
    changed |= news.passed("obligation__starts_at", "obligation__due_at", "obligation__lapses_at")
    if not news.check_ins:
        return changed
    touched = Touch.objects.filter(
        performance__source_kind="check_in", performance__source_id__in=[str(pk) for pk in news.check_ins]
    )
    for leader, key in set(touched.values_list("performance__leader", "target_key")):
        kind, _colon, number = key.partition(":")
        there = Q(target_kind=TargetKind.OWN_AREA, division=number) if kind == "own" else Q(target_key=key)
        changed |= Q(there, obligation__leader=leader)
    return changed


def check_ins(own: Own) -> Q:
    return Q(lead__in=own.scopes.leaders)


def check_ins_anew(news: News) -> Q:
    """Those told of, and those that may count for other things since reconciliation changed what is demanded."""
    demanded = Obligation.objects.filter(demanded__gte=news.since.stamp)
    of_leader = demanded.filter(
        leader=OuterRef("leader"), activity=Activity.INSPECTION,
        starts_on__lte=OuterRef("day"), ends_on__gte=OuterRef("day"),
    )  # fmt: skip
    named = demanded.filter(namings__performance=OuterRef("pk"))
    counting = Performance.objects.filter(
        Exists(of_leader) | Exists(named), source_kind="check_in", leader__in=news.own.scopes.leaders
    )
    return Q(pk__in=[*news.check_ins, *counting.values_list("source_id", flat=True)])


def filings(own: Own) -> Q:
    return Q(leader__in=own.scopes.leaders) | of_organisations(own.scopes.bodies)


def filings_anew(news: News) -> Q:
    """Those told of, and those that name the same, which they cast doubt on; and those that may count for other things:
    what they name changed, or what others owe who hold the post."""
    stamp = news.since.stamp
    holder = "obligations__bases__tenure__post__tenures__leader__obligations"
    of_holders = Filing.objects.filter(
        filings(news.own),
        **{
            f"{holder}__duty": F("obligations__duty"), f"{holder}__period": F("obligations__period"),
            f"{holder}__changed__gte": stamp,
        },
    )  # fmt: skip
    named = Filing.objects.filter(Q(obligations__changed__gte=stamp), filings(news.own))
    alike = Filing.objects.filter(obligations__filings__in=news.filings)
    return (
        Q(pk__in=news.filings)
        | Q(pk__in=named.values("pk"))
        | Q(pk__in=of_holders.values("pk"))
        | (Q(pk__in=alike.values("pk")) if news.filings else NOTHING)
    )


def hazards(own: Own) -> Q:
    """What rests on the own posts and bodies, what the own leaders found, and what was reported in one's own name."""
    found = Q(lead__in=own.scopes.leaders) | Q(post__isnull=True, uploaded_by__in=own.scopes.users)
    return found | resting_on(own.scopes.posts, own.scopes.bodies)


def hazards_anew(news: News) -> Q:
    """Those told of, those whose check-in has come, and those of which the deadline has passed."""
    late = Q(deadline__gte=local_day(news.then), deadline__lt=local_day(news.now), state__in=TO_RECTIFY)
    return news.told("hazard", Dashed(OuterRef("pk"))) | Q(check_in__in=news.check_ins) | late


def notifications(own: Own) -> Q:
    """Those in the inbox."""
    return Q(user__in=own.scopes.users, delivered_at__isnull=False)


def notifications_anew(news: News) -> Q:
    """Whether one still matters follows from what it is about, and from what was told of that later."""
    stamp = news.since.stamp
    users = news.own.scopes.users
    about = Notification.obligations.through.objects.filter(notification__user__in=users)
    later = Notification.objects.filter(user__in=users, changed__gte=stamp, obligations=OuterRef("obligation"))
    moved = about.filter(Q(obligation__changed__gte=stamp) | Exists(later))
    return Q(changed__gte=stamp) | Q(pk__in=moved.values("notification"))


def linkages(own: Own) -> Q:
    return Q(tenure__leader__in=own.scopes.leaders)


def linkages_anew(news: News) -> Q:
    """A tenure takes its linkages along."""
    called = news.told("organisation", _key("organisation"))  # it says what its target is called
    return news.told("linkage", _key("pk")) | news.told("tenure", _key("tenure")) | called


def sites(own: Own) -> Q:
    """Those in the places, and those of the industries and departments in their areas."""
    found = NOTHING
    for place in own.scopes.places:
        found |= within(own.paths[place], "division__path")
    for industry, area in own.scopes.industries:
        found |= (Q(industry=industry) | Q(industry__parent=industry)) & within(own.paths[area], "division__path")
    for department, area in own.scopes.departments:
        found |= Q(regulator=department) & within(own.paths[area], "division__path")
    return found


def sites_anew(news: News) -> Q:
    return news.told("site", _key("pk"))


def organisations_anew(news: News) -> Q:
    return news.told("organisation", _key("pk"))


def _key(column: str) -> Cast:
    """An id as events name it."""
    return Cast(OuterRef(column), CharField())


def _never(_news: News) -> Q:
    """Lists are loaded as a whole; then all is told anew."""
    return NOTHING


KINDS: dict[str, Kind] = {
    "obligations": Kind("obligation", Obligation, owed, owed_anew),
    "tasks": Kind("task", Task, tasks, tasks_anew),
    "check_ins": Kind("check_in", CheckIn, check_ins, check_ins_anew),
    "filings": Kind("filing", Filing, filings, filings_anew),
    "hazards": Kind("hazard", Hazard, hazards, hazards_anew),
    "notifications": Kind("notification", Notification, notifications, notifications_anew),
    "linkages": Kind("linkage", Linkage, linkages, linkages_anew),
    "sites": Kind("site", Site, sites, sites_anew),
    "divisions": Kind("division", Division, lambda own: Q(pk__in=own.scopes.divisions), _never),
    "industries": Kind(
        "industry", Industry, lambda own: Q(pk__in={pk for pk, _area in own.scopes.industries}), _never
    ),
    "organisations": Kind(
        "organisation", Organisation, lambda own: Q(pk__in={pk for pk, _area in own.scopes.departments}),
        organisations_anew,
    ),
}  # fmt: skip
