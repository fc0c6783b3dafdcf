"""The one recurring piece of work: any number of workers may do it, at any moment, after any pause."""

import logging
from dataclasses import dataclass
from datetime import datetime

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
from fieldwork.supervision.ledger.keeping import keep

logger = logging.getLogger(__name__)

PICTURES_S = 20.0  # of a tick at most: a month's end brings more photos than reminders can wait for


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a tick did: rows reconciled by period (only those that changed), and reminders."""

    reconciled: dict[str, int]
    told: Told


def tick(now: datetime) -> Ticked:
    """Note changed facts, reconcile what is due, remind, sweep uploads, seal; then leave a pulse for `/readyz`."""
    while note_changes(now):
        pass
    reconciled = follow_changes(now)
    for period in due_periods(now):
        changed = reconcile(period, by=SYSTEM, at=now).total
        if changed:
            reconciled[str(period)] = reconciled.get(str(period), 0) + changed
    told = remind(now, overrides())
    sweep(now)
    keep(now)
    Pulse.objects.update_or_create(name="tick", defaults={"at": now})
    look(now, PICTURES_S)
    look_at_hazards(now, PICTURES_S)
    return Ticked(reconciled, told)
