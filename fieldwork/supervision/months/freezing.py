"""Publishing a period: from then on nothing changes silently."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.events import canonical
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division, User
from fieldwork.directory.rules import can_manage_division
from fieldwork.duties.models import Opening
from fieldwork.duties.reconcile import period_lock
from fieldwork.supervision.models import Freeze, FrozenObligation
from fieldwork.supervision.months.amending import begin_following
from fieldwork.supervision.months.figures import figures_of
from fieldwork.supervision.months.incomplete import incomplete
from fieldwork.supervision.months.owed import STATUSES, fetched, given

_STATUSES = STATUSES.format(of="") + " ORDER BY id"
CHUNK = 2000


@transaction.atomic
def freeze(period: Period, division: Division, *, reason: str = "", by: User, at: datetime) -> tuple[Freeze, bool]:
    """Store how all that the division counts stands; answers whether this was the first time.

    Once for a division and period: said again it is the one that stands. Nobody else counts, records or publishes in
    the period meanwhile. Errors: `not_allowed`; `wrong_state` (not ended, or never opened);
    `already_exists_differently` (published with another reason).
    """
    if not can_manage_division(by, division):
        raise DomainError(Code.NOT_ALLOWED)
    if at < period.ends_at():
        raise DomainError(Code.WRONG_STATE, _("The period has not ended."))
    locks.hold(period_lock(period))
    standing = Freeze.objects.filter(period=str(period), division=division).first()
    if standing is not None:
        if standing.reason != reason:
            raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY, _("It is published already, with another reason."))
        return standing, False
    if not Opening.objects.filter(period=str(period)).exists():
        raise DomainError(Code.WRONG_STATE, _("This period was never opened."))
    return _store(period, division, reason, by, at), True


def _store(period: Period, division: Division, reason: str, by: User, at: datetime) -> Freeze:
    begin_following()
    found: list[tuple[int, str]] = [(pk, status) for pk, status in fetched(_STATUSES, given(period, division, at))]
    counts: dict[str, int] = {}
    for _pk, status in found:
        counts[status] = counts.get(status, 0) + 1
    made = Freeze.objects.create(
        period=str(period), division=division, reason=reason, figures=figures_of(counts).data,
        incomplete=incomplete(period, division), by=by, at=at,
    )  # fmt: skip
    FrozenObligation.objects.bulk_create(
        [FrozenObligation(freeze=made, obligation_id=pk, status=status, latest=status) for pk, status in found],
        batch_size=CHUNK,
    )
    events.append(
        "period.frozen", by=by, at=at, about=("period", period), division_path=division.path, freeze=made.pk,
        division=division.pk, reason=reason, figures=made.figures, incomplete=made.incomplete, rows=digest_of(found),
    )  # fmt: skip
    return made


def digest_of(rows: Iterable[tuple[int, str]]) -> str:
    """SHA-256 of obligations and their published statuses, in the order of ids."""
    return hashlib.sha256(canonical([list(row) for row in rows]).encode()).hexdigest()
