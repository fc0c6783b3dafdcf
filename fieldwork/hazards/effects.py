"""What each step does to a hazard beside its state: the columns it sets, and the rows it leaves."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from fieldwork.core import locks
from fieldwork.core.declared import AHEAD
from fieldwork.core.errors import Code, DomainError, FieldError, Text, invalid
from fieldwork.core.geo import Position
from fieldwork.core.periods import local_day
from fieldwork.directory.models import Organisation, User
from fieldwork.hazards.declared import DeclaredPhotoAfter
from fieldwork.hazards.enums import Action, Grade, HazardState
from fieldwork.hazards.models import Assignment, Extension, Hazard, HazardPhoto, Listing, Step, Submission
from fieldwork.hazards.queries import extension_of, hazards_visible_to, listing_of
from fieldwork.hazards.rules import wrong_state
from fieldwork.inspections.declared import Location

Rows = Callable[[Step], Iterable[Model]]
_WHY = _("Say why.")
DUPLICATES = "hazards.duplicates"


@dataclass(frozen=True, slots=True)
class Effect:
    """`rows` makes what is to be saved, in order, once the step has been."""

    columns: dict[str, Any] = field(default_factory=dict)
    rows: Rows = lambda _step: ()


def grade(hazard: Hazard, *, grade: str, reason: str, by: User, at: datetime) -> Effect:
    """Confirm the grade, or change it for a reason (核定)."""
    if grade != hazard.grade and not reason:
        raise invalid("reason", _WHY)
    if grade != Grade.MAJOR and listing_of(hazard) is not None:
        raise wrong_state(hazard, _("It is listed: only a major hazard is."))
    return Effect({"grade": grade})


def assign(
    hazard: Hazard, *, rectifying_unit: Organisation, rectifying_person: str, measures: str, deadline: date,
    responsibility: str, funds: str, emergency_plan: str, by: User, at: datetime,
) -> Effect:  # fmt: skip
    """Say who rectifies it, how, and until when (整改). A deadline that stands is moved by an extension alone."""
    if hazard.state == HazardState.RECTIFYING and deadline != hazard.deadline:
        raise invalid("deadline", _("A deadline that stands is moved by an extension alone."))
    if hazard.state != HazardState.RECTIFYING and deadline < local_day(at):
        raise invalid("deadline", _("The deadline has passed."))
    listing = listing_of(hazard)
    if listing is not None and listing.rectifying_unit_id != rectifying_unit.pk:
        raise invalid("rectifying_unit", _("It is listed with another rectifying unit."))
    said = {"responsibility": responsibility, "funds": funds, "emergency_plan": emergency_plan}
    columns = {
        "rectifying_unit": rectifying_unit, "rectifying_person": rectifying_person, "measures": measures,
        "deadline": deadline, **{name: text for name, text in said.items() if text},
    }  # fmt: skip

    def rows(step: Step) -> Iterable[Model]:
        yield Assignment(step=step, hazard=hazard, unit=rectifying_unit, person=rectifying_person)

    return Effect(columns, rows)


def plan(
    hazard: Hazard, *, measures: str, responsibility: str, funds: str, emergency_plan: str, by: User, at: datetime
) -> Effect:
    """Settle points of the plan: those that are said; the others stay. The deadline is set by assigning."""
    said = {"measures": measures, "responsibility": responsibility, "funds": funds, "emergency_plan": emergency_plan}
    columns = {name: text for name, text in said.items() if text}
    if not columns:
        raise invalid("measures", _("Say at least one of measures, responsibility, funds and emergency plan."))
    return Effect(columns)


def list_(hazard: Hazard, *, year: int, batch: int, by: User, at: datetime, **sides: Organisation | str) -> Effect:
    """List a major hazard for supervision, in a batch of a year (挂牌督办, ZJ 三(四)).

    `sides` are the rectifying, assisting and supervising unit, and the person of each.
    """
    if hazard.rectifying_unit_id is not None and hazard.rectifying_unit != sides["rectifying_unit"]:
        raise invalid("rectifying_unit", _("Another unit is to rectify it: assign it anew first."))
    if sides["supervising_unit"] == sides["rectifying_unit"]:
        raise invalid("supervising_unit", _("The unit that rectifies does not supervise itself."))

    def rows(step: Step) -> Iterable[Model]:
        yield Listing(step=step, hazard=hazard, year=year, batch=batch, **sides, listed_on=local_day(at), by=by)

    return Effect(rows=rows)


def submit(
    hazard: Hazard, *, account: str, photos: Sequence[DeclaredPhotoAfter], location: Location,
    taken_at: datetime | None = None, by: User, at: datetime,
) -> Effect:  # fmt: skip
    """Say that it is rectified, and show it: photos of the same place. An extension that waits is needed no more.

    `taken_at` is when the phone said so, if it was offline since: that day is held against the deadline.

    A photo of this hazard that is here already, from a submission before, need not be sent again.
    """
    _require_pairs(hazard, photos)
    said_at = taken_at or at
    if said_at > at + AHEAD:
        raise invalid("taken_at", _("Taken more than a day after it was sent."))
    position, waiting = location.position, extension_of(hazard)

    def rows(step: Step) -> Iterable[Model]:
        submission = Submission(
            step=step, hazard=hazard, account=account, latitude=location.latitude, longitude=location.longitude,
            datum=location.datum if position else "", accuracy_m=location.accuracy_m,
            distance_m=_apart(hazard, position), taken_at=said_at, by=by, at=at,
        )  # fmt: skip
        yield submission
        if waiting is not None:
            waiting.withdrawn_at = at
            yield waiting
        here = dict(hazard.photos.filter(blob__isnull=False).values_list("sha256", "blob")) if photos else {}
        for photo in photos:
            yield HazardPhoto(
                hazard=hazard, submission=submission, sha256=photo.sha256, bytes=photo.bytes,
                content_type=photo.content_type, captured_at=photo.captured_at, caption=photo.caption,
                pairs_with=photo.pairs_with, blob_id=here.get(photo.sha256),
            )  # fmt: skip

    return Effect({"submitted_on": local_day(min(said_at, at))}, rows)


def accept(hazard: Hazard, *, remark: str, check_in: UUID | None, by: User, at: datetime) -> Effect:
    """Accept on site what was rectified (验收、销号); a listing ends with it."""

    def rows(_step: Step) -> Iterable[Model]:
        return _delisted(hazard, at)

    return Effect({"closed_at": at, "looked_back_at": None}, rows)


def return_(hazard: Hazard, *, reason: str, by: User, at: datetime) -> Effect:
    """Send it back to whoever rectifies it; the deadline stands."""
    return Effect({"submitted_on": None})


def request_extension(hazard: Hazard, *, deadline: date, reason: str, by: User, at: datetime) -> Effect:
    """Ask for a later deadline."""
    old = hazard.deadline
    assert old is not None, "what is being rectified has a deadline"
    if deadline <= old:
        raise invalid("deadline", _("An extension is later than the deadline that stands."))
    if deadline < local_day(at):
        raise invalid("deadline", _("The deadline has passed."))

    def rows(step: Step) -> Iterable[Model]:
        yield Extension(
            step=step, hazard=hazard, old_deadline=old, new_deadline=deadline, reason=reason, requested_by=by,
            requested_at=at,
        )  # fmt: skip

    return Effect(rows=rows)


def decide_extension(hazard: Hazard, *, granted: bool, reason: str, by: User, at: datetime) -> Effect:
    """Grant the later deadline or refuse it; never who asked for it."""
    if not granted and not reason:
        raise invalid("reason", _WHY)
    extension = extension_of(hazard)
    assert extension is not None, "one waits in this state"
    extension.granted, extension.decided_by, extension.decided_at, extension.decision = granted, by, at, reason
    return Effect({"deadline": extension.new_deadline} if granted else {}, lambda _step: (extension,))


def reopen(hazard: Hazard, *, reason: str, check_in: UUID | None, by: User, at: datetime) -> Effect:
    """Found again when somebody looked back (回头看): it is to be assigned anew, with a new deadline."""
    return Effect({"closed_at": None, "submitted_on": None, "deadline": None, "looked_back_at": None})


def look_back(hazard: Hazard, *, remark: str, check_in: UUID | None, by: User, at: datetime) -> Effect:
    """Looked at again (回头看), as a rule with a check-in; of a closed one: it is still in order."""
    return Effect({"looked_back_at": at})


def dismiss(hazard: Hazard, *, reason: str, duplicate_of: UUID | None, by: User, at: datetime) -> Effect:
    """No hazard, or one that is reported already."""
    original: Hazard | None = None
    if duplicate_of is not None:
        locks.hold(DUPLICATES)  # or of two at once each would be the other's original, and none left
        original = hazards_visible_to(by, local_day(at)).filter(pk=duplicate_of).exclude(pk=hazard.pk).first()
        if original is None or original.state == HazardState.DISMISSED:
            detail: Text = _("There is no such hazard, or it was dismissed itself.")
            raise invalid("duplicate_of", detail, Code.UNKNOWN_REFERENCE)
    elif not reason:
        raise invalid("reason", _WHY)
    return Effect({"duplicate_of": original}, lambda _step: _delisted(hazard, at))


def _require_pairs(hazard: Hazard, photos: Sequence[DeclaredPhotoAfter]) -> None:
    before = {photo.sha256 for photo in hazard.photos.all() if photo.submission_id is None}
    unknown = [
        FieldError(f"photos.{place}.pairs_with", Code.UNKNOWN_REFERENCE, _("There is no such photo before."))
        for place, photo in enumerate(photos)
        if photo.pairs_with and photo.pairs_with not in before
    ]
    if unknown:
        raise DomainError(Code.UNKNOWN_REFERENCE, errors=tuple(unknown))


def _delisted(hazard: Hazard, at: datetime) -> Iterable[Model]:
    listing = listing_of(hazard)
    if listing is not None:
        listing.delisted_on = local_day(at)
        yield listing


def _apart(hazard: Hazard, position: Position | None) -> float | None:
    """Metres from where it was found."""
    if position is None or hazard.wgs84_latitude is None or hazard.wgs84_longitude is None:
        return None
    return Position(hazard.wgs84_latitude, hazard.wgs84_longitude).distance_m(position)


EFFECTS: dict[Action, Callable[..., Effect]] = {
    Action.GRADE: grade,
    Action.ASSIGN: assign,
    Action.PLAN: plan,
    Action.LIST: list_,
    Action.SUBMIT: submit,
    Action.ACCEPT: accept,
    Action.RETURN: return_,
    Action.REQUEST_EXTENSION: request_extension,
    Action.DECIDE_EXTENSION: decide_extension,
    Action.REOPEN: reopen,
    Action.LOOK_BACK: look_back,
    Action.DISMISS: dismiss,
}
