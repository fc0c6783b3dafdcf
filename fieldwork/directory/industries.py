"""Loading the code list of industries (GB/T 4754-2017): sections and their two-digit divisions."""

import csv
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError, FieldError
from fieldwork.core.events import Actor
from fieldwork.directory.dated import check_columns
from fieldwork.directory.models import Industry

COLUMNS = {"code", "name", "parent"}


@transaction.atomic
def load_industries(lines: Iterable[str], *, by: Actor, at: datetime) -> int:
    """Create or rename industries from CSV text with the columns code, name, parent; how many changed.

    Parents stand first. Codes that the list does not have are left alone; the same list again changes
    nothing. One event, `industries.loaded`. On a fault nothing is stored: `invalid` on `<line>.<column>`.
    """
    locks.hold("directory.industries")
    standing = {industry.code: industry for industry in Industry.objects.all()}
    reader = csv.DictReader(lines)
    if not set(reader.fieldnames or ()) >= COLUMNS:
        raise _fault(1, "code")
    changes: list[dict[str, str]] = []
    for row in reader:
        if row["parent"] and row["parent"] not in standing:
            raise _fault(reader.line_num, "parent")
        parent = standing[row["parent"]] if row["parent"] else None
        old = standing.get(row["code"])
        if old and (old.name, old.parent_id) == (row["name"], parent and parent.pk):
            continue
        industry = old or Industry(code=row["code"])
        changes.append({**row, "was": industry.name})
        industry.name, industry.parent = row["name"], parent
        _check(industry, reader.line_num)
        industry.save()
        standing[industry.code] = industry
    if changes:
        events.append("industries.loaded", by=by, at=at, about=("industry_list", "gb4754"), changes=changes)
    return len(changes)


def _check(industry: Industry, line: int) -> None:
    try:
        check_columns(industry)
    except DomainError as error:
        faults = tuple(FieldError(f"{line}.{fault.field}", fault.code, fault.detail) for fault in error.errors)
        raise DomainError(Code.INVALID, errors=faults) from None


def _fault(line: int, column: str) -> DomainError:
    detail = _("The columns are code, name and parent; a parent stands above its children.")
    return DomainError(Code.INVALID, errors=(FieldError(f"{line}.{column}", Code.INVALID, detail),))
