"""When a division goes on under a new row, what hangs at the old one follows it.

Bodies, sites and accounts are moved in place: it is the place that got a new row, not they. Linkages and
marks are facts about days: they end with the old row and go on under the new one.
"""

from collections.abc import Mapping
from copy import copy
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from fieldwork.core import events
from fieldwork.core.events import Actor
from fieldwork.directory.models import Division, Linkage, Organisation, ProblemTownMark, Site, User

_BATCH = 500
Successors = Mapping[int, Division]


def follow(successors: Successors, *, on: date, division_path: str, by: Actor, at: datetime) -> None:
    """Bring what hangs at divisions that ended on the eve of `on` to their successors, by the old row's id.

    Runs in the caller's transaction. One event for each kind of row, `<noun>.followed`: the ids that moved,
    and for linkages and marks, which end and begin anew, pairs of ids.
    """
    at_ended = Q(division__ends_on=on - timedelta(days=1))
    reaching = at_ended & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    followed = {
        "organisation": _moved(Organisation.objects.filter(reaching), successors),
        "site": _moved(Site.objects.filter(reaching), successors),
        "user": _moved(User.objects.filter(at_ended), successors),
        "linkage": _begun_anew(Linkage.objects.filter(reaching), successors, on),
        "problem_mark": _begun_anew(ProblemTownMark.objects.filter(reaching), successors, on),
    }
    for noun, rows in followed.items():
        if rows:
            events.append(
                f"{noun}.followed", by=by, at=at, about=(noun, ""), division_path=division_path,
                since=on.isoformat(), rows=rows,
            )  # fmt: skip


def _moved(rows: QuerySet[Any], successors: Successors) -> list[int]:
    moving = [row for row in rows if row.division_id in successors]
    for row in moving:
        row.division = successors[row.division_id]
    rows.model._default_manager.bulk_update(moving, ["division"], batch_size=_BATCH)
    return [row.pk for row in moving]


def _begun_anew(rows: QuerySet[Any], successors: Successors, on: date) -> list[list[int]]:
    """Those that had begun end on the eve; those yet to begin are moved, and paired with themselves."""
    coming = _moved(rows.filter(starts_on__gte=on), successors)
    ending = [row for row in rows.filter(starts_on__lt=on) if row.division_id in successors]
    begun = [copy(row) for row in ending]
    for old, new in zip(ending, begun, strict=True):
        new.pk, new.starts_on, new.division = None, on, successors[old.division_id]
        old.ends_on = on - timedelta(days=1)
    rows.model._default_manager.bulk_update(ending, ["ends_on"], batch_size=_BATCH)
    rows.model._default_manager.bulk_create(begun, batch_size=_BATCH)
    return [[pk, pk] for pk in coming] + [[old.pk, new.pk] for old, new in zip(ending, begun, strict=True)]
