"""The one recurring piece of work: any number of workers may do it, at any moment, after any pause."""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.utils import timezone
from django_tasks import task

from fieldwork.core import queue, stopping
from fieldwork.core.events import SYSTEM
from fieldwork.core.models import Pulse
from fieldwork.core.sweeping import sweep
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.schedule import due_periods, follow_changes, note_changes
from fieldwork.hazards.pictures import look as look_at_hazards
from fieldwork.inspections.pictures.checking import look
from fieldwork.reminders.actions import Told
from fieldwork.reminders.actions import tick as remind
from fieldwork.reminders.workdays import overrides
from fieldwork.supervision.forgetting import forget
from fieldwork.supervision.ledger.keeping import keep
from fieldwork.supervision.months.amending import follow_frozen

logger = logging.getLogger(__name__)

NOBODY = Told(0, 0, 0, 0)
PICTURES_S = 20.0  # of a tick at most: a month's end brings more photos than reminders can wait for


@dataclass(slots=True)
class Ticked:
    """What a tick did: rows reconciled by period (only those that changed), and reminders."""

    reconciled: dict[str, int] = field(default_factory=dict)
    told: Told = NOBODY


def tick(now: datetime) -> Ticked:
    """Note changed facts, reconcile what is due, remind, sweep uploads, seal, forget; then leave a pulse for `/readyz`.

    A part that fails keeps none of the others from being done; its error is raised after them, and there is no pulse.
    Where this process is told to end, what is not begun is left to the next tick.
    """
    done = Ticked()
    each(
        [
            partial(_follow, now, done), partial(follow_frozen, now), partial(_remind, now, done),
            partial(sweep, now), partial(queue.sweep, now), partial(keep, now), partial(forget, now),
        ]
    )  # fmt: skip
    if not stopping.asked():
        Pulse.objects.update_or_create(name="tick", defaults={"at": now})
    each([partial(look, now, PICTURES_S), partial(look_at_hazards, now, PICTURES_S)])
    return done


@task(backend="here")
def tick_now() -> None:
    """A tick whose failure ends nothing: it is logged, and the next one finds all that this one left."""
    done = tick(timezone.now())
    logger.info("tick: reconciled %s, told %s", done.reconciled or "nothing", done.told)


@task(backend="here")
def look_now(seconds: float) -> None:
    """Look at photos for about so many seconds; what fails is logged, and found again."""
    look(timezone.now(), seconds)
    look_at_hazards(timezone.now(), seconds)


def each(parts: Sequence[Callable[[], object]]) -> None:
    """Do each part, whatever becomes of those before it, until this process is told to end.

    The last error is raised at the end, with those before it as its context.
    """
    with ExitStack() as rest:
        for part in reversed(parts):
            rest.callback(_unless_told, part)


def _unless_told(part: Callable[[], object]) -> None:
    if not stopping.asked():
        part()


def _follow(now: datetime, done: Ticked) -> None:
    while not stopping.asked() and note_changes(now):
        pass
    done.reconciled |= follow_changes(now)
    for period in due_periods(now):
        if stopping.asked():
            return
        changed = reconcile(period, by=SYSTEM, at=now).total
        if changed:
            done.reconciled[str(period)] = done.reconciled.get(str(period), 0) + changed


def _remind(now: datetime, done: Ticked) -> None:
    done.told = remind(now, overrides())
