"""`manage.py rotate_key`: sign with a new key from now on."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core.events import SYSTEM
from fieldwork.core.signing import LOOKED_UP_S, private_file, rotate


class Command(BaseCommand):
    help = "Begin a new signing key. What earlier keys signed stays good; all public halves stay published."

    def handle(self, *_args: object, **_options: object) -> None:
        try:
            row = rotate(by=SYSTEM, at=timezone.now())
        except OSError as error:
            raise CommandError(str(error)) from None
        told = _("Key %(key)s signs now, within %(seconds)d s in every process. Its private half: %(file)s")
        self.stdout.write(told % {"key": row.pk, "seconds": LOOKED_UP_S, "file": private_file(row.pk)})
