"""The head of the ledger (封存链头): the last seal, handed to others so that a tail cut off later shows."""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from fieldwork.core import jws
from fieldwork.core.events import canonical
from fieldwork.core.models import Pulse, Seal
from fieldwork.core.seals import last_seal

MAILED, TRIED = "ledger_mail", "ledger_mail_try"
DAILY = timedelta(days=1)
AGAIN = timedelta(minutes=10)  # after a failure, or a worker that was killed

logger = logging.getLogger(__name__)


def head_line(seal: Seal) -> str:
    """One line of JSON: the signed seal, and its number, digest and time again for who reads it."""
    said = jws.read(seal.jws).payload
    return canonical(
        {"number": seal.number, "digest": seal.digest, "sealed_at": said.get("sealed_at"), "jws": seal.jws}
    )


def heads_in(text: str) -> list[str]:
    """The JWS of every head in what was exported or mailed: one a line, other lines do not matter."""
    found = []
    for line in text.splitlines():
        try:
            said: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict) and isinstance(said.get("jws"), str):
            found.append(said["jws"])
    return found


def mail_head(now: datetime) -> bool:
    """Mail the head once a day to `LEDGER_MAIL`; whether it was mailed now.

    Of several workers one does it. What fails, or dies on the way, is tried again ten minutes later.
    """
    seal = last_seal() if settings.LEDGER_MAIL else None
    if seal is None or not _is_due(now) or not _claimed(now):
        return False
    try:
        _mail(seal, now)
    except OSError:  # smtplib's errors are among them
        logger.exception("the head of the ledger could not be mailed")
        return False
    Pulse.objects.update_or_create(name=MAILED, defaults={"at": now})
    return True


def _is_due(now: datetime) -> bool:
    mailed = Pulse.objects.filter(name=MAILED).first()
    return mailed is None or mailed.at <= now - DAILY


def _claimed(now: datetime) -> bool:
    _row, made = Pulse.objects.get_or_create(name=TRIED, defaults={"at": now})
    return made or Pulse.objects.filter(name=TRIED, at__lte=now - AGAIN).update(at=now) == 1


def _mail(seal: Seal, now: datetime) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Head of the ledger: seal %(number)d") % {"number": seal.number}
        text = _("Keep this mail: its last line shows later whether anything up to seal %(number)d is gone.")
        body = "\n".join([text % {"number": seal.number}, "manage.py verify_ledger --head FILE", "", head_line(seal)])
    EmailMessage(subject, body, to=settings.LEDGER_MAIL).send()
