"""The cast takes its posts: leaders with accounts and linkages, the office (安委办), and assistants."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction

from fieldwork.core import locks
from fieldwork.core.periods import local_day
from fieldwork.directory import actions
from fieldwork.directory.enums import LinkageKind, Office
from fieldwork.directory.fits import Target
from fieldwork.directory.models import Industry, Leader, Linkage, Organisation, ProblemTownMark, Tenure, User
from fieldwork.supervision.demo.bodies import Body
from fieldwork.supervision.demo.cast import SUPERVISOR, Part, Person, Places, Seat, people
from fieldwork.supervision.demo.dice import dice
from fieldwork.supervision.demo.links import Links, links_of, problem_towns
from fieldwork.supervision.demo.progress import LOCK, Begun

ASSISTANT = "demo-assistant"
_TOGETHER = 50  # people enrolled in one transaction
_LEADERS_AN_ASSISTANT = 3
_LEADERS_WITHOUT = 40  # of so many leaders the first few have an assistant
_REASON = "演示数据，非真实情况：%s。"  # the towns are real, what is said of them is not
_REASONS = ("事故较多", "重大隐患整改滞后", "在建工程多，现场管理薄弱", "道路隐患路段较多")


@dataclass
class Enrolment:
    """Creates what is missing, through the directory's actions, as of two weeks before the first month."""

    begun: Begun
    places: Places
    by: User
    organisations: dict[tuple[int, str], Organisation] = field(default_factory=dict)
    industries: dict[str, Industry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        standing = Organisation.objects.select_related("division")
        self.organisations = {(each.division_id, each.name): each for each in standing}
        self.industries = {each.code: each for each in Industry.objects.all()}

    def enrol(self, person: Person) -> None:
        """The person with account, posts and linkages."""
        tenure = self.seat(person.username, person.name, person.part, self._some_day(person))
        self._link(tenure, links_of(person, self.places))

    def seat(self, username: str, name: str, part: Part, starts_on: date) -> Tenure:
        """Somebody with an account who takes the posts of a part; answers the first of them."""
        by, at = self.by, self.begun.set_up_at
        leader = actions.create_leader(name=name, division=part.division, by=by, at=at)
        actions.create_user(username=username, leader=leader, by=by, at=at)
        tenures = [self._appoint(leader, seat, part.acting, starts_on) for seat in part.seats]
        return tenures[0]

    def organisation(self, body: Body) -> Organisation:
        key = (body.division.pk, body.name)
        if key not in self.organisations:
            self.organisations[key] = actions.create_organisation(
                name=body.name, kind=body.kind, division=body.division, department_kind=body.department_kind,
                industry=self.industries[body.industry] if body.industry else None,
                starts_on=self.begun.founded, by=self.by, at=self.begun.set_up_at,
            )  # fmt: skip
        return self.organisations[key]

    def _some_day(self, person: Person) -> date:
        """Between the founding and two months before the first month; nobody acts in a post for years."""
        span = (self.begun.first - self.begun.founded).days - 60
        if person.part.acting:
            return self.begun.founded + timedelta(days=span)
        return self.begun.founded + timedelta(days=dice("since", person.number).randrange(span))

    def _appoint(self, leader: Leader, seat: Seat, acting: bool, starts_on: date) -> Tenure:
        begun, by, at = self.begun, self.by, self.begun.set_up_at
        post = actions.create_post(
            organisation=self.organisation(seat.body), title=seat.title, role=seat.role,
            safety_portfolio=seat.portfolio, starts_on=begun.founded, by=by, at=at,
        )  # fmt: skip
        return actions.appoint(leader=leader, post=post, acting=acting, starts_on=starts_on, by=by, at=at)

    def _link(self, tenure: Tenure, links: Links) -> None:
        def link(kind: LinkageKind, target: Target, paired_with: Linkage | None = None) -> Linkage:
            return actions.link(
                tenure=tenure, kind=kind, target=target, starts_on=tenure.starts_on, paired_with=paired_with,
                by=self.by, at=self.begun.set_up_at,
            )  # fmt: skip

        if links.county is not None:
            link(LinkageKind.COUNTY, links.county)
        if links.town is not None:
            link(LinkageKind.TOWN, links.town)
        if links.pair is not None:
            code, body = links.pair
            industry = link(LinkageKind.INDUSTRY, self.industries[code])
            link(LinkageKind.DEPARTMENT, self.organisation(body), industry)


def enrol_all(begun: Begun, places: Places, by: User, tell: Callable[[int], None]) -> None:
    """Everybody who is not there yet, some at a time; `tell` hears after each lot how many there are."""
    _staff_offices(begun, places, by)
    cast = people(places, begun.leaders)
    for first in range(0, len(cast), _TOGETHER):
        lot = cast[first : first + _TOGETHER]
        with transaction.atomic():
            locks.hold(LOCK)
            enrolment = Enrolment(begun, places, by)
            users = User.objects.filter(username__in=[person.username for person in lot])
            there = set(users.values_list("username", flat=True))
            for person in lot:
                if person.username not in there:
                    enrolment.enrol(person)
        tell(first + len(lot))
    _give_assistants(begun, places, cast, by)


def _staff_offices(begun: Begun, places: Places, by: User) -> None:
    """demo-supervisor for the city, a colleague for each county, and the marks they have set."""
    at = begun.set_up_at
    with transaction.atomic():
        locks.hold(LOCK)
        if User.objects.filter(username=SUPERVISOR).exists():
            return
        supervisor = actions.create_user(
            username=SUPERVISOR, name="演示·市安委办", office=Office.SUPERVISOR, division=places.city,
            by=by, at=at,
        )  # fmt: skip
        for county in places.counties:
            actions.create_user(
                username=f"{SUPERVISOR}-{county.code}", name=f"演示·{county.name}安委办",
                office=Office.SUPERVISOR, division=county, by=by, at=at,
            )  # fmt: skip
        if not ProblemTownMark.objects.exists():
            for town in problem_towns(places):
                reason = _REASON % dice("reason", town.code).choice(_REASONS)
                actions.mark_problem_town(division=town, reason=reason, starts_on=begun.founded, by=supervisor, at=at)


def _give_assistants(begun: Begun, places: Places, cast: list[Person], by: User) -> None:
    """Clerks who may prepare and upload for some leaders, demo-leader among them."""
    at, since = begun.set_up_at, local_day(begun.set_up_at)
    with transaction.atomic():
        locks.hold(LOCK)
        if User.objects.filter(username__startswith=ASSISTANT).exists():
            return
        for turn, first in enumerate(range(0, len(cast), _LEADERS_WITHOUT), start=1):
            assistant = actions.create_user(
                username=f"{ASSISTANT}-{turn}", name=f"演示·文书{turn}", division=places.city, by=by, at=at
            )
            helped = [person.username for person in cast[first : first + _LEADERS_AN_ASSISTANT]]
            for leader in Leader.objects.filter(user__username__in=helped).order_by("pk"):
                actions.delegate(assistant=assistant, leader=leader, starts_on=since, by=by, at=at)
