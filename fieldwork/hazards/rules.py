"""May X do Y now?"""

from collections.abc import Collection

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError, Text
from fieldwork.directory.models import User
from fieldwork.directory.rules import MANAGERS
from fieldwork.hazards.enums import Action, Grade, HazardState, Party
from fieldwork.hazards.models import Hazard, HazardPhoto
from fieldwork.hazards.queries import listing_of
from fieldwork.hazards.transitions import TABLE

_TAKERS: dict[Party, Text] = {
    Party.OFFICE: _("the office in whose scope it lies"),
    Party.REGULATOR: _("the department that regulates the site"),
    Party.RECTIFIER: _("the unit that is to rectify it"),
    Party.NAMED: _("a unit that the listing names"),
    Party.FINDER: _("who found it or holds the post it belongs to"),
    Party.LINKED: _("who is linked to its place or industry"),
}


def can_report_without_leader(user: User) -> bool:
    """In nobody's name but their own: staff of an office that manages, and a unit's users."""
    return user.office in MANAGERS or user.organisation_id is not None


def can_send_hazard_photos(parties: Collection[Party], *, after: bool) -> bool:
    """Those before: who uploaded or found it, or holds its post; those after: the unit that rectifies, and who
    submitted them. Each side may also say that its own are lost."""
    senders = {Party.RECTIFIER, Party.SUBMITTER} if after else {Party.SENDER, Party.FINDER}
    return not senders.isdisjoint(parties)


def sendable(hazard: Hazard, sha256: str, parties: Collection[Party]) -> list[HazardPhoto]:
    """Those of its photos with this digest that these parties may send; it is of `with_course`."""
    alike = (photo for photo in hazard.photos.all() if photo.sha256 == sha256)
    return [photo for photo in alike if can_send_hazard_photos(parties, after=photo.submission_id is not None)]


def allowed_actions(hazard: Hazard, parties: Collection[Party]) -> list[Action]:
    """What may be done to it next by somebody who is these parties to it; no query for a hazard of `with_course`."""
    return [action for action in TABLE if why_not(action, hazard, parties) is None]


def why_not(action: Action, hazard: Hazard, parties: Collection[Party]) -> DomainError | None:
    """None if it may be done. Else `not_allowed` for whoever may never do it, and `wrong_state`, with the present state
    in `errors`, for what cannot be done now."""
    transition, may = TABLE[action], _takers(action, hazard)
    if may.isdisjoint(parties):
        takers = gettext("; ").join(str(_TAKERS[party]) for party in _TAKERS if party in may)
        return DomainError(Code.NOT_ALLOWED, _("This is done by: %(takers)s.") % {"takers": takers})
    if not transition.barred.isdisjoint(parties):
        return DomainError(Code.NOT_ALLOWED, _("This takes somebody else than who rectified it, or asked for it."))
    if hazard.state not in transition.sources:
        return wrong_state(hazard)
    if action == Action.LIST and hazard.grade != Grade.MAJOR:
        return wrong_state(hazard, _("Only a major hazard is listed."))
    if action == Action.LIST and listing_of(hazard) is not None:
        return wrong_state(hazard, _("It is listed already."))
    return None


def _takers(action: Action, hazard: Hazard) -> frozenset[Party]:
    """What is listed is dismissed by whoever lists: that takes it off the list."""
    listed = action == Action.DISMISS and listing_of(hazard) is not None
    return TABLE[Action.LIST if listed else action].parties


def wrong_state(hazard: Hazard, detail: Text = "") -> DomainError:
    """What is told of a hazard that stands otherwise than whoever acts believes."""
    state = HazardState(hazard.state)
    present = FieldError("state", state.value, state.label)
    told = detail or _("It is %(state)s now: this cannot be done then.") % {"state": state.label}
    return DomainError(Code.WRONG_STATE, told, (present,))
