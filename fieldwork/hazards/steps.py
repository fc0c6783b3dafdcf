"""Taking a step with a hazard: allowed by the table, from the state that was seen, and once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.declared import by_value
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import canonical
from fieldwork.core.periods import local_day
from fieldwork.directory.models import User
from fieldwork.hazards.effects import EFFECTS, Effect
from fieldwork.hazards.enums import EVENTS, Action, HazardState
from fieldwork.hazards.models import Hazard, Step
from fieldwork.hazards.queries import standpoint_of, with_course
from fieldwork.hazards.references import require_check_in
from fieldwork.hazards.rules import why_not, wrong_state
from fieldwork.hazards.succession import catch_up
from fieldwork.hazards.transitions import TABLE


def take_step(
    pk: UUID, *, action: Action, key: UUID, given: Mapping[str, Any], by: User, at: datetime, seen: int | None = None
) -> Hazard:
    """Do `action` to the hazard, which `by` sees; `key` is the phone's id of the step, `given` what it says besides,
    `seen` how many steps had been taken when it was looked at (None: any number).

    The same step again is answered like the first, and changes nothing. Of two at once, one is taken, and the other is
    told how the hazard stands by then. Errors: `not_allowed`; `wrong_state`; `already_exists_differently` (the id
    stands for another step); `invalid`, for what the step says.
    """
    step = Step(id=key, hazard_id=pk, action=action, content=_content(given), by=by, at=at)
    if not _is_taken(step):
        try:
            _take(step, given, seen)
        except (DomainError, IntegrityError):
            # A twin in flight may have been quicker, and then it stands in its own way.
            if not _is_taken(step):
                raise
    return Hazard.objects.get(pk=pk)


def _content(given: Mapping[str, Any]) -> str:
    """Canonical JSON of what is said; photos are a set by digest."""
    said = by_value(dict(given))
    if "photos" in said:
        said["photos"].sort(key=lambda photo: photo["sha256"])
    return canonical(said)


def _is_taken(step: Step) -> bool:
    taken = Step.objects.filter(pk=step.pk).first()
    if taken is None:
        return False
    if any(getattr(taken, name) != getattr(step, name) for name in ("hazard_id", "action", "content", "by_id")):
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY)
    return True


def _take(step: Step, given: Mapping[str, Any], seen: int | None) -> None:
    action, by, at = Action(step.action), step.by, step.at
    hazard = with_course(Hazard.objects.filter(pk=step.hazard_id)).get()
    refusal = why_not(action, hazard, standpoint_of(by, local_day(at)).parties(hazard))
    if refusal is not None:
        raise refusal
    if seen is not None and seen != hazard.steps_taken:
        raise wrong_state(hazard, _("Somebody has taken a step since you looked: please look again."))
    require_check_in(given.get("check_in"), by, local_day(at))
    step.before, step.after = hazard.state, TABLE[action].after(HazardState(hazard.state))
    with transaction.atomic():
        effect = EFFECTS[action](hazard, **given, by=by, at=at)
        step.number = _move(hazard, step.after, effect)
        step.save(force_insert=True)
        for row in effect.rows(step):
            row.save()
        events.append(
            EVENTS[action], by=by, at=at, about=("hazard", hazard.pk), division_path=hazard.division.path,
            step=str(step.pk), number=step.number, before=step.before, after=step.after, content=step.content,
        )  # fmt: skip
        if action == Action.REOPEN:
            catch_up(hazard, by=by, at=at)


def _move(hazard: Hazard, after: str, effect: Effect) -> int:
    """The number of the step. The update is the guard: it waits for whoever holds the row, and then finds another
    number of steps there. Errors: `wrong_state`."""
    as_seen = Hazard.objects.filter(pk=hazard.pk, state=hazard.state, steps_taken=hazard.steps_taken)
    number = hazard.steps_taken + 1
    if not as_seen.update(state=after, steps_taken=number, **effect.columns):
        raise wrong_state(Hazard.objects.get(pk=hazard.pk))
    return number
