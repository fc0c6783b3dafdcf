"""What goes up: duties that lapsed twice running, to the level above; what nobody opened, to the person's office.

Who is told follows from the rows when it is planned, what they are told from the rows when it is sent. An office is the
supervisors of the nearest division, upwards, that has any.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from fieldwork.core.periods import Period, local_day
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Tenure, User
from fieldwork.directory.paths import upwards
from fieldwork.duties.enums import Outcome
from fieldwork.duties.models import Basis, Obligation
from fieldwork.reminders.enums import NotificationKind
from fieldwork.reminders.models import Moment, Notification
from fieldwork.reminders.queries import lapsed_bases
from fieldwork.reminders.quiet import next_working_morning
from fieldwork.reminders.timetable import timetable


class Offices:
    """The supervisors of every scope, and who serves where there is none; read once for a batch."""

    def __init__(self) -> None:
        self._of: dict[str, list[int]] = defaultdict(list)
        rows = User.objects.filter(office=Office.SUPERVISOR, is_active=True).order_by("pk")
        for pk, path in rows.values_list("pk", "division__path"):
            self._of[path].append(pk)
        serving = User.objects.filter(office=Office.ADMINISTRATOR, division=None, is_active=True).order_by("pk")
        self._administrators = list(serving.values_list("pk", flat=True))

    def nearest(self, path: str) -> Sequence[int]:
        """The ids of the supervisors of this division, or of the nearest one above that has any; else the whole
        installation's administrators."""
        found = (self._of[each] for each in reversed(upwards(path)) if each in self._of)
        return next(found, self._administrators)

    def above(self, path: str) -> Sequence[int]:
        """The same, from the division above on."""
        return self.nearest(upwards(path)[-2]) if len(upwards(path)) > 1 else ()


@dataclass(frozen=True, slots=True)
class Running:
    """One duty that lapsed in as many periods running: whose, where, which, in which periods."""

    who: str
    division: str
    rule: str
    periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """What one office hears of duties below it that lapsed `times` running."""

    rows: tuple[Running, ...]
    times: int


def repeatedly(due: Collection[datetime], now: datetime, times: int) -> QuerySet[Basis]:
    """The standing bases of what lapsed at one of these instants and in the `times - 1` periods before."""
    rows = lapsed_bases(due, now)
    lapsed = Q()
    for name in rows.order_by().values_list("obligation__period", flat=True).distinct():
        before = [str(each) for each in running(Period.parse(name), times)[:-1]]
        lapsed |= Q(*(Q(Exists(_lapsed(each, now))) for each in before), obligation__period=name)
    return rows.filter(lapsed) if lapsed else rows.none()


def _lapsed(period: str, now: datetime) -> QuerySet[Obligation]:
    return Obligation.objects.filter(
        subject_key=OuterRef("obligation__subject_key"), duty=OuterRef("obligation__duty"), period=period,
        outcome=Outcome.PENDING, lapses_at__lte=now,
    )  # fmt: skip


def running(last: Period, times: int) -> list[Period]:
    """So many periods in a row, of which this is the last."""
    found = [last]
    while len(found) < times:
        found.insert(0, found[0].previous())
    return found


def plan_repeated(at: datetime, due: Collection[datetime], now: datetime) -> int:
    """Tell the level above of what lapsed again; answers how many notifications. The caller holds the lock."""
    paths = set(repeatedly(due, now, timetable().periods_running).values_list("division__path", flat=True).order_by())
    offices = Offices() if paths else None
    told = {user for path in paths for user in (offices.above(path) if offices else ())}
    return _tell(NotificationKind.REPEATED, at, told, min(due))


def repeated_of(notifications: Collection[Notification], now: datetime) -> dict[int, Repeated]:
    """What each of these tells by now, by its id; four queries for each moment among them."""
    found: dict[int, Repeated] = {}
    times = timetable().periods_running
    for at in {one.at for one in notifications}:
        due = list(Moment.objects.filter(kind=NotificationKind.DIGEST, at=at).values_list("due_at", flat=True))
        rows = repeatedly(due, now, times).select_related(
            "obligation__leader", "obligation__organisation", "rule", "division"
        )
        told: dict[int, dict[tuple[str, str], Running]] = defaultdict(dict)
        offices = Offices()
        for basis in rows.order_by("division__path", "obligation", "pk"):
            for user in offices.above(basis.division.path):
                told[user].setdefault((basis.obligation.subject_key, basis.obligation.duty), _running(basis, times))
        for one in notifications:
            if one.at == at and one.user_id in told:
                found[one.pk] = Repeated(tuple(told[one.user_id].values()), times)
    return found


