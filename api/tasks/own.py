"""`GET tasks?mine=true`, which every phone asks all the time: two statements, composed once."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db.models import DateField, DateTimeField, F, Max

from api.mine import ID, own_obligations
from api.tasks.rows import COLUMNS, Row
from fieldwork.core.prepared import Given, Prepared
from fieldwork.directory.models import User
from fieldwork.duties.models import Performance, Task
from fieldwork.duties.status import task_status_case

TIES = ("obligation_id",)  # so that the index of obligations by due_at serves tasks too
ORDERING = ("-due_at", "-obligation_id", "-id")


@lru_cache
def _page(limit: int) -> Prepared:
    now: Any = Given("now", DateTimeField())
    on: Any = Given("on", DateField())
    own = own_obligations(Given("leader", ID), Given("unit", ID), on)
    return Prepared(
        lambda: (
            Task.objects.filter(obligation__in=own)
            .annotate(status=task_status_case(now), due_at=F("obligation__due_at"))
            .order_by(*ORDERING)
            .values_list(*COLUMNS)[:limit]
        )
    )


_touches = Prepared(
    lambda: (
        Performance.objects.filter(stands=True, leader=Given("leader", ID))
        .values_list("touches__target_key")
        .annotate(last=Max("at"))
    )
)


def own_tasks(user: User, on: date, now: datetime, limit: int) -> list[Row]:
    """The columns of the first `limit` tasks that rest on the user: what the filter `mine` selects, in `ORDERING`."""
    found = _page(limit).rows(leader=user.leader_id, unit=user.organisation_id, on=on, now=now)
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def own_touches(user: User) -> dict[tuple[int | None, str], datetime]:
    """When the user's leader last touched each target ever touched."""
    return {(user.leader_id, key): at for key, at in _touches.rows(leader=user.leader_id)}
