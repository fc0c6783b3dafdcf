"""What is done at desks in the story: meetings, a letter for many towns at once, planned by dice like visits.

Each paper is planned from what is owed: what no obligation asks for, or somebody else owes by now, is not filed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import QuerySet

from fieldwork.core.periods import Cadence, Period, first_instant, local_day
from fieldwork.directory.enums import OrganisationKind
from fieldwork.directory.models import Organisation
from fieldwork.directory.paths import within
from fieldwork.duties.enums import Activity, Outcome, SubjectKind
from fieldwork.duties.models import Obligation
from fieldwork.supervision.demo.cast import LEADER, Places, people
from fieldwork.supervision.demo.dice import dice
from fieldwork.supervision.demo.people import ASSISTANT
from fieldwork.supervision.demo.progress import Begun
from fieldwork.supervision.demo.zone import CHIEF, OFFICE

_NAMES = UUID("0b9f6f0e-2a3c-4c56-8d0e-6f1f5f0f7c11")
_MONTHLY = 0.8  # of the meetings of towns of the home county are filed
_MET = ("city_party_chief", "city_government_chief", "county_party_chief", "regulator_chief")
_RETURNED = "county_government_chief"  # the home county's: without a list of who was there
RETURNED_BECAUSE = "演示：纪要未附参会人员签到表，请补齐后重新报备。"


@dataclass(frozen=True, slots=True)
class Paper:
    """One filing to be: whom the sender files it for, what it names, when it was held and when it arrives."""

    key: str
    sender: str
    subject: tuple[SubjectKind, int]
    names: tuple[int, ...]
    kind: Activity
    held_on: date
    received_at: datetime
    title: str
    by_staff: bool = False
    returned_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """The same in every run, so that a filing is recorded once."""
        return uuid5(_NAMES, self.key)


def plan_papers(begun: Begun, places: Places, now: datetime) -> Iterator[Paper]:
    """All papers for what stands open or met at `now`."""
    first, today = begun.present.starts_on, local_day(now)
    for month in Period.between(Cadence.MONTH, first, today):
        yield from _town_meetings(begun, places, month)
    for quarter in Period.between(Cadence.QUARTER, first, today):
        yield from _chiefs_meetings(begun, places, quarter)
        yield from _unit_meetings(begun, quarter)
    for year in Period.between(Cadence.YEAR, first, today):
        yield from _letters(begun, places, year)


def _town_meetings(begun: Begun, places: Places, month: Period) -> Iterator[Paper]:
    """Of the towns of demo-leader's county most have met, some only later in the month."""
    towns = within(places.home.path, "bases__division__path")
    for owed in _owed(month).filter(towns, activity=Activity.MEETING, leader__isnull=False):
        chance = dice("meeting", owed.leader.user.username, month)  # type: ignore[union-attr]
        day = _working_day(month.starts_on + timedelta(days=chance.randrange(1, 18)))
        if chance.random() < _MONTHLY:
            yield _meeting(begun, owed, day, f"演示：{_words(month)}安全生产工作会议")


def _chiefs_meetings(begun: Begun, places: Places, quarter: Period) -> Iterator[Paper]:
    """All but demo-leader's; one is returned, one was prepared by an assistant."""
    here = (places.city, places.home)
    chosen = {
        person.username: person.part.role
        for person in people(places, begun.leaders)
        if person.part.role in (*_MET, _RETURNED) and person.part.division in here and person.username != LEADER
    }
    for owed in _owed(quarter).filter(activity=Activity.MEETING, leader__user__username__in=chosen):
        username = owed.leader.user.username  # type: ignore[union-attr]
        day = _working_day(quarter.starts_on + timedelta(days=dice("meeting", username, quarter).randrange(4, 12)))
        role = chosen[username]
        yield _meeting(
            begun, owed, day, f"演示：{_words(quarter)}专题研究安全生产工作会议",
            by_staff=role == "city_party_chief", returned=role == _RETURNED,
        )  # fmt: skip


def _unit_meetings(begun: Begun, quarter: Period) -> Iterator[Paper]:
    """A unit user files for the street office, the zone's head for the zone's safety committee."""
    day = _working_day(quarter.starts_on + timedelta(days=8))
    senders = {
        OFFICE: Organisation.objects.filter(user__username=OFFICE),
        CHIEF: Organisation.objects.filter(
            kind=OrganisationKind.SAFETY_COMMITTEE, posts__tenures__leader__user__username=CHIEF
        ),
    }
    for sender, bodies in senders.items():
        for owed in _owed(quarter).filter(activity=Activity.MEETING, organisation__in=bodies.values("pk")):
            subject = (SubjectKind.ORGANISATION, owed.organisation_id or 0)
            title = f"演示：{_words(quarter)}{'全体会议' if sender == CHIEF else '防范重特大事故工作会议'}"
            yield Paper(
                f"{sender}/{owed.duty}/{quarter}", sender, subject, (owed.pk,), Activity.MEETING, day,
                _arrival(begun, day), title,
            )  # fmt: skip


def _letters(begun: Begun, places: Places, year: Period) -> Iterator[Paper]:
    """One paper for all letters that a body signed on one day: the city's, and the home county's with its towns."""
    chiefs = {person.part.role: person for person in reversed(people(places, 30))}
    senders = {
        chiefs[role].username: chiefs[role].part.seats[0].body.name
        for role in ("city_government_chief", "county_government_chief")
    }
    for turn, (sender, name) in enumerate(senders.items()):
        held_on = _working_day(year.starts_on + timedelta(days=4 + turn))
        letters = _owed(year).filter(activity=Activity.LETTER, organisation__name=name)
        signed = tuple(letters.values_list("pk", flat=True).distinct().order_by("pk"))[:50]
        upper = Organisation.objects.filter(name=name).first()
        if signed and upper is not None:
            title = f"演示：与下级政府签订{year}年度安全生产责任书"
            yield Paper(
                f"{sender}/letter/{year}", sender, (SubjectKind.ORGANISATION, upper.pk), signed, Activity.LETTER,
                held_on, _arrival(begun, held_on), title,
            )  # fmt: skip


def _owed(period: Period) -> QuerySet[Obligation]:
    closed = (Outcome.TRANSFERRED, Outcome.WITHDRAWN)
    rows = Obligation.objects.filter(period=str(period)).exclude(outcome__in=closed)
    return rows.select_related("leader__user").distinct().order_by("pk")


def _meeting(
    begun: Begun, owed: Obligation, day: date, title: str, *, by_staff: bool = False, returned: bool = False
) -> Paper:
    leader = owed.leader
    assert leader is not None, "meetings of leaders were asked for"
    sender = f"{ASSISTANT}-1" if by_staff else leader.user.username
    received_at = _arrival(begun, day)
    return Paper(
        f"{leader.user.username}/{owed.duty.partition('@')[0]}/{owed.period}", sender,
        (SubjectKind.LEADER, leader.pk), (owed.pk,), Activity.MEETING, day, received_at, title, by_staff,
        received_at + timedelta(days=1, hours=5) if returned else None,
    )  # fmt: skip


def _working_day(day: date) -> date:
    """The day, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _arrival(begun: Begun, day: date) -> datetime:
    """At ten on the next morning; what was held before anybody used the program is entered in its second week."""
    return first_instant(max(day + timedelta(days=1), begun.first + timedelta(days=9))) + timedelta(hours=10)


def _words(period: Period) -> str:
    """2026年11月, 2026年第四季度."""
    if period.cadence == Cadence.MONTH:
        return f"{period.year}年{period.index}月"
    return f"{period.year}年第{'一二三四'[period.index - 1]}季度"
