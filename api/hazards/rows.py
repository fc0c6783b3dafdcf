"""A hazard as it is answered, in plain steps; `HazardOut` says the same to the schema.

Serializers would take twenty times as long for a page with all that hangs on each hazard.
"""

import json
from datetime import date, datetime
from typing import Any

from fieldwork.core.geo import Datum
from fieldwork.core.periods import ZONE
from fieldwork.directory.models import Leader, Organisation
from fieldwork.hazards.doubts import doubts_of, missing_points
from fieldwork.hazards.enums import Action
from fieldwork.hazards.models import Hazard, HazardPhoto, Listing, Step, Submission
from fieldwork.hazards.queries import is_overdue, listing_of
from fieldwork.inspections.pictures.states import derivatives_of
from fieldwork.inspections.rules import roughly_m

_SIDES = ("rectifying", "assisting", "supervising")


def row_of(hazard: Hazard, *, on: date, actions: list[Action], distance_m: float | None) -> dict[str, Any]:
    """Of a hazard of `with_course`; `actions` are those that whoever asks may take."""
    return {
        **_declared(hazard),
        "distance_m": distance_m,
        "state": hazard.state,
        "steps_taken": hazard.steps_taken,
        "grade": hazard.grade,
        **_plan(hazard),
        "overdue": is_overdue(hazard, on),
        "missing_points": [point.value for point in missing_points(hazard)],
        "listed": listing_of(hazard) is not None,
        "listings": [_listing(each) for each in hazard.listings.all()],
        "extensions": [_extension(each) for each in hazard.extensions.all()],
        "submissions": [_submission(hazard, each) for each in hazard.submissions.all()],
        "closed_at": _instant(hazard.closed_at),
        "looked_back_at": _instant(hazard.looked_back_at),
        "duplicate_of": _text(hazard.duplicate_of_id),
        "allowed_actions": [action.value for action in actions],
    }


def step_of(step: Step) -> dict[str, Any]:
    return {
        "id": str(step.pk), "number": step.number, "action": step.action, "before": step.before, "after": step.after,
        "said": step.said, "by": str(step.by_id), "by_name": str(step.by), "at": _instant(step.at),
    }  # fmt: skip


def _declared(hazard: Hazard) -> dict[str, Any]:
    photos = hazard.photos.all()
    waited_for = {photo.sha256 for photo in photos if photo.blob_id is None and photo.lost_at is None}
    return {
        "id": str(hazard.pk),
        "lead": _text(hazard.lead_id),
        "lead_name": _name(hazard.lead),
        "post": _text(hazard.post_id),
        "check_in": _text(hazard.check_in_id),
        "check_in_arrived": hazard.check_in is not None,
        "found_at": _instant(hazard.found_at),
        "division": str(hazard.division_id),
        "site": _text(hazard.site_id),
        "site_name": hazard.site_name,
        "industry": _text(hazard.industry_id),
        "regulator": _text(hazard.regulator_id),
        "location": _location(hazard),
        "category": hazard.category,
        "declared_grade": json.loads(hazard.content)["grade"],
        "description": hazard.description,
        "proposed_deadline": _day(hazard.proposed_deadline),
        "photos": [_photo(photo) for photo in photos if photo.submission_id is None],
        "missing_photos": sorted(waited_for),
        "prepared_by_staff": hazard.prepared_by_staff,
        "on_paper": hazard.on_paper,
        "received_at": _instant(hazard.received_at),
        "uploaded_by": str(hazard.uploaded_by_id),
    }


def _plan(hazard: Hazard) -> dict[str, Any]:
    return {
        "rectifying_unit": _text(hazard.rectifying_unit_id),
        "rectifying_unit_name": _name(hazard.rectifying_unit),
        "rectifying_person": hazard.rectifying_person,
        "measures": hazard.measures,
        "responsibility": hazard.responsibility,
        "deadline": _day(hazard.deadline),
        "funds": hazard.funds,
        "emergency_plan": hazard.emergency_plan,
    }


def _location(hazard: Hazard) -> dict[str, Any] | None:
    if hazard.wgs84_latitude is None:
        return None
    return {
        "latitude": hazard.wgs84_latitude,
        "longitude": hazard.wgs84_longitude,
        "accuracy_m": hazard.accuracy_m,
        "datum": Datum.WGS84.value,
        "as_given": {"latitude": hazard.latitude, "longitude": hazard.longitude, "datum": hazard.datum},
    }


def _photo(photo: HazardPhoto) -> dict[str, Any]:
    return {
        "sha256": photo.sha256,
        "bytes": photo.bytes,
        "content_type": photo.content_type,
        "received": photo.blob_id is not None,
        "captured_at": _instant(photo.captured_at),
        "caption": photo.caption,
        "lost": photo.lost_at is not None and photo.blob_id is None,
        "derivatives": derivatives_of(photo),
    }


def _submission(hazard: Hazard, submission: Submission) -> dict[str, Any]:
    shown = (photo for photo in hazard.photos.all() if photo.submission_id == submission.pk)
    doubts = doubts_of(hazard, submission)
    return {
        "id": str(submission.pk),
        "account": submission.account,
        "distance_m": roughly_m(submission.distance_m),
        "taken_at": _instant(submission.taken_at),
        "photos": [{**_photo(photo), "pairs_with": photo.pairs_with} for photo in shown],
        "doubts": [{"code": doubt.value, "text": str(doubt.label)} for doubt in doubts],
        "by": str(submission.by_id),
        "at": _instant(submission.at),
    }


def _extension(extension: Any) -> dict[str, Any]:
    return {
        "id": str(extension.pk),
        "old_deadline": _day(extension.old_deadline),
        "new_deadline": _day(extension.new_deadline),
        "reason": extension.reason,
        "requested_by": str(extension.requested_by_id),
        "requested_at": _instant(extension.requested_at),
        "granted": extension.granted,
        "decided_by": _text(extension.decided_by_id),
        "decided_at": _instant(extension.decided_at),
        "decision": extension.decision,
        "withdrawn_at": _instant(extension.withdrawn_at),
    }


def _listing(listing: Listing) -> dict[str, Any]:
    units = {f"{side}_unit": str(getattr(listing, f"{side}_unit_id")) for side in _SIDES}
    units |= {f"{side}_unit_name": getattr(listing, f"{side}_unit").name for side in _SIDES}
    people = {f"{side}_person": getattr(listing, f"{side}_person") for side in _SIDES}
    return {
        "id": str(listing.pk), "year": listing.year, "batch": listing.batch, **units, **people,
        "listed_on": _day(listing.listed_on), "delisted_on": _day(listing.delisted_on),
    }  # fmt: skip


def _name(row: Leader | Organisation | None) -> str:
    """For those who do not see the row itself."""
    return row.name if row else ""


def _text(key: object) -> str | None:
    return None if key is None else str(key)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(ZONE).isoformat()
