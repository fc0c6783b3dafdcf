"""Taking a step with a hazard: allowed by the table, from the state that was seen, and once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

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
from fieldwork.hazards.rules import why_not, wrong_state
from fieldwork.hazards.transitions import TABLE


def take_step(pk: UUID, *, action: Action, key: UUID, given: Mapping[str, Any], by: User, at: datetime) -> Hazard:
    """Do `action` to the hazard, which `by` sees; `key` is the phone's id of the step, `given` what it says besides.

    The same step again is answered like the first, and changes nothing. Of two at once, one is taken, and the other is
    told how the hazard stands by then. Errors: `not_allowed`; `wrong_state`; `already_exists_differently` (the id
    stands for another step); `invalid`, for what the step says.
    """
    content = canonical(by_value(dict(given)))
    if not _is_taken(key, pk, action, content):
        try:
            _take(pk, action, key, given, content, by, at)
        except (DomainError, IntegrityError):
            # A twin in flight may have been quicker, and then it stands in its own way.
            if not _is_taken(key, pk, action, content):
                raise
    return Hazard.objects.get(pk=pk)


def _is_taken(key: UUID, pk: UUID, action: Action, content: str) -> bool:
    taken = Step.objects.filter(pk=key).first()
    if taken is None:
        return False
    if (taken.hazard_id, taken.action, taken.content) != (pk, action, content):
        raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY)
    return True


def _take(pk: UUID, action: Action, key: UUID, given: Mapping[str, Any], content: str, by: User, at: datetime) -> None:
    hazard = with_course(Hazard.objects.filter(pk=pk)).get()
    refusal = why_not(action, hazard, standpoint_of(by, local_day(at)).parties(hazard))
    if refusal is not None:
        raise refusal
    effect = EFFECTS[action](hazard, **given, by=by, at=at)
    after = TABLE[action].target or HazardState(hazard.state)
    with transaction.atomic():
        number = _move(hazard, after, effect)
        step = Step.objects.create(
            id=key, hazard=hazard, number=number, action=action, before=hazard.state, after=after, content=content,
            by=by, at=at,
        )  # fmt: skip
        for row in effect.rows(step):
            row.save()
        events.append(
            EVENTS[action], by=by, at=at, about=("hazard", hazard.pk), division_path=hazard.division.path,
            step=str(key), number=number, before=hazard.state, after=after, content=content,
        )  # fmt: skip


def _move(hazard: Hazard, after: HazardState, effect: Effect) -> int:
    """The number of the step. The update is the guard: it waits for whoever holds the row, and then finds another
    number of steps there. Errors: `wrong_state`."""
    as_seen = Hazard.objects.filter(pk=hazard.pk, state=hazard.state, steps_taken=hazard.steps_taken)
    number = hazard.steps_taken + 1
    if not as_seen.update(state=after, steps_taken=number, **effect.columns):
        raise wrong_state(Hazard.objects.get(pk=hazard.pk))
    return number
