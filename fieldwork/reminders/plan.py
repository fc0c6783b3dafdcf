"""When people are told, and whom.

Moments are a function of when obligations fall due: 10, 3 and 1 days before the last day at 09:00, at 08:00
on the day after it, and at 09:00 on the first working day from then on. They are read off the rows, shortly
before the first of them, so that nothing depends on a timer or an event having fired; the feed tells which of
them to go over again, because others owe since. Days and hours are in the policy's zone. Verdicts are told at once.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
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
    QuerySet,
    Value,
)

from fieldwork.core import events, locks
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Event
from fieldwork.core.periods import ZONE, local_day
from fieldwork.directory.enums import Office
from fieldwork.directory.models import User
from fieldwork.directory.paths import STEP
from fieldwork.duties.enums import Outcome
from fieldwork.duties.models import Obligation
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Delivery, Moment, Notification
from fieldwork.reminders.queries import lapsed_bases, owing_leaders
from fieldwork.reminders.verdicts import plan_verdicts
from fieldwork.reminders.workdays import NO_OVERRIDES, next_working_day

READER = "reminders"
DAYS_BEFORE = (10, 3, 1)
REMIND_AT = time(9)
LAPSE_AT = time(8)
DIGEST_AT = time(9)

# Not earlier, so that the newest notice of working days is known; not later than the first reminder.
HORIZON = timedelta(days=max(DAYS_BEFORE) + 2)
# Periods that ended longer ago, such as those of an installation's first day, are history and no news.
NEWS = timedelta(days=60)
EVENTS = 1000
PEOPLE = 20_000  # planned for in one transaction


def moments_of(
    due_at: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> Iterator[tuple[datetime, NotificationKind]]:
    """The instants, in order, at which people are told of what falls due at `due_at`."""
    after = local_day(due_at)
    last = after - timedelta(days=1)
    for days in DAYS_BEFORE:
        yield _local(last - timedelta(days=days), REMIND_AT), NotificationKind.REMINDER
    yield _local(after, LAPSE_AT), NotificationKind.LAPSE
    yield _local(next_working_day(after, overrides), DIGEST_AT), NotificationKind.DIGEST


def is_news(kind: str, at: datetime, due_at: datetime, now: datetime) -> bool:
    """Whether it still makes sense to tell: a reminder until the next one or the end, a lapse at any time."""
    if kind != NotificationKind.REMINDER:
        return True
    later = (moment for moment, of in moments_of(due_at) if of == NotificationKind.REMINDER and moment > at)
    return now < next(later, due_at)


def look(now: datetime, overrides: Mapping[date, bool] = NO_OVERRIDES) -> int:
    """Read the feed to its end: every obligation due around `now` gets its moments, and each verdict its notifications.

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
        due = set(_due_instants(now))
        known = set(Moment.objects.filter(due_at__in=due).values_list("due_at", flat=True))
        Moment.objects.bulk_create(
            Moment(at=at, kind=kind, due_at=due_at)
            for due_at in sorted(due - known)
            for at, kind in moments_of(due_at, overrides)
        )
        if unread:
            _go_over_again(_reconciled(unread) & known, now)
            told = plan_verdicts(unread, now - NEWS)
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
    pending = Obligation.objects.filter(outcome=Outcome.PENDING, due_at__lte=now + HORIZON)
    found: datetime | None = now - NEWS
    while (found := pending.filter(due_at__gt=found).aggregate(at=Min("due_at"))["at"]) is not None:
        yield found


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
        without_account = owing_leaders(due).filter(unknown).values("leader").distinct().count()
    if told or skipped or without_account:
        events.append(
            "moment.planned", by=SYSTEM, at=now, about=("moment", moment.pk), moment_kind=moment.kind,
            moment_at=moment.at.isoformat(), told=told, skipped=skipped, without_account=without_account,
        )  # fmt: skip


def _tell(kind: str, at: datetime, due: list[datetime], now: datetime) -> int:
    before = Notification.objects.aggregate(last=Max("pk"))["last"] or 0
    people = _supervisors(kind, at, due, now) if kind == NotificationKind.DIGEST else _leaders(kind, at, due)
    scope = F("division_id") if kind == NotificationKind.DIGEST else Value(None, output_field=BigIntegerField())
    told = _insert(
        Notification,
        people.order_by("pk")[:PEOPLE],
        user=F("pk"), kind=Value(kind), at=_instant(at), due_at=_instant(min(due)), division=scope,
        title=Value(""), body=Value(""), subject=Value(""), urgent=Value(False),
    )  # fmt: skip
    made = Notification.objects.filter(at=at, kind=kind, pk__gt=before)
    if kind != NotificationKind.DIGEST:
        about = owing_leaders(due).filter(leader__user__notifications__in=made)
        _insert(
            Notification.obligations.through, about,
            notification=F("leader__user__notifications"), obligation=F("pk"),
        )  # fmt: skip
    for channel in dict.fromkeys(settings.CHANNELS):
        _insert(
            Delivery, made,
            notification=F("pk"), channel=Value(channel), state=Value("planned"), not_before=_instant(at),
            attempts=Value(0), error=Value(""), address=Value(""), bundle=Value(""), sent_to=Value(""), provider_id=Value(""),
            reason=Value(""),
        )  # fmt: skip
    return told


def _leaders(kind: str, at: datetime, due: list[datetime]) -> QuerySet[User]:
    """Users who owe something due then and were not told yet. Users of organisations will join here."""
    owing = Exists(owing_leaders(due).filter(leader=OuterRef("leader")))
    return _untold(kind, at).filter(owing)


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


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=ZONE)
