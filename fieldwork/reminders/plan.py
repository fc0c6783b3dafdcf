"""When people are told, and whom.

Moments are a function of when obligations fall due and when they lapse, by the timetable: some days before the last
day, in the morning after a lapse, and at the office's hour on the first working day from then on. They are read off the
rows, shortly before the first of them, so that nothing depends on a timer or an event having fired; the feed tells
which of them to go over again, because others owe since. Days and hours are in the policy's zone. What happens at once,
such as a verdict, is told by the feed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from fieldwork.core import events, locks
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import local_day
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.directory.paths import STEP
from fieldwork.duties.enums import Outcome
from fieldwork.duties.models import Obligation
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.escalation import plan_repeated
from fieldwork.reminders.hazard_steps import plan_hazard_steps
from fieldwork.reminders.models import Moment, Notification
from fieldwork.reminders.posts import plan_posts
from fieldwork.reminders.queries import lapsed_bases, owed_at
from fieldwork.reminders.quiet import local
from fieldwork.reminders.timetable import timetable
from fieldwork.reminders.verdicts import plan_verdicts
from fieldwork.reminders.workdays import NO_OVERRIDES, next_working_day

READER = "reminders"
# How long before the first reminder its moments are made; not earlier: the newest notice of working days counts.
MARGIN = timedelta(days=2)
# Periods that ended longer ago, such as those of an installation's first day, are history and no news.
NEWS = timedelta(days=60)
EVENTS = 1000
PEOPLE = 20_000  # planned for in one transaction


def moments_of(
    due_at: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> Iterator[tuple[datetime, NotificationKind]]:
    """The instants, in order, at which people are told of what falls due, and lapses, at `due_at`."""
    table, after = timetable(), local_day(due_at)
    last = after - timedelta(days=1)
    for days in table.days_before:
        yield local(last - timedelta(days=days), table.remind_at), NotificationKind.REMINDER
    yield local(after, table.lapse_at), NotificationKind.LAPSE
    yield local(next_working_day(after, overrides), table.digest_at), NotificationKind.DIGEST


def is_news(kind: str, at: datetime, due_at: datetime, now: datetime) -> bool:
    """Whether it still makes sense to tell: a reminder until the next one or the end, a lapse at any time."""
    if kind != NotificationKind.REMINDER:
        return True
    later = (moment for moment, of in moments_of(due_at) if of == NotificationKind.REMINDER and moment > at)
    return now < next(later, due_at)


def look(now: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES) -> int:
    """Read the feed to its end: what falls due around `now` gets its moments, what happened its notifications.

    Answers how many notifications it made.
    """
    told, read = 0, EVENTS
    while read == EVENTS:
        read, more = _look(now, overrides)
        told += more
    return told


def _look(now: datetime, overrides: Mapping[date, bool]) -> tuple[int, int]:
    """How many events it read, and notifications it made."""
    told = 0
    with transaction.atomic():
        locks.hold(READER)
        unread = list(events.unread(READER, EVENTS))
        due = set(_due_instants(now)) | set(_later_lapses(now))
        known = set(Moment.objects.filter(due_at__in=due).values_list("due_at", flat=True))
        Moment.objects.bulk_create(
            Moment(at=at, kind=kind, due_at=due_at)
            for due_at in sorted(due - known)
            for at, kind in moments_of(due_at, overrides)
        )
        if unread:
            _go_over_again(_reconciled(unread) & known, now)
            told = sum(plan(unread, now - NEWS, now) for plan in (plan_verdicts, plan_hazard_steps, plan_posts))
            events.seen(READER, unread[-1])
    return len(unread), told


def _reconciled(unread: list[Event]) -> set[datetime]:
    return {datetime.fromisoformat(event.data["due_at"]) for event in unread if event.kind == "period.reconciled"}


def _go_over_again(due: set[datetime], now: datetime) -> None:
    """Whoever was told already is left alone: a person is told once a moment."""
    planned = Moment.objects.filter(due_at__in=due, planned_at__isnull=False)
    again = [moment.pk for moment in planned if is_news(moment.kind, moment.at, moment.due_at, now)]
    Moment.objects.filter(pk__in=again).update(planned_at=None)


def _due_instants(now: datetime) -> Iterator[datetime]:
    """The distinct `due_at` of pending obligations: one step along the index for each of a handful."""
    pending = Obligation.objects.filter(outcome=Outcome.PENDING, due_at__lte=now + _horizon())
    found: datetime | None = now - NEWS
    while (found := pending.filter(due_at__gt=found).aggregate(at=Min("due_at"))["at"]) is not None:
        yield found


def _later_lapses(now: datetime) -> Iterable[datetime]:
    """The distinct instants at which obligations lapse whose due day only reminds."""
    later = Obligation.objects.filter(outcome=Outcome.PENDING, lapses_at__gt=F("due_at"))
    near = later.filter(lapses_at__gt=now - NEWS, lapses_at__lte=now + _horizon())
    return near.order_by().values_list("lapses_at", flat=True).distinct()


def _horizon() -> timedelta:
    return timedelta(days=timetable().days_before[0]) + MARGIN


def plan_next(now: datetime) -> int | None:
    """Plan the earliest moment that has come, for at most `PEOPLE` people, in one transaction.

    Answers how many notifications it made; None when no moment is left. What falls due at different instants
    but is told at the same one makes one message.
    """
    with transaction.atomic():
        locks.hold(READER)  # two tickers would take the same moment
        waiting = Moment.objects.filter(planned_at__isnull=True, at__lte=now)
        first = waiting.order_by("at", "kind").first()
        if first is None:
            return None
        same = list(waiting.filter(at=first.at, kind=first.kind))
        due = [moment.due_at for moment in same if is_news(moment.kind, moment.at, moment.due_at, now)]
        told = _tell(first.kind, first.at, due, now) if due else 0
        if told < PEOPLE:
            Moment.objects.filter(pk__in=[moment.pk for moment in same]).update(planned_at=now)
        _append(first, due, len(same) - len(due), told, now)
    return told


def _append(moment: Moment, due: list[datetime], skipped: int, told: int, now: datetime) -> None:
    without_account = 0
    if moment.kind != NotificationKind.DIGEST and due:
        unknown = ~Exists(User.objects.filter(leader=OuterRef("leader"), is_active=True))
        owing = owed_at(moment.kind, due).filter(unknown, leader__isnull=False)
        without_account = owing.values("leader").distinct().count()
    if told or skipped or without_account:
        events.append(
            "moment.planned", by=SYSTEM, at=now, about=("moment", moment.pk), moment_kind=moment.kind,
            moment_at=moment.at.isoformat(), told=told, skipped=skipped, without_account=without_account,
        )  # fmt: skip


def _tell(kind: str, at: datetime, due: list[datetime], now: datetime) -> int:
    before = Notification.objects.aggregate(last=Max("pk"))["last"] or 0
    people = _supervisors(kind, at, due, now) if kind == NotificationKind.DIGEST else _owing(kind, at, due)
    scope = F("division_id") if kind == NotificationKind.DIGEST else Value(None, output_field=BigIntegerField())
    told = _insert(
        Notification,
        people.order_by("pk")[:PEOPLE],
        user=F("pk"), kind=Value(kind), at=_instant(at), due_at=_instant(min(due)), division=scope,
        title=Value(""), body=Value(""), subject=Value(_subject(kind, due)), urgent=Value(False), look_at=_instant(at),
    )  # fmt: skip
    if kind == NotificationKind.DIGEST:
        return told + plan_repeated(at, due, now)
    # Joined by their own columns: a subquery of them is gone through once a row where nobody has counted them yet.
    made = {"at": at, "kind": kind, "pk__gt": before}
    for reader in ("leader__user", "organisation__user", "lower_organisation__user"):
        notice = f"{reader}__notifications"
        about = owed_at(kind, due).filter(**{f"{notice}__{name}": value for name, value in made.items()})
        _insert(Notification.obligations.through, about, notification=F(notice), obligation=F("pk"))
    return told


def _subject(kind: str, due: list[datetime]) -> str:
    """Reminders and the lapse of the same day replace one another on the screen."""
    return "" if kind == NotificationKind.DIGEST else f"duties:{local_day(min(due)) - timedelta(days=1)}"


def _owing(kind: str, at: datetime, due: list[datetime]) -> QuerySet[User]:
    """Users who owe something then and were not told yet: leaders, and accounts of units, of a pair either side's."""
    owed = owed_at(kind, due)
    bodies = Q(organisation=OuterRef("organisation")) | Q(lower_organisation=OuterRef("organisation"))
    return _untold(kind, at).filter(
        Q(Exists(owed.filter(leader=OuterRef("leader"))))
        | Q(Exists(owed.filter(bodies, leader__isnull=True)), organisation__isnull=False)
    )


