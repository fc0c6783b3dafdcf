"""What changes in the story on the 15th of last month: one post changes hands, two links move on, and the office
rejects a check-in."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from fieldwork.core import locks
from fieldwork.core.periods import local_day
from fieldwork.directory import actions as directory
from fieldwork.directory.enums import LinkageKind
from fieldwork.directory.models import Linkage, Tenure, User
from fieldwork.duties.enums import Verdict
from fieldwork.inspections.actions import review_check_in
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision import actions
from fieldwork.supervision.demo.bodies import DEPARTMENTS, department
from fieldwork.supervision.demo.cast import LEADER, SUPERVISOR, Person, Places, Seat, people
from fieldwork.supervision.demo.links import another_town
from fieldwork.supervision.demo.people import Enrolment
from fieldwork.supervision.demo.progress import LOCK, Begun

SUCCESSOR = "demo-successor"
_REJECTED = "演示：经核实当日未到联系点，请重新检查。"
_LEAVES = "town_government_chief"
_MOVE_ON = ("county_government_chief", "county_executive_deputy")


def leaver_of(begun: Begun, places: Places) -> Person:
    """The head of demo-leader's first town, who leaves the post and is followed by demo-successor."""
    return _first(_LEAVES, begun, places)


def change_places(begun: Begun, places: Places, by: User) -> None:
    """The hand-over and the new links, all in one transaction and only once."""
    with transaction.atomic():
        locks.hold(LOCK)
        if User.objects.filter(username=SUCCESSOR).exists():
            return
        at = begun.handed_over_at
        _hand_over(leaver_of(begun, places), Enrolment(begun, places, by), at)
        for role in _MOVE_ON:
            person = _first(role, begun, places)
            _move_on(person, places, by, at)
        _reject_one(begun)


def _reject_one(begun: Begun) -> None:
    """The latest check-in that has arrived, of those far from their target if there are any."""
    at = begun.handed_over_at
    office = User.objects.get(username=SUPERVISOR)
    arrived = CheckIn.objects.filter(received_at__lt=at).exclude(lead__user__username=LEADER)
    far = arrived.filter(flags__code=FlagCode.OUTSIDE_TARGET)
    check_in = far.order_by("received_at", "pk").last() or arrived.order_by("received_at", "pk").last()
    if check_in is not None:
        review_check_in(check_in, verdict=Verdict.REJECTED, reason=_REJECTED, adopted_at=None, by=office, at=at)


def _first(role: str, begun: Begun, places: Places) -> Person:
    return next(person for person in people(places, begun.leaders) if person.part.role == role)


def _hand_over(leaver: Person, enrolment: Enrolment, at: datetime) -> None:
    by, today = enrolment.by, local_day(at)
    leader = User.objects.get(username=leaver.username).leader
    successor = directory.create_leader(name="演示·新任一", by=by, at=at)
    directory.create_user(username=SUCCESSOR, leader=successor, by=by, at=at)
    for tenure in Tenure.objects.filter(leader=leader, ends_on__isnull=True).order_by("pk"):
        links = list(tenure.linkages.filter(ends_on__isnull=True).order_by("pk"))
        actions.end_tenure(tenure=tenure, ends_on=today - timedelta(days=1), by=by, at=at)
        following = actions.appoint(leader=successor, post=tenure.post, starts_on=today, by=by, at=at)
        _take_over(links, following, by, at)
    seat = Seat(department(enrolment.places.home, DEPARTMENTS[2]), "副局长", "support_leader")
    post = directory.create_post(
        organisation=enrolment.organisation(seat.body), title=seat.title, role=seat.role,
        starts_on=enrolment.begun.founded, by=by, at=at,
    )  # fmt: skip
    if leader is not None:
        actions.appoint(leader=leader, post=post, starts_on=today, by=by, at=at)


def _take_over(links: list[Linkage], tenure: Tenure, by: User, at: datetime) -> None:
    """The successor's links are the predecessor's, pair by pair."""
    taken: dict[int, Linkage] = {}
    for link in links:
        taken[link.pk] = actions.link(
            tenure=tenure, kind=link.kind, target=link.target, starts_on=tenure.starts_on,
            paired_with=taken[link.paired_with_id] if link.paired_with_id else None, by=by, at=at,
        )  # fmt: skip


def _move_on(person: Person, places: Places, by: User, at: datetime) -> None:
    """From one town to another, in the middle of the month."""
    today = local_day(at)
    for link in _town_links(person):
        if link.division is not None:
            actions.end_linkage(linkage=link, ends_on=today - timedelta(days=1), by=by, at=at)
            town = another_town(person, places, link.division)
            actions.link(tenure=link.tenure, kind=LinkageKind.TOWN, target=town, starts_on=today, by=by, at=at)


def _town_links(person: Person) -> QuerySet[Linkage]:
    return Linkage.objects.select_related("tenure__leader", "division").filter(
        tenure__leader__user__username=person.username, kind=LinkageKind.TOWN, ends_on__isnull=True
    )
