"""`manage.py backup DIR`: database and uploads, while people work."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.supervision.backups.manifest import BackupError
from fieldwork.supervision.backups.taking import take


class Command(BaseCommand):
    help = (
        "Back up the database and the uploads into a new folder below DIR. Uploads that DIR has already are not copied "
        "again. The secret key and the environment file are not part of it: keep them elsewhere."
    )
    requires_system_checks = ()  # a backup must be possible whatever else is wrong

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--thorough", action="store_true", help="read again every upload that DIR has already")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            taken = take(options["folder"], at=timezone.now(), thorough=options["thorough"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from None
        told = _("%(folder)s: database %(bytes)d bytes, rows %(rows)d, uploads %(files)d, of these new %(copied)d.")
        figures = {"bytes": taken.manifest.database.bytes, "rows": sum(taken.manifest.counts.values())}
        figures |= {"files": taken.uploads.files, "copied": taken.uploads.copied}
        self.stdout.write(told % {"folder": taken.folder, **figures})
        if taken.uploads.missing:
            told = _("Uploads that the database names and the disk has not, or not whole: %(count)d")
            raise CommandError("\n".join([told % {"count": taken.uploads.missing}, *taken.uploads.names]))