def _supervisors(kind: str, at: datetime, due: list[datetime], now: datetime) -> QuerySet[User]:
    """Supervisors whose scope holds a lapse.

    Scopes are compared here: they are few, and in SQL each of them would visit all the lapses in its range.
    """
    paths = lapsed_bases(due, now).values_list("division__path", flat=True).distinct()
    above = {path[:end] for path in paths for end in range(STEP, len(path) + 1, STEP)}
    scopes = _untold(kind, at).filter(office=Office.SUPERVISOR).values_list("pk", "division__path")
    return User.objects.filter(pk__in=[pk for pk, path in scopes.order_by("pk") if path in above][:PEOPLE])


def _untold(kind: str, at: datetime) -> QuerySet[User]:
    told = Notification.objects.filter(kind=kind, at=at, user=OuterRef("pk"))
    return User.objects.filter(~Exists(told), is_active=True)


def _insert(model: type[Model], rows: QuerySet[Any], **columns: Any) -> int:
    """INSERT ... SELECT of one row for each of `rows`, without what is there already. Answers how many."""
    try:
        sql, params = rows.values_list(*columns.values()).query.sql_with_params()
    except EmptyResultSet:
        return 0
    quote = connection.ops.quote_name
    fields = {field.name: quote(field.column or "") for field in model._meta.concrete_fields}
    names = ", ".join(fields[name] for name in columns)
    with connection.cursor() as cursor:
        # No value is written into the text: names are the models', the query is Django's.
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) {sql} ON CONFLICT DO NOTHING", params)
        return int(cursor.rowcount)


def _instant(at: datetime) -> Value:
    return Value(at, output_field=DateTimeField())
