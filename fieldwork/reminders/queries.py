"""What a person sees of notifications, and the facts from which their words are written."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Left

from fieldwork.directory.enums import Office
from fieldwork.directory.models import Division, User
from fieldwork.directory.paths import STEP
from fieldwork.duties.enums import Activity, Outcome, Standing, TargetKind
from fieldwork.duties.models import Basis, Obligation, Review, Task
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Moment, Notification, Workday

NAMED = 10  # people a digest names; of more it gives the number alone


def notifications_visible_to(user: User) -> QuerySet[Notification]:
    """What has reached the user's own inbox, with `settled` and `unread`.

    Settled is a reminder or a lapse of which nothing is pending any more, or nothing that the reader was not told
    again since, and a verdict after which there was another; unread is neither read nor settled.
    """
    told = Notification.obligations.through.objects
    again = told.filter(
        obligation=OuterRef("obligation"),
        notification__user=OuterRef("notification__user"),
        notification__at__gt=OuterRef("notification__at"),
        notification__delivered_at__isnull=False,
    )
    pending = told.filter(~Exists(again), notification=OuterRef("pk"), obligation__outcome=Outcome.PENDING)
    later = Review.objects.filter(performance=OuterRef("review__performance"), pk__gt=OuterRef("review"))
    of_duties = Q(kind__in=[NotificationKind.REMINDER, NotificationKind.LAPSE])
    settled = (of_duties & ~Q(Exists(pending))) | Q(Exists(later))
    return Notification.objects.filter(user=user, delivered_at__isnull=False).annotate(
        settled=ExpressionWrapper(settled, output_field=BooleanField()),
        unread=ExpressionWrapper(Q(read_at__isnull=True) & ~settled, output_field=BooleanField()),
    )


def workdays_visible_to(user: User, on: date) -> QuerySet[Workday]:
    """The days are everybody's."""
    return Workday.objects.all()


def owed_at(kind: str, due: Collection[datetime]) -> QuerySet[Obligation]:
    """Pending obligations of which people are told by moments of this kind: a reminder before they are due, the rest
    once they have lapsed."""
    which = Q(due_at__in=due) if kind == NotificationKind.REMINDER else lapsing(due)
    return Obligation.objects.filter(which, outcome=Outcome.PENDING)


def lapsing(at: Collection[datetime], prefix: str = "") -> Q:
    """What lapses at one of these instants: mostly when it is due. Each half has an index."""
    due_at, lapses_at = f"{prefix}due_at", f"{prefix}lapses_at"
    return Q(**{f"{due_at}__in": at, lapses_at: F(due_at)}) | Q(
        **{f"{lapses_at}__in": at, f"{lapses_at}__gt": F(due_at)}
    )


