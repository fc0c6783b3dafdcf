"""What a person should look at in a submission, and what a plan still lacks; found when it is shown."""

from datetime import timedelta

from fieldwork.hazards.enums import Doubt, Grade, Point
from fieldwork.hazards.models import Hazard, Submission

LATE = timedelta(days=1)
LARGEST_M = 200.0  # that a fix's inaccuracy excuses, whatever the phone says of it
NEAR_M = 200.0  # how far the photos after may lie from those before, beside both fixes' inaccuracy


def doubts_of(hazard: Hazard, submission: Submission) -> list[Doubt]:
    """For a hazard of `with_course`; no query."""
    shown = [photo for photo in hazard.photos.all() if photo.lost_at is None or photo.blob_id is not None]
    before = {photo.sha256 for photo in shown if photo.submission_id is None}
    after = {photo.sha256 for photo in shown if photo.submission_id == submission.pk}
    spare = sum(min(fix or 0.0, LARGEST_M) for fix in (hazard.accuracy_m, submission.accuracy_m))
    raised = {
        Doubt.NO_AFTER_PHOTO: not after,
        Doubt.FAR_AWAY: submission.distance_m is not None and submission.distance_m > NEAR_M + spare,
        Doubt.SAME_PHOTO: not before.isdisjoint(after),
        Doubt.NO_LOCATION: submission.distance_m is None and hazard.wgs84_latitude is not None,
        Doubt.SENT_LATE: submission.at - submission.taken_at > LATE,
    }
    return [doubt for doubt, it_is in raised.items() if it_is]


def missing_points(hazard: Hazard) -> list[Point]:
    """Those of the five that do not stand yet (五落实); of a general hazard none are asked for beyond its plan."""
    if hazard.grade != Grade.MAJOR:
        return []
    return [point for point in Point if not getattr(hazard, point.value)]
