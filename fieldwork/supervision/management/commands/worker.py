"""`manage.py worker`: tick, wait, tick again; ends at SIGTERM after the tick at hand."""

import logging
import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from fieldwork.supervision.tick import tick

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Reconcile and remind, now and every TICK_SECONDS. Run as many as you like."

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
            stop.wait(settings.TICK_SECONDS)
