"""Excusing somebody from what they owe, and taking that back."""

from collections.abc import Collection
from datetime import date, datetime
from functools import reduce
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events
from fieldwork.core.database import Stamp
from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.core.periods import Period
from fieldwork.directory.models import User
from fieldwork.directory.paths import common_path
from fieldwork.duties.demand.batch import Reconciled
from fieldwork.duties.enums import Outcome, Standing
from fieldwork.duties.models import Basis, Excuse, Obligation
from fieldwork.duties.reconcile import refresh, share, tell
from fieldwork.duties.rules import can_excuse_obligation

_EXCUSABLE = (Outcome.PENDING, Outcome.EXCUSED)


@transaction.atomic
def excuse(
    obligation: Obligation, *, kind: str, reason: str, document: UUID | None = None, by: User, at: datetime, on: date
) -> Excuse:
    """Excuse the subject from what is not met, lapsed or not; a later proof still meets it. The same said again is one.

    Errors: `not_allowed`; `wrong_state` (met, transferred, withdrawn); `already_exists_differently` (another holds).
    """
    row = _held(obligation, by, on)
    standing = row.excuses.filter(taken_back_at__isnull=True).first()
    if standing is not None:
        if (standing.kind, standing.reason, standing.document) != (kind, reason, document):
            raise DomainError(Code.ALREADY_EXISTS_DIFFERENTLY, _("Another excuse holds; take that back first."))
        return standing
    if row.outcome not in _EXCUSABLE:
        present = FieldError("status", row.outcome, Outcome(row.outcome).label)
        raise DomainError(Code.WRONG_STATE, _("Only what is owed and not met can be excused."), (present,))
    made = Excuse.objects.create(
        obligation=row, kind=kind, reason=reason, document=document, granted_by=by, granted_at=at
    )
    _count(made, "obligation.excused", by, at)
    return made


@transaction.atomic
def take_back(obligation: Obligation, *, by: User, at: datetime, on: date) -> Excuse:
    """Take back the excuse that holds; it stays on record. Again: the one that was taken back last.

    Errors: `not_allowed`; `not_found` (there never was any).
    """
    row = _held(obligation, by, on)
    last = row.excuses.order_by("pk").last()
    if last is None:
        raise DomainError(Code.NOT_FOUND)
    if last.taken_back_at is None:
        last.taken_back_by, last.taken_back_at = by, at
        last.save(update_fields=["taken_back_by", "taken_back_at"])
        _count(last, "obligation.excuse_taken_back", by, at)
    return last


def excuses_standing(obligations: Collection[int]) -> dict[int, Excuse]:
    """The excuse that holds for each of these obligations that has one; one query, none for nobody."""
    if not obligations:
        return {}
    found = Excuse.objects.filter(obligation__in=obligations, taken_back_at__isnull=True)
    return {row.obligation_id: row for row in found}


def _held(obligation: Obligation, by: User, on: date) -> Obligation:
    """The row, locked after its period, in the order in which everybody locks them."""
    share(Period.parse(obligation.period))
    row = Obligation.objects.select_for_update().get(pk=obligation.pk)
    if not can_excuse_obligation(by, row, on):
        raise DomainError(Code.NOT_ALLOWED)
    return row


def _count(excuse: Excuse, kind: str, by: User, at: datetime) -> None:
    owed = excuse.obligation
    refresh([owed.pk], locked=True)
    Obligation.objects.filter(pk=owed.pk).update(changed=Stamp())  # what is told of it changed, if not its outcome
    events.append(
        kind, by=by, at=at, about=("obligation", owed.pk), division_path=_place(owed), period=owed.period,
        excuse=excuse.pk, excused_for=excuse.kind, reason=excuse.reason,
        document=None if excuse.document is None else str(excuse.document),
    )  # fmt: skip
    tell(Period.parse(owed.period), by, at, Reconciled(refreshed=1), path=_place(owed))


def _place(owed: Obligation) -> str:
    """The path of the lowest division that holds every standing basis."""
    bases = Basis.objects.filter(obligation=owed).order_by("division__path")
    standing = bases.filter(state=Standing.STANDING)
    paths = list((standing if standing.exists() else bases).values_list("division__path", flat=True))
    return reduce(common_path, paths) if paths else ""
