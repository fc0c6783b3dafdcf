"""`manage.py export_proof UUID`: the proof of one check-in, for somebody who has no access here."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.core.events import SYSTEM
from fieldwork.core.uploads import original
from fieldwork.inspections.models import CheckIn, Photo
from fieldwork.supervision.ledger.heads import heads_in
from fieldwork.supervision.ledger.proofs import OtherHead, export_proof


class Command(BaseCommand):
    help = (
        "Print the proof of one check-in as JSON; deploy/verify_proof.py checks it offline. It holds the exact "
        "position. With --head it leads to a head that was exported before."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("check_in", type=UUID)
        parser.add_argument("--photos", type=Path, metavar="DIR", help="copy the original photos into this folder")
        parser.add_argument("--head", type=Path, metavar="FILE", help="a file of exported heads: its last line")

    def handle(self, *_args: object, **options: Any) -> None:
        check_in = CheckIn.objects.filter(pk=options["check_in"]).first()
        if check_in is None:
            raise CommandError(_("There is no check-in %(id)s.") % {"id": options["check_in"]})
        try:
            heads = heads_in(options["head"].read_text(encoding="utf-8")) if options["head"] else [None]
            proof = export_proof(check_in, by=SYSTEM, at=timezone.now(), head=heads[-1])
            if options["photos"]:
                _copy_photos(check_in, options["photos"])
        except (OtherHead, IndexError):
            raise CommandError(_("That head is no seal of this ledger, or an older one than needed.")) from None
        except OSError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(proof, ensure_ascii=False, indent=1))


def _copy_photos(check_in: CheckIn, folder: Path) -> None:
    """Those that are here, named by their digests."""
    folder.mkdir(parents=True, exist_ok=True)
    here = Photo.objects.filter(check_in=check_in, blob__removed_at=None, blob__isnull=False)
    for digest in here.values_list("sha256", flat=True):
        shutil.copyfile(original(digest), folder / digest)
