"""Loading lists of divisions with all that hangs at them, in whichever room it is: one transaction."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from fieldwork.core.events import Actor
from fieldwork.directory import divisions as directory
from fieldwork.directory.divisions import Loaded
from fieldwork.directory.successions import replace
from fieldwork.duties.succession import follow_divisions
from fieldwork.hazards.models import Hazard
from fieldwork.reminders.models import Notification
from fieldwork.supervision.models import Freeze


@transaction.atomic
def load_divisions(
    lines: Iterable[str], *, authority: str, edition: str, on: date, parent_authority: str = "",
    by: Actor, at: datetime,
) -> Loaded:  # fmt: skip
    """Bring the divisions of `authority` to a list; arguments and errors as `directory.divisions.load_divisions`.

    Under a division that was renamed or moved everything goes on: who owes what, who is linked to it, what was
    performed there, and whom its office sees, before that day and after.
    """
    loaded = directory.load_divisions(
        lines, authority=authority, edition=edition, on=on, parent_authority=parent_authority, by=by, at=at
    )
    follow_divisions(loaded.successors, on=on, by=by, at=at)
    replace(Hazard, "division", loaded.successors)
    replace(Freeze, "division", loaded.successors)
    replace(Notification, "division", loaded.successors)  # a digest is worded, for its division, when it is sent
    return loaded
