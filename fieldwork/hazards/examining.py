"""Looking at photos of a hazard that somebody else took."""

from datetime import datetime

from fieldwork.core.looks import note_look
from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.directory.queries import leader_ids
from fieldwork.hazards.models import HazardPhoto


def see_photo(photo: HazardPhoto, *, by: User, at: datetime) -> None:
    """`by` is about to be shown it: one event a hazard and day, but for whoever took, or sent, that photo."""
    hazard, submission = photo.hazard, photo.submission
    if submission is not None:
        own = submission.by_id == by.pk
    else:
        own = hazard.uploaded_by_id == by.pk or hazard.lead_id in leader_ids(by, local_day(at))
    if not own:
        path = hazard.division.path
        note_look("hazard.photos_seen", by=by, at=at, about=("hazard", hazard.pk), division_path=path)
