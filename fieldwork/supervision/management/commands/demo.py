"""`manage.py demo`: an invented city to try everything out, served in one go."""

import argparse
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork import env
from fieldwork.core.errors import DomainError
from fieldwork.directory.activation import Issued, issue_codes
from fieldwork.directory.models import User
from fieldwork.supervision.demo import guide
from fieldwork.supervision.demo.cast import FEWEST, SUPERVISOR
from fieldwork.supervision.demo.changes import SUCCESSOR
from fieldwork.supervision.demo.seeding import seed
from fieldwork.supervision.demo.serve import Stopped, port_is_free, programs, serve

LEADERS, MONTHS, PORT = 250, 3, 8000


def _number(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number from `least` to `most`."""

    def parse(word: str) -> int:
        number = int(word) if word.isascii() and word.isdigit() else -1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"not a number from {least} to {most}: {word!r}")
        return number

    return parse


class Command(BaseCommand):
    help = (
        "Fill an empty database with an invented city that has used the program for some months, then start "
        "server and worker. Run again, it goes on where it was. A database with other data is left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        leaders, months, port = _number(FEWEST, 20_000), _number(1, 24), _number(1, 65_535)
        parser.add_argument("--port", type=port, default=PORT, help=f"to serve on, of 127.0.0.1 (default: {PORT})")
        parser.add_argument("--leaders", type=leaders, default=LEADERS, help=f"how many (default: {LEADERS})")
        parser.add_argument("--months", type=months, default=MONTHS, help=f"past months (default: {MONTHS})")
        parser.add_argument("--no-serve", action="store_true", help="fill the database, and end")

    def handle(self, *_args: object, **options: Any) -> None:
        self.started = time.monotonic()
        port: int = options["port"]
        if not options["no_serve"] and not port_is_free(port):
            raise CommandError(_("Port %(port)d is taken. Choose another one with --port.") % {"port": port})
        password = _password()
        self._fill(options["leaders"], options["months"], password)
        if options["no_serve"]:
            self._show(_("Sign in"), guide.sign_ins(password))
            return
        connection.close()
        try:
            serve(programs(port), port, lambda: self._announce(port, password))
        except Stopped as stopped:
            raise CommandError(str(stopped)) from None
        self.say(_("Stopped."))

    def say(self, text: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.started:6.1f} s  {text}")
        self.stdout.flush()

    def _fill(self, leaders: int, months: int, password: str) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        self.say(_("The database is ready."))
        logging.disable(logging.INFO)  # what was told months ago is no news for this terminal
        try:
            seed(leaders=leaders, months=months, password=password, now=timezone.now(), say=self.say)
        except DomainError as error:
            raise CommandError(str(error.detail)) from None
        finally:
            logging.disable(logging.NOTSET)

    def _announce(self, port: int, password: str) -> None:
        self.say(_("Ready. Ctrl-C stops server and worker."))
        self._show(_("Addresses"), guide.addresses(port))
        self._show(_("Sign in"), guide.sign_ins(password))
        now, filing = timezone.now(), uuid4()
        self._show(_("A check-in in three lines"), guide.curl_lines(port, password, now))
        self._show(_("What is owed this quarter, and the minutes of a meeting"), guide.desk_lines(port, now, filing))
        office = guide.office_lines(port, password, filing)
        self._show(_("The office returns the minutes, sees what is missing, makes a code"), office)
        self._show(_("Hazards that are overdue"), guide.hazard_lines(port))
        newcomer = guide.newcomer_lines(port, password, _code_of_newcomer(now))
        self._show(_("Somebody new, whose code works once"), newcomer)
        connection.close()

    def _show(self, title: str, lines: Iterable[str]) -> None:
        self.stdout.write("\n".join(["", title, *lines]))
        self.stdout.flush()


def _code_of_newcomer(now: datetime) -> Issued:
    """A fresh code for demo-successor, who has never signed in; the one printed at the last start ends."""
    office, newcomer = (User.objects.get(username=username) for username in (SUPERVISOR, SUCCESSOR))
    return issue_codes(users=[newcomer], by=office, at=now)[0]


def _password() -> str:
    password = env.read("DEMO_PASSWORD", env.text, "", "at least 10 characters")
    if not password:
        return secrets.token_urlsafe(12)
    try:
        validate_password(password)
    except ValidationError as error:
        raise CommandError("\n".join(["FIELDWORK_DEMO_PASSWORD:", *error.messages])) from None
    return password
