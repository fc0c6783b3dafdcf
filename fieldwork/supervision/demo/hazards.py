"""Some visits find a hazard, which its finder reports with a photo; offices and units then take it on, step by step.

Of the units one for each county rectifies whatever is found there; none of them exists.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from fieldwork.core import locks
from fieldwork.core.geo import Datum, Position
from fieldwork.core.periods import local_day
from fieldwork.core.uploads import Incoming
from fieldwork.directory.actions import create_user
from fieldwork.directory.enums import OrganisationKind
from fieldwork.directory.models import Division, User
from fieldwork.hazards.actions import receive_hazard_photos, report_hazard
from fieldwork.hazards.declared import DeclaredHazard, DeclaredPhotoAfter
from fieldwork.hazards.enums import Action
from fieldwork.hazards.models import Hazard
from fieldwork.hazards.steps import take_step
from fieldwork.inspections.declared import DeclaredPhoto, Location
from fieldwork.inspections.models import CheckIn
from fieldwork.supervision.demo.bodies import Body
from fieldwork.supervision.demo.cast import HOME, SUPERVISOR, Places
from fieldwork.supervision.demo.dice import dice
from fieldwork.supervision.demo.findings import FINDER, LONGEST_DAYS, OFFICE, TALES, Move, moves_of
from fieldwork.supervision.demo.people import Enrolment
from fieldwork.supervision.demo.photos import draw_photo
from fieldwork.supervision.demo.progress import LOCK, Begun
from fieldwork.supervision.demo.sites import beside
from fieldwork.supervision.demo.visits import Visit

RECTIFIER = "demo-unit-hazards"  # of the unit that rectifies what is found in demo-leader's county
_NAMES = UUID("1f2d7c55-0b6b-4c3f-8e53-1f6c2f0f9a42")
_PHONE = "phone-of-"  # how the ids of the demo's devices begin
_FEW = 24  # hazards of a demo of common size
_A_MONTH = 0.3  # visits of sites that a leader makes in a month
_SELDOM = 30  # of so many such visits one finds a hazard in a large demo
_STEP_ASIDE_M = 12.0
_JPEG = "image/jpeg"


def open_units(begun: Begun, places: Places, by: User) -> None:
    """The units that rectify, one for each county, each with its user; only once."""
    with transaction.atomic():
        locks.hold(LOCK)
        if User.objects.filter(username=RECTIFIER).exists():
            return
        enrolment = Enrolment(begun, places, by)
        for county in places.counties:
            unit = enrolment.organisation(Body(county, OrganisationKind.RESIDENT_UNIT, f"演示·{county.name}整改公司"))
            create_user(
                username=_rectifier_of(county), name=f"演示·{unit.name[3:]}安全员", organisation=unit,
                by=by, at=begun.set_up_at,
            )  # fmt: skip


def _rectifier_of(county: Division) -> str:
    return RECTIFIER if county.code == HOME else f"{RECTIFIER}-{county.code}"


@dataclass(frozen=True)
class Findings:
    """What becomes of the demo's hazards between two instants."""

    begun: Begun
    places: Places

    def tell(self, visits: Iterable[Visit], since: datetime, until: datetime) -> None:
        """Report what the visits found, and take every step that falls after `since`, up to `until`."""
        with transaction.atomic():
            for check_in in self._fruitful(visits):
                self._report(check_in)
        for at, hazard, number, move in sorted(self._due(since, until), key=lambda due: (due[0], str(due[1].pk))):
            self._take(hazard, number, move, at)

    def _fruitful(self, visits: Iterable[Visit]) -> QuerySet[CheckIn]:
        """The check-ins at sites in which something was found, as they arrived."""
        one_of = self._one_of
        drawn = [visit.id for visit in visits if dice("hazard", visit.id).randrange(one_of) == 0]
        found = CheckIn.objects.filter(pk__in=drawn, site__latitude__isnull=False)
        return found.select_related("site__division", "lead__user", "uploaded_by").order_by("received_at", "pk")

    @property
    def _one_of(self) -> int:
        """Few in a demo of any size that one looks through, and a share of the visits in a large one."""
        months = self.begun.present.index + 12 * (self.begun.present.year - self.begun.first.year)
        visits = self.begun.leaders * _A_MONTH * (months - self.begun.first.month + 1)
        return max(1, min(_SELDOM, round(visits / _FEW)))

    def _report(self, check_in: CheckIn) -> None:
        """By the dice of its number in time, so that every tale is told."""
        told = Hazard.objects.filter(device_id__startswith=_PHONE, received_at__lt=check_in.received_at).count()
        tale = TALES[told % len(TALES)]
        for number, description in enumerate(filter(None, (tale.description, tale.again))):
            key = _key(check_in.pk, number)
            if Hazard.objects.filter(pk=key).exists():
                continue
            assert check_in.site is not None, "only visits of sites find any"
            place = _beside(check_in.site, key)
            with _photo(f"{key}/before", "hazard", check_in.captured_at, place) as file:
                declared = DeclaredHazard(
                    id=key, found_at=check_in.captured_at, category=tale.category, grade=tale.grade,
                    description=description, lead=str(check_in.lead_id), check_in=check_in.pk,
                    site=str(check_in.site.pk), location=_location(place),
                    photos=(DeclaredPhoto(file.sha256, file.bytes, _JPEG, check_in.captured_at, "演示：整改前"),),
                    prepared_by_staff=check_in.prepared_by_staff, device_id=check_in.device_id,
                    clock_at_send=check_in.received_at,
                )  # fmt: skip
                report_hazard(declared, files={file.sha256: file}, by=check_in.uploaded_by, at=check_in.received_at)

    def _due(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, Hazard, int, Move]]:
        """What is to be done of hazards in whose course nobody else has taken a hand."""
        young = since - timedelta(days=LONGEST_DAYS)
        hazards = Hazard.objects.filter(device_id__startswith=_PHONE, received_at__gt=young, received_at__lte=until)
        for hazard in hazards.select_related("division", "site").prefetch_related("steps"):
            moves = moves_of(hazard.description)
            planned = [_key(hazard.pk, number) for number in range(len(moves))]
            taken = {step.pk for step in hazard.steps.all()}
            if taken != set(planned[: len(taken)]):
                continue
            for number, move in enumerate(moves):
                at = hazard.received_at + timedelta(days=move.after_days)
                if number >= len(taken) and at <= until:
                    yield at, hazard, number, move

    def _take(self, hazard: Hazard, number: int, move: Move, at: datetime) -> None:
        by, key = self._taker(hazard, move.by), _key(hazard.pk, number)
        said = {**move.said, **self._said(hazard, move, at)}
        if move.action != Action.SUBMIT:
            take_step(hazard.pk, action=move.action, key=key, given=said, by=by, at=at)
            return
        assert hazard.site is not None, "only visits of sites find any"
        place = _beside(hazard.site, key)
        with _photo(f"{key}/after", "rectified", at, place) as file:
            pair = hazard.photos.get(submission=None).sha256
            after = DeclaredPhotoAfter(file.sha256, file.bytes, _JPEG, at, "演示：整改后", pair)
            given = {**said, "location": _location(place), "photos": (after,) if move.shown else ()}
            take_step(hazard.pk, action=move.action, key=key, given=given, by=by, at=at)
            if move.shown:
                receive_hazard_photos(hazard, files={file.sha256: file}, by=by, at=at)

    def _taker(self, hazard: Hazard, party: str) -> User:
        county = self._county(hazard)
        if party == FINDER:
            return User.objects.get(leader=hazard.lead_id)
        name = f"{SUPERVISOR}-{county.code}" if party == OFFICE else _rectifier_of(county)
        return User.objects.select_related("organisation", "division").get(username=name)

    def _said(self, hazard: Hazard, move: Move, at: datetime) -> dict[str, Any]:
        """What depends on the hazard: who rectifies it, until when, and what it is a duplicate of."""
        said: dict[str, Any] = {}
        unit = self._taker(hazard, "unit").organisation
        if move.action in (Action.ASSIGN, Action.LIST):
            said["rectifying_unit"] = unit
        if move.action == Action.LIST:
            office = hazard.post.organisation if hazard.post else hazard.regulator
            said |= {"year": local_day(at).year, "assisting_unit": office, "supervising_unit": hazard.regulator}
        if move.deadline is not None:
            said["deadline"] = local_day(hazard.received_at) + timedelta(days=move.deadline)
        if move.action == Action.DISMISS and not move.said["reason"]:
            assert hazard.check_in_id is not None, "all of them are found in check-ins"
            said["duplicate_of"] = _key(hazard.check_in_id, 0)
        return said

    def _county(self, hazard: Hazard) -> Division:
        return next(each for each in self.places.counties if hazard.division.path.startswith(each.path))


def _key(of: UUID, number: int) -> UUID:
    """Of the hazards of a check-in, and of the steps of a hazard; the same in every run."""
    return uuid5(_NAMES, f"{of}/{number}")


def _beside(site: Any, key: UUID) -> Position:
    return beside(Position(site.latitude, site.longitude), _STEP_ASIDE_M, dice("hazard", key).uniform(0, 6))


def _location(place: Position) -> Location:
    return Location(place.latitude, place.longitude, 8.0, Datum.WGS84, 1.0, mocked=False)


def _photo(seed: str, caption: str, at: datetime, place: Position) -> Incoming:
    file = Incoming(settings.PHOTO_BYTES)
    file.write(draw_photo(seed, caption, at, place))
    return file
