"""Beginning and ending dated rows: the one way for organisations, posts, tenures, linkages and the like."""

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.core.events import Actor
from fieldwork.directory.bounds import check, check_held, is_longer, lock, lock_around
from fieldwork.directory.models import Dated, Linkage, Organisation, Tenure
from fieldwork.directory.names import faults_of_names
from fieldwork.directory.records import as_text, facts, record

R = TypeVar("R", bound=Dated)


@transaction.atomic
def begin(row: R, *, reason: str = "", by: Actor, at: datetime) -> R:
    """Store a new dated row when columns and dates are right; tells `<noun>.begun`, its columns as `row`, with the
    reason where one is given."""
    check_columns(row)
    check(row, lock_around(row))
    row.save(force_insert=True)
    more = {"reason": reason} if reason else {}
    record("begun", row, by=by, at=at, since=row.starts_on, row=facts(row), **more)
    return row


@transaction.atomic
def end(row: R, *, ends_on: date | None, reason: str = "", by: Actor, at: datetime) -> R:
    """Set, move or (with None) take back the last day of a dated row.

    May be said again with another day while all dates still fit one another; the same day changes nothing.
    A tenure takes its linkages along: one that would outlast it ends with it, one that ran to its last day
    keeps doing so, and one that would begin only afterwards refuses the end. All else refuses to end before
    what it holds. Answers the row as it stands; `invalid` on `ends_on` otherwise. Tells `<noun>.ended`, with the
    reason where one is given.
    """
    holders = lock_around(row)
    fresh = lock(row)
    was = fresh.ends_on
    if ends_on == was:
        return fresh
    if isinstance(fresh, Organisation) and fresh.merged_into is not None:
        raise DomainError(Code.WRONG_STATE, _("It was merged into %(name)s.") % {"name": fresh.merged_into.name})
    fresh.ends_on = ends_on
    check(fresh, holders, ending=True, longer=is_longer(was, ends_on))
    fresh.save(update_fields=["ends_on"])
    more: dict[str, Any] = {"linkages": _take_along(fresh, was)} if isinstance(fresh, Tenure) else {}
    more |= {"reason": reason} if reason else {}
    check_held(fresh)
    first_changed = min(day for day in (was, ends_on) if day is not None) + timedelta(days=1)
    record("ended", fresh, by=by, at=at, since=first_changed, ends_on=ends_on, was=was, **more)
    return fresh


def _take_along(tenure: Tenure, was: date | None) -> list[dict[str, Any]]:
    """Move the ends of linkages that outlast the tenure's new end or ran to its old; what each end was."""
    moving = Q(ends_on=was) if was else Q(ends_on__isnull=True)
    if tenure.ends_on:
        moving |= Q(ends_on__isnull=True) | Q(ends_on__gt=tenure.ends_on)
        moving &= Q(starts_on__lte=tenure.ends_on)
    linkages = tenure.linkages.filter(moving).order_by("pk").select_for_update(no_key=True)
    return [_move_end(linkage, tenure.ends_on) for linkage in linkages]


def _move_end(linkage: Linkage, ends_on: date | None) -> dict[str, Any]:
    holders = lock_around(linkage)
    was, linkage.ends_on = linkage.ends_on, ends_on
    check(linkage, holders, ending=True, longer=is_longer(was, ends_on))
    linkage.save(update_fields=["ends_on"])
    return {"id": linkage.pk, "was": as_text(was)}


def check_columns(row: models.Model) -> None:
    """Everything that a single column can be wrong in, all at once, as one `invalid` DomainError."""
    related = {field.name for field in row._meta.concrete_fields if field.is_relation}
    faults = faults_of_names(row)
    try:
        row.clean_fields(exclude=related)
    except ValidationError as error:
        faults += [
            FieldError(field, Code.INVALID, text) for field, texts in error.message_dict.items() for text in texts
        ]
    if faults:
        raise DomainError(Code.INVALID, errors=tuple(faults))
