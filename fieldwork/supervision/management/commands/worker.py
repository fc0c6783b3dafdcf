"""`manage.py worker`: tick, run what waits in the queue, look for photos, tick again.

At SIGTERM it ends after the transaction or batch at hand. What does not come to an end in time is broken off: all that
is done here is claimed for a while or not at all, and the next worker finds it.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from fieldwork.core import queue, stopping
from fieldwork.supervision.ending import end_when_told
from fieldwork.supervision.tick import look_now, tick, tick_now
from fieldwork.supervision.waiting_tasks import WaitingTasks, waiting_tasks

logger = logging.getLogger(__name__)

SLICE_S = 5.0  # of looking at photos, before other work is looked for
POLL_S = 1.0  # between two looks into an empty queue


class Command(BaseCommand):
    help = (
        "Reconcile and remind, now and every TICK_SECONDS; between, run what waits in the queue and look at photos. "
        "Run as many as you like, on as many machines."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="tick once, run what waits in the queue, and end")
        how.add_argument("--no-tick", action="store_true", help="leave ticks to other workers, of which some must tick")

    def handle(self, *args: Any, **options: Any) -> None:
        end_when_told()
        waiting = waiting_tasks()
        if options["once"]:
            tick(timezone.now())
            while not stopping.asked() and run_one(waiting):
                pass
            return
        while not stopping.asked():
            if not options["no_tick"]:
                close_old_connections()
                tick_now.enqueue()
            between(waiting, settings.TICK_SECONDS)


def between(waiting: WaitingTasks, seconds: float) -> None:
    """Run tasks as they come and look for photos every PICTURES_SECONDS, until it is time for the next tick."""
    until, look_at = time.monotonic() + seconds, 0.0
    while (left := until - time.monotonic()) > 0 and not stopping.asked():
        ran = run_one(waiting)
        if time.monotonic() >= look_at and not stopping.asked():
            close_old_connections()
            look_now.enqueue(min(left, SLICE_S))
            look_at = time.monotonic() + settings.PICTURES_SECONDS
        if not ran:
            stopping.wait(min(left, POLL_S))


def run_one(waiting: WaitingTasks) -> bool:
    """Run the task that waits longest; false where there is none, or its queue is away."""
    if queue.absence.is_fresh():
        return False
    close_old_connections()
    try:
        ran = waiting.run_one()
    except DatabaseError:
        # The database may be restarting; the task stays as it was, and deliveries do not depend on it.
        logger.exception("a task could not be taken or ended")
        return False
    except queue.errors() as error:
        queue.absence.note(error)
        return False
    queue.absence.note(None)
    return ran
