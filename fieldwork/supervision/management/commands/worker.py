"""`manage.py worker`: tick, look for photos, tick again; ends at SIGTERM after the work at hand."""

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from fieldwork.inspections.pictures.checking import look
from fieldwork.supervision.tick import tick

logger = logging.getLogger(__name__)

SLICE_S = 5.0  # after which a worker that is told to end does so


class Command(BaseCommand):
    help = "Reconcile and remind, now and every TICK_SECONDS, and look at photos between. Run as many as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="tick once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def end(_signal: int, _frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        while not stop.is_set():
            close_old_connections()
            try:
                done = tick(timezone.now())
            except DatabaseError:
                # The database may be restarting; the next tick finds everything this one left.
                if options["once"]:
                    raise
                logger.exception("this tick failed")
            else:
                logger.info("tick: reconciled %s, told %s", done.reconciled or "nothing", done.told)
            if options["once"]:
                return
            between(stop, settings.TICK_SECONDS)


def between(stop: threading.Event, seconds: float) -> None:
    """Look for photos every PICTURES_SECONDS, until it is time for the next tick."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop.wait(min(left, settings.PICTURES_SECONDS)):
        close_old_connections()
        try:
            look(timezone.now(), max(0.0, min(SLICE_S, until - time.monotonic())))
        except (DatabaseError, OSError):
            # The database may be restarting, or the disk full; what was not recorded is found again.
            logger.exception("looking at photos failed")
