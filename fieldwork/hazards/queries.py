"""What of the hazards X may see, and what X is to each: one standpoint answers both."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from fieldwork.core.geo import Position
from fieldwork.directory.enums import Level
from fieldwork.directory.models import Linkage, Organisation, Tenure, User
from fieldwork.directory.paths import within
from fieldwork.directory.places import box
from fieldwork.directory.queries import (
    NOTHING,
    leader_ids,
    organisation_ids,
    organisations_visible_to,
    scope,
    scope_holds,
    standing,
)
from fieldwork.directory.rules import MANAGERS
from fieldwork.duties.enums import TargetKind
from fieldwork.duties.models import Task
from fieldwork.hazards.enums import OPEN, TO_RECTIFY, Party
from fieldwork.hazards.models import Assignment, Extension, Hazard, HazardPhoto, Listing, Submission

_SIDES = ("rectifying_unit", "assisting_unit", "supervising_unit")
ALIKE_M = 100.0  # how far apart two reports of one hazard may lie
Field = tuple[int, str]  # the id of an industry or department, and the path of the area in which it is linked


@dataclass(frozen=True)
class Standpoint:
    """Where a user stands on a day: all that decides which hazards they see, and what they are to each.

    `leaders` are the own one and those for whom the user acts, `posts` what these hold and `aided` the bodies in
    which they do, `bodies` those for which the user acts, `places` the paths that they are linked to and the towns
    whose bodies they belong to.
    """

    user: User
    leaders: frozenset[int]
    posts: frozenset[int]
    bodies: frozenset[int]
    aided: frozenset[int]
    places: tuple[str, ...]
    industries: frozenset[Field]
    departments: frozenset[Field]

    def sees(self) -> Q:
        """The finder, whoever holds the post it belongs to, who is linked to its place or industry, the units that are
        or were named, and the office above."""
        found = (Q(lead__in=self.leaders), Q(uploaded_by=self.user))
        own = (*found, *_resting_on(self.posts, self.bodies), *self._linked())
        # An office sees most of what it asks for, in the order in which it asks.
        return reduce(or_, own, scope(self.user, "division__path")) if self.user.office else any_of(*own)

    def mine(self) -> Q:
        """What rests on the own posts, and on the bodies for which one acts; of who has no post, what they found."""
        found = (Q(lead__in=self.leaders, post__isnull=True), Q(uploaded_by=self.user, post__isnull=True))
        return any_of(*found, *_resting_on(self.posts, self.bodies))

    def parties(self, hazard: Hazard) -> frozenset[Party]:
        """What the user is to a hazard of `with_course`; no query."""
        of = {
            Party.OFFICE: self.user.office in MANAGERS and scope_holds(self.user, hazard.division),
            Party.REGULATOR: hazard.regulator_id in self.bodies,
            Party.RECTIFIER: _rectifying(hazard) in self.bodies,
            Party.AIDE: _rectifying(hazard) in self.aided - self.bodies,
            Party.NAMED: any(
                getattr(each, f"{side}_id") in self.bodies for each in _current(hazard) for side in _SIDES
            ),
            Party.FINDER: self._answers_for(hazard),
            Party.SENDER: self._sent(hazard),
            Party.LINKED: self._is_linked(hazard),
            Party.SUBMITTER: any(each.by_id == self.user.pk for each in hazard.submissions.all()[:1]),
            Party.REQUESTER: any(each.requested_by_id == self.user.pk for each in _waiting(hazard)),
        }
        return frozenset(party for party, it_is in of.items() if it_is)

    def _answers_for(self, hazard: Hazard) -> bool:
        """As `mine` has it: with a post goes what it does, and with a delegation."""
        return hazard.post_id in self.posts if hazard.post_id is not None else self._sent(hazard)

    def _sent(self, hazard: Hazard) -> bool:
        return hazard.uploaded_by_id == self.user.pk or hazard.lead_id in self.leaders

    def _linked(self) -> Iterator[Q]:
        for path in self.places:
            yield within(path, "division__path")
        for industry, area in self.industries:
            yield (Q(industry=industry) | Q(industry__parent=industry)) & within(area, "division__path")
        for department, area in self.departments:
            yield Q(regulator=department) & within(area, "division__path")

    def _is_linked(self, hazard: Hazard) -> bool:
        path = str(hazard.division.path)
        fields = {hazard.industry_id, hazard.industry.parent_id if hazard.industry else None} - {None}
        return (
            any(path.startswith(place) for place in self.places)
            or any(industry in fields and path.startswith(area) for industry, area in self.industries)
            or any(hazard.regulator_id == each and path.startswith(area) for each, area in self.departments)
        )


def any_of(*which: Q) -> Q:
    """Hazards of which one of these holds. Each is found by an index of its own, where an `or` would read every row."""
    first, *others = (Hazard.objects.order_by().filter(each).values("pk") for each in which)
    return Q(pk__in=first.union(*others, all=True))


def resting_on(posts: Collection[int], bodies: Collection[int]) -> Q:
    """Hazards that belong to these posts, or for which these bodies answer: by the site, or because a step names or
    named them."""
    return any_of(*_resting_on(posts, bodies))


def _resting_on(posts: Collection[int], bodies: Collection[int]) -> Iterator[Q]:
    yield Q(post__in=posts)
    if bodies:
        named = reduce(or_, (Q(**{f"{side}__in": bodies}) for side in _SIDES))
        yield Q(regulator__in=bodies)
        yield Q(pk__in=Listing.objects.filter(named).values("hazard"))
        yield Q(pk__in=Assignment.objects.filter(unit__in=bodies).values("hazard"))


def standpoint_of(user: User, on: date) -> Standpoint:
    """Five queries at most."""
    leaders = leader_ids(user, on)
    held = list(
        Tenure.objects.filter(standing(on), leader__in=leaders).values_list(
            "post", "post__organisation", "post__organisation__division__path", "post__organisation__division__level"
        )
    )
    linked = list(
        Linkage.objects.filter(standing(on), standing(on, "tenure__"), tenure__leader__in=leaders).values_list(
            "division__path", "industry", "organisation", "tenure__post__organisation__division__path"
        )
    )
    places = {path for _post, _body, path, level in held if level == Level.TOWN}
    places |= {place for place, _industry, _department, _area in linked if place}
    return Standpoint(
        user=user,
        leaders=frozenset(leaders),
        posts=frozenset(post for post, _body, _path, _level in held),
        bodies=frozenset(organisation_ids(user, on)),
        aided=frozenset(body for _post, body, _path, _level in held),
        places=tuple(sorted(places)),
        industries=frozenset((industry, area) for _place, industry, _department, area in linked if industry),
        departments=frozenset((department, area) for _place, _industry, department, area in linked if department),
    )


def hazards_visible_to(user: User, on: date) -> QuerySet[Hazard]:
    return Hazard.objects.filter(standpoint_of(user, on).sees())


def units_nameable_by(user: User, on: date) -> QuerySet[Organisation]:
    """Which bodies a step may name: those in sight, and those in the divisions of the bodies for which one acts."""
    own = Organisation.objects.filter(pk__in=organisation_ids(user, on)).values_list("division__path", flat=True)
    around = reduce(or_, (within(path, "division__path") for path in sorted(set(own))), NOTHING)
    seen = organisations_visible_to(user, on).values("pk")
    return Organisation.objects.filter(standing(on), Q(pk__in=seen) | around)


def with_course(hazards: QuerySet[Hazard]) -> QuerySet[Hazard]:
    """With all that `parties`, the rules and the answers ask for; five queries for all."""
    listings = Listing.objects.select_related(*_SIDES).order_by("-step__number")
    related = ("division", "industry", "lead", "rectifying_unit", "regulator", "check_in")
    return hazards.select_related(*related).prefetch_related(
        Prefetch("submissions", Submission.objects.order_by("-step__number")),
        Prefetch("extensions", Extension.objects.order_by("-step__number")),
        Prefetch("listings", listings),
        Prefetch("photos", HazardPhoto.objects.select_related("blob__picture").order_by("submission", "sha256")),
    )


def overdue(on: date) -> Q:
    """Those whose deadline has passed while somebody was to rectify them."""
    return Q(state__in=TO_RECTIFY, deadline__lt=on)


def is_overdue(hazard: Hazard, on: date) -> bool:
    return hazard.state in TO_RECTIFY and hazard.deadline is not None and hazard.deadline < on


def listed() -> Q:
    return Q(Exists(Listing.objects.filter(hazard=OuterRef("pk"), delisted_on__isnull=True)))


def alike(hazard: Hazard) -> Q:
    """Reports of what may be the same: not ended, of its category, at its site or within 100 m of its place."""
    near = NOTHING if hazard.site_id is None else Q(site=hazard.site_id)
    if hazard.wgs84_latitude is not None and hazard.wgs84_longitude is not None:
        near |= box(Position(hazard.wgs84_latitude, hazard.wgs84_longitude), ALIKE_M, "wgs84_")
    return ~Q(pk=hazard.pk) & Q(category=hazard.category, state__in=OPEN) & near


def serving(task: Task) -> Q:
    """Hazards in what a task leads to: its place, or its field within the divisions that count it."""
    match task.target_kind:
        case TargetKind.INDUSTRY:
            return _counted_within(task) & (Q(industry=task.industry_id) | Q(industry__parent=task.industry_id))
        case TargetKind.DEPARTMENT:
            return _counted_within(task) & Q(regulator=task.organisation_id)
        case _:
            return within(str(task.division.path), "division__path") if task.division else NOTHING


def _counted_within(task: Task) -> Q:
    paths = set(task.obligation.bases.values_list("division__path", flat=True))
    return reduce(or_, (within(path, "division__path") for path in sorted(paths)), NOTHING)


def _rectifying(hazard: Hazard) -> int | None:
    """The unit that is to rectify it: before it is assigned, the one that its listing names."""
    if hazard.rectifying_unit_id is None:
        return next((listing.rectifying_unit_id for listing in _current(hazard)), None)
    return hazard.rectifying_unit_id


def _current(hazard: Hazard) -> list[Listing]:
    return [each for each in hazard.listings.all() if each.delisted_on is None]


def listing_of(hazard: Hazard) -> Listing | None:
    """The one that stands."""
    return next(iter(_current(hazard)), None)


def _waiting(hazard: Hazard) -> list[Extension]:
    return [each for each in hazard.extensions.all() if each.granted is None and each.withdrawn_at is None]


def extension_of(hazard: Hazard) -> Extension | None:
    """The one that waits for a decision."""
    return next(iter(_waiting(hazard)), None)
