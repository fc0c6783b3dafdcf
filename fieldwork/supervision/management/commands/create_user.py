"""`manage.py create_user NAME …`: an account for a leader, for a unit, or for the safety committee's office."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core.errors import DomainError
from fieldwork.core.events import SYSTEM
from fieldwork.directory.actions import create_user
from fieldwork.directory.enums import Office
from fieldwork.directory.models import Division, Leader, Organisation


class Command(BaseCommand):
    help = "Create an account with a random password, which is printed once; its owner changes it after signing in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="as people are to see it")
        parser.add_argument("--leader", metavar="ID", type=int, help="whose account it is")
        parser.add_argument("--organisation", metavar="ID", type=int, help="as its unit user")
        parser.add_argument("--office", choices=[office for office in Office.values if office], default="")
        parser.add_argument("--division", metavar="CODE", help="the scope of the office: it and all below")

    def handle(self, *_args: object, **options: Any) -> None:
        division = options["division"] and _only(Division, "division", code=options["division"], ends_on__isnull=True)
        leader = options["leader"] and _only(Leader, "leader", pk=options["leader"])
        organisation = options["organisation"] and _only(Organisation, "organisation", pk=options["organisation"])
        password = secrets.token_urlsafe(12)
        try:
            create_user(
                username=options["username"], name=options["name"], password=password, leader=leader or None,
                organisation=organisation or None, office=options["office"], division=division or None,
                by=SYSTEM, at=timezone.now(),
            )  # fmt: skip
        except DomainError as error:
            faults = (f"{fault.field}: {fault.detail}" for fault in error.errors)
            raise CommandError("\n".join((str(error.detail), *faults))) from None
        self.stdout.write(f"{options['username']}  {password}")


def _only(model: Any, what: str, **where: Any) -> Any:
    rows = list(model.objects.filter(**where)[:2])
    if len(rows) != 1:
        raise CommandError(_("There is not exactly one such %(what)s.") % {"what": what})
    return rows[0]
