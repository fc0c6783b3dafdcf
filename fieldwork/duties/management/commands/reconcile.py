"""`manage.py reconcile [PERIOD ...]`: bring obligations and tasks to what the facts demand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core.events import SYSTEM
from fieldwork.core.periods import Period
from fieldwork.duties.reconcile import reconcile
from fieldwork.duties.schedule import due_periods, follow_changes, note_changes


class Command(BaseCommand):
    help = "Reconcile the named periods, or all that are due; run it any number of times, at any moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("period", nargs="*", help="2026-11, 2026-Q4, 2026-H2 or 2026")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            periods = [Period.parse(name) for name in options["period"]]
        except ValueError as error:
            raise CommandError(str(error)) from None
        while not periods and note_changes(now):
            pass
        if not periods:
            follow_changes(now)
        for period in periods or due_periods(now):
            done = reconcile(period, by=SYSTEM, at=now)
            told = _(
                "%(period)s: %(obligations)d obligations, %(bases)d bases, %(tasks)d tasks new; %(changed)d changed."
            )
            self.stdout.write(
                told
                % {
                    "period": period,
                    "obligations": done.obligations,
                    "bases": done.bases,
                    "tasks": done.tasks,
                    "changed": done.changed + done.refreshed,
                }
            )
