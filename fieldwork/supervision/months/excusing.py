"""Excusing, with what it does to a period that is published: one transaction over duties and months."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from fieldwork.core.periods import Period
from fieldwork.directory.models import User
from fieldwork.duties import excuses
from fieldwork.duties.models import Excuse, Obligation
from fieldwork.supervision.months.amending import amend


@transaction.atomic
def excuse(
    obligation: Obligation, *, kind: str, reason: str, document: UUID | None = None, by: User, at: datetime, on: date
) -> Excuse:
    """As `duties.excuses.excuse`, errors too."""
    made = excuses.excuse(obligation, kind=kind, reason=reason, document=document, by=by, at=at, on=on)
    _amend(obligation, at)
    return made


@transaction.atomic
def take_back(obligation: Obligation, *, by: User, at: datetime, on: date) -> Excuse:
    """As `duties.excuses.take_back`, errors too."""
    taken = excuses.take_back(obligation, by=by, at=at, on=on)
    _amend(obligation, at)
    return taken


def _amend(obligation: Obligation, at: datetime) -> None:
    amend(Period.parse(obligation.period), now=at, obligations=[obligation.pk])
