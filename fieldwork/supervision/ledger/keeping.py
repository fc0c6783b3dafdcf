"""What the worker does for the evidence at every tick."""

import logging
from datetime import datetime

from fieldwork.core import stopping
from fieldwork.core.seals import seal
from fieldwork.core.signing import NoKey
from fieldwork.inspections.receipts import issue_late
from fieldwork.supervision.ledger.heads import mail_head
from fieldwork.supervision.ledger.retention import finish_removals, remove_old_photos

logger = logging.getLogger(__name__)


def keep(now: datetime) -> None:
    """Sign receipts that could not be signed in time, seal, mail the head, and apply the retention rule."""
    issue_late(now)
    try:
        while not stopping.asked() and seal(now):
            pass
    except NoKey:
        logger.exception("events cannot be sealed")
    mail_head(now)
    remove_old_photos(now)
    finish_removals(now)
