"""`manage.py verify_ledger`: is everything as it was written?"""

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from fieldwork.supervision.ledger.heads import heads_in
from fieldwork.supervision.ledger.verifying import Verification


class Command(BaseCommand):
    help = (
        "Verify events, seals, receipts, check-ins, photos, keys and what is owed, and name the first record that was "
        "altered, removed or inserted. Ends with 1 if there is one. A tail that was cut off shows only against a head "
        "that was exported or mailed, or against a phone's receipt."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--head", type=Path, action="append", default=[], help="a file of exported heads")
        parser.add_argument("--receipt", type=Path, action="append", default=[], help="a file with a phone's receipt")
        parser.add_argument("--since", type=_instant, help="leave older records out: 2026-11-01")
        files = parser.add_mutually_exclusive_group()
        files.add_argument("--quick", action="store_true", help="compare the sizes of files, do not read them")
        files.add_argument("--no-photos", action="store_true", help="do not look at files at all")
        parser.add_argument("--show", type=int, default=10, metavar="N", help="findings to show; others are counted")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            heads = [head for path in options["head"] for head in _heads(path)]
            receipts = [_receipt(path) for path in options["receipt"]]
        except (OSError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from None
        verification = Verification(
            heads=heads, receipts=receipts, since=options["since"],
            files=not options["no_photos"], quick=options["quick"],
        )  # fmt: skip
        count = 0
        for finding in verification.findings():
            count += 1
            if count <= options["show"]:
                self.stderr.write(_("NOT as it was written: %(finding)s") % {"finding": finding})
        self.stdout.write(_told(verification))
        if count:
            further = max(0, count - options["show"])
            raise CommandError(
                _("%(count)d findings (%(further)d of them not shown).") % {"count": count, "further": further}
            )
        self.stdout.write(self.style.SUCCESS(_("Everything is as it was written.")))


def _told(found: Verification) -> str:
    sealed = _("%(seals)d seals over %(events)d events; %(waiting)d events not sealed yet.") % {
        "seals": found.sealed.seals, "events": found.sealed.events, "waiting": found.sealed.waiting,
    }  # fmt: skip
    rows = _("%(check_ins)d check-ins, %(receipts)d receipts; %(files)d stored files, %(removed)d removed by rule.") % {
        "check_ins": found.check_ins.count, "receipts": found.check_ins.receipts,
        "files": found.blobs.count, "removed": found.blobs.removed,
    }  # fmt: skip
    owed = _("Changed facts wait to be followed, so what is owed was not compared with them; the worker does that.")
    if found.owed.periods is not None:
        owed = _("What is owed in %(periods)d periods was compared with the facts.") % {"periods": found.owed.periods}
    return f"{sealed}\n{rows}\n{owed}"


def _heads(path: Path) -> list[str]:
    found = heads_in(path.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(_("%(path)s holds no exported head.") % {"path": path})
    return found


def _receipt(path: Path) -> str:
    """The JWS alone, or the object in which the API answers it."""
    text = path.read_text(encoding="utf-8").strip()
    if text.startswith("{"):
        found = json.loads(text)
        text = str((found.get("receipt") or found).get("jws", ""))
    return text


def _instant(raw: str) -> datetime:
    at = datetime.fromisoformat(raw)
    return at if at.tzinfo else timezone.make_aware(at)