def _running(basis: Basis, times: int) -> Running:
    owed = basis.obligation
    who = owed.leader or owed.organisation
    periods = tuple(str(each) for each in running(Period.parse(owed.period), times))
    return Running(str(who), basis.division.name, basis.rule.name, periods)


@dataclass(frozen=True, slots=True)
class Unopened:
    """Who has not opened what they were told: (name, division, titles)."""

    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


def tell_offices(unopened: Sequence[Notification], now: datetime, overrides: Mapping[date, bool]) -> int:
    """Tell the offices of their readers, on the next working morning. The caller holds the lock of the plan."""
    if not unopened:
        return 0
    at = next_working_morning(now, timetable().news_at, overrides)
    offices, places = Offices(), _places({one.user_id for one in unopened}, now)
    told = {user for one in unopened for user in offices.nearest(places.get(one.user_id, ("", ""))[0])}
    Notification.objects.filter(pk__in=[one.pk for one in unopened]).update(office_at=at)
    return _tell(NotificationKind.UNOPENED, at, told)


def unopened_of(
    notifications: Collection[Notification], matters: Callable[[Sequence[Notification]], Collection[int]]
) -> dict[int, Unopened]:
    """What each of these tells by now, by its id; four queries for each moment among them, beside those of `matters`,
    which answers the ids of those that are still about something."""
    found: dict[int, Unopened] = {}
    for at in {one.at for one in notifications}:
        rows = Notification.objects.filter(office_at=at, read_at=None, user__is_active=True).select_related("user")
        unread = list(rows.order_by("user__name", "user", "at"))
        about = matters(unread) if unread else ()
        still = [one for one in unread if one.pk in about]
        offices, places = Offices(), _places({one.user_id for one in still}, at)
        titles: dict[tuple[int, int], list[str]] = defaultdict(list)
        names = {one.user_id: str(one.user) for one in still}
        for one in still:
            for office in offices.nearest(places.get(one.user_id, ("", ""))[0]):
                titles[office, one.user_id].append(one.title)
        for told in notifications:
            mine = [(user, said) for (office, user), said in titles.items() if office == told.user_id]
            if told.at == at and mine:
                found[told.pk] = Unopened(tuple((names[user], places[user][1], tuple(said)) for user, said in mine))
    return found


def _places(users: Collection[int], at: datetime) -> dict[int, tuple[str, str]]:
    """Path and name of the division to whose office each belongs: of the post begun last, of the unit, or of the post
    held before: whoever has left a post still owes what lapsed there."""
    day = local_day(at)
    accounts = User.objects.filter(pk__in=users, organisation__isnull=False)
    units = {
        pk: (path, name)
        for pk, path, name in accounts.values_list("pk", "organisation__division__path", "organisation__division__name")
    }
    held = Tenure.objects.filter(leader__user__in=users, starts_on__lte=day).order_by("starts_on", "pk")
    before, now = dict[int, tuple[str, str]](), dict[int, tuple[str, str]]()
    for pk, ends_on, path, name in held.values_list(
        "leader__user", "ends_on", "post__organisation__division__path", "post__organisation__division__name"
    ):
        (now if ends_on is None or ends_on >= day else before)[pk] = (path, name)
    return before | units | now


def _tell(kind: NotificationKind, at: datetime, users: Collection[int], due_at: datetime | None = None) -> int:
    """Whoever was told at the same moment already is left alone."""
    told = set(Notification.objects.filter(at=at, kind=kind, user__in=users).values_list("user", flat=True))
    fresh = sorted(set(users) - told)
    Notification.objects.bulk_create(
        Notification(user_id=user, kind=kind, at=at, due_at=due_at, look_at=at) for user in fresh
    )
    return len(fresh)
