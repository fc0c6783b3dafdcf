"""`manage.py restore DIR`: a backup into an empty database and an empty upload folder."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.supervision.backups.manifest import BackupError
from fieldwork.supervision.backups.restoring import restore


class Command(BaseCommand):
    help = (
        "Restore a backup, or the newest one in DIR, into the empty database and upload folder of the settings. "
        "Web server and worker must not run meanwhile. Broken off, the same command goes on."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--thorough", action="store_true", help="read every upload once more after it was written")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            restored = restore(options["folder"], at=timezone.now(), thorough=options["thorough"])
        except (BackupError, DatabaseError, OSError) as error:
            raise CommandError(str(error)) from None
        told = _("Restored as of %(taken_at)s: uploads %(uploads)d; the feed goes on in epoch %(epoch)d.")
        self.stdout.write(
            told % {"taken_at": restored.manifest.taken_at, "uploads": restored.uploads, "epoch": restored.epoch}
        )
        if restored.to_migrate:
            self.stdout.write(_("Migrations to apply: %(count)d. Run `migrate`.") % {"count": restored.to_migrate})
        if restored.missing:
            told = _("Uploads that the database names and the disk has not, or not whole: %(count)d")
            raise CommandError("\n".join([told % {"count": restored.missing}, *restored.names]))