def lapsed_bases(due: Collection[datetime], now: datetime) -> QuerySet[Basis]:
    """The standing bases of lapsed obligations, by which divisions count them."""
    return Basis.objects.filter(
        lapsing(due, "obligation__"), state=Standing.STANDING, obligation__outcome=Outcome.PENDING,
        obligation__lapses_at__lte=now,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owed:
    """One pending obligation in words: `bases` are (policy, article, rule), `unvisited` linked places."""

    period: str
    due_on: date
    due_at: datetime
    lapses_at: datetime
    counted: int
    minimum: int
    bases: tuple[tuple[str, str, str], ...]
    unvisited: tuple[str, ...]


def owed_by(notifications: Iterable[Notification]) -> dict[int, list[Owed]]:
    """What each notification is about and its reader still owes, by notification id; three queries."""
    readers = {one.pk: one.user for one in notifications}
    links = Notification.obligations.through.objects.filter(
        notification__in=readers, obligation__outcome=Outcome.PENDING
    )
    links = links.select_related("obligation").order_by("obligation__due_at", "-obligation__starts_at", "obligation")
    owed = [link for link in links if _owes(readers[link.notification_id], link.obligation)]
    ids = {link.obligation_id for link in owed}
    bases, unvisited = _bases(ids), _unvisited(ids)
    found: dict[int, list[Owed]] = defaultdict(list)
    for link in owed:
        found[link.notification_id].append(_owed(link.obligation, bases, unvisited))
    return found


def _owes(user: User, obligation: Obligation) -> bool:
    if obligation.leader_id is not None:
        return obligation.leader_id == user.leader_id
    bodies = (obligation.organisation_id, obligation.lower_organisation_id)
    return user.organisation_id is not None and user.organisation_id in bodies


def _owed(one: Obligation, bases: dict[int, list[tuple[str, str, str]]], unvisited: dict[int, list[str]]) -> Owed:
    return Owed(
        period=one.period,
        due_on=one.due_on,
        due_at=one.due_at,
        lapses_at=one.lapses_at,
        counted=one.counted,
        minimum=one.minimum,
        bases=tuple(bases[one.pk]),
        unvisited=tuple(unvisited[one.pk]),
    )


def _bases(obligations: Collection[int]) -> dict[int, list[tuple[str, str, str]]]:
    rows = (
        Basis.objects.filter(obligation__in=obligations, state=Standing.STANDING)
        .values_list("obligation", "rule__version__policy__title", "rule__article", "rule__name")
        .order_by("rule")
    )
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for obligation, *words in dict.fromkeys(rows):
        found[obligation].append((words[0], words[1], words[2]))
    return found


def _unvisited(obligations: Collection[int]) -> dict[int, list[str]]:
    rows = (
        Task.objects.filter(
            obligation__in=obligations, obligation__activity=Activity.INSPECTION,
            state=Standing.STANDING, done_at__isnull=True,
        )
        .exclude(target_kind__in=["", TargetKind.OWN_AREA])
        .values_list("obligation", Coalesce("division__name", "industry__name", "organisation__name"))
        .order_by("pk")
    )  # fmt: skip
    found: dict[int, list[str]] = defaultdict(list)
    for obligation, name in rows:
        found[obligation].append(name)
    return found


@dataclass(frozen=True, slots=True)
class Digest:
    """The lapses in one supervisor's scope: in all, by the divisions directly below, and who, if few."""

    division: str
    due_at: datetime
    total: int
    lower: tuple[tuple[str, int], ...]
    names: tuple[str, ...]


def digests_of(notifications: Collection[Notification], now: datetime, *, to_groups: bool = False) -> dict[int, Digest]:
    """The digests of these notifications whose readers still have a scope with lapses, by notification id. What goes to
    the group of an office is of that office, whoever serves there by now.

    Five queries for each moment and depth of scopes among them, however many they are.
    """
    due: dict[datetime, set[datetime]] = defaultdict(set)
    moments = Moment.objects.filter(kind=NotificationKind.DIGEST, at__in={one.at for one in notifications})
    for at, due_at in moments.values_list("at", "due_at"):
        due[at].add(due_at)
    groups: dict[tuple[datetime, int], list[_Scoped]] = defaultdict(list)
    for one in notifications:
        serves = one.user.division if one.user.office == Office.SUPERVISOR else None
        scope = one.division if to_groups else serves
        if scope is not None:
            groups[one.at, len(scope.path)].append(_Scoped(one, scope))
    return {
        pk: digest
        for (at, depth), group in groups.items()
        for pk, digest in _digests(group, depth, lapsed_bases(due[at], now)).items()
    }


class _Scoped(NamedTuple):
    """A digest, and the division of which it tells."""

    notification: Notification
    division: Division


def _digests(group: list[_Scoped], depth: int, lapsed: QuerySet[Basis]) -> dict[int, Digest]:
    divisions = {scope.path: scope.name for _one, scope in group}
    scoped = lapsed.annotate(scope=Left("division__path", depth)).filter(scope__in=divisions).order_by()
    # An obligation with bases in two divisions counts in each, and once above them.
    number = Count("obligation", distinct=True)
    totals = dict(scoped.values_list("scope").annotate(number=number))
    few = [scope for scope, total in totals.items() if total <= NAMED]
    lower, names = _lower(scoped, depth), _names(scoped.filter(scope__in=few))
    return {
        one.pk: Digest(divisions[path], one.due_at or one.at, totals[path], tuple(lower[path]), tuple(names[path]))
        for one, scope in group
        if (path := scope.path) in totals
    }


def _lower(scoped: QuerySet[Basis], depth: int) -> dict[str, list[tuple[str, int]]]:
    below = Left("division__path", depth + STEP)
    number = Count("obligation", distinct=True)
    rows = list(scoped.values_list("scope", below).annotate(number=number).order_by(below))
    paths = {path for _scope, path, _number in rows}
    named = dict(Division.objects.filter(path__in=paths).values_list("path", "name"))
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for scope, path, count in rows:
        found[scope].append((named[path], count))
    return found


def _names(scoped: QuerySet[Basis]) -> dict[str, list[str]]:
    name = Coalesce("obligation__leader__name", "obligation__organisation__name")
    found: dict[str, list[str]] = defaultdict(list)
    rows = scoped.values_list("scope", "obligation__subject_key", name).distinct()
    for scope, _subject, who in sorted(rows):
        found[scope].append(who)
    return found
