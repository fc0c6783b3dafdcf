"""Whether a leader can have come from one check-in to the next (行程核对).

It follows the leader, not the phone: staff may send for several. The order is that of capturing, whenever and in
whatever order they arrived; of two neighbours the later one carries the flag. What was on paper first or has no
position is no neighbour.
"""

import math
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, DateTimeField, Q, QuerySet, Subquery, UUIDField

from fieldwork.core import events
from fieldwork.core.events import Actor
from fieldwork.core.geo import Position
from fieldwork.core.prepared import Given, Prepared
from fieldwork.inspections.enums import FlagCode
from fieldwork.inspections.models import CheckIn, Flag
from fieldwork.inspections.queries import path_of

NEAR_M = 2000  # nearer than this nobody asks how they came
_CODE = FlagCode.IMPOSSIBLE_SPEED


def neighbours(check_in: CheckIn) -> tuple[CheckIn | None, CheckIn | None]:
    """The lead's check-ins captured just before and just after; at one instant the lower id comes first."""
    if check_in.on_paper or check_in.wgs84_latitude is None:
        return None, None
    rows = _neighbours.objects(lead=check_in.lead_id, at=check_in.captured_at, pk=check_in.pk)
    sides = {(row.captured_at, row.pk) < (check_in.captured_at, check_in.pk): row for row in rows}
    return sides.get(True), sides.get(False)


def _compose() -> QuerySet[CheckIn]:
    at: Any = Given("at", DateTimeField())
    pk: Any = Given("pk", UUIDField())
    placed = CheckIn.objects.filter(lead=Given("lead", BigIntegerField()), on_paper=False, wgs84_latitude__isnull=False)
    earlier = placed.filter(Q(captured_at__lt=at) | Q(pk__lt=pk), captured_at__lte=at)
    later = placed.filter(Q(captured_at__gt=at) | Q(pk__gt=pk), captured_at__gte=at)
    before = earlier.order_by("-captured_at", "-pk").values("pk")[:1]
    after = later.order_by("captured_at", "pk").values("pk")[:1]
    found = CheckIn.objects.filter(Q(pk=Subquery(before)) | Q(pk=Subquery(after)))
    return found.only("lead", "captured_at", "captured_on", "accuracy_m", "wgs84_latitude", "wgs84_longitude")


_neighbours = Prepared(_compose)


def too_fast(earlier: CheckIn, later: CheckIn) -> dict[str, Any] | None:
    """The figures of a way that nobody travels so fast; None if it can be travelled, or is short.

    The way is the distance less both accuracies, the time at least a second: `km`, `minutes`, `kmh`, `limit_kmh`, and
    `check_in`, the id of the earlier one.
    """
    metres = _position(earlier).distance_m(_position(later)) - (earlier.accuracy_m or 0) - (later.accuracy_m or 0)
    seconds = max((later.captured_at - earlier.captured_at).total_seconds(), 1)
    kmh = metres / seconds * 3.6
    if metres < NEAR_M or kmh <= settings.IMPOSSIBLE_KMH:
        return None
    return {
        "km": round(metres / 1000), "minutes": math.ceil(seconds / 60), "kmh": math.ceil(kmh),
        "limit_kmh": settings.IMPOSSIBLE_KMH, "check_in": str(earlier.pk),
    }  # fmt: skip


def judge_anew(later: CheckIn, earlier: CheckIn, *, by: Actor, at: datetime) -> None:
    """Raise, change or take back the flag of a check-in that has got another neighbour before it.

    One event, `check_in.flags_changed`, if anything changed; what a verdict weighed before waits for one again.
    """
    figures = too_fast(earlier, later)
    flag = Flag.objects.filter(check_in=later, code=_CODE).first()
    if figures == (flag.figures if flag else None):
        return
    if figures is not None:
        anew = {"figures": figures, "raised_at": at, "weighed_by": None}
        Flag.objects.update_or_create(check_in=later, code=_CODE, defaults=anew)
    elif flag is not None:
        flag.delete()
    events.append(
        "check_in.flags_changed", by=by, at=at, about=("check_in", later.pk), division_path=path_of(later),
        raised={} if figures is None else {_CODE.value: figures}, dropped=[_CODE.value] if figures is None else [],
    )  # fmt: skip


def _position(check_in: CheckIn) -> Position:
    assert check_in.wgs84_latitude is not None  # `neighbours` asks only those
    assert check_in.wgs84_longitude is not None
    return Position(check_in.wgs84_latitude, check_in.wgs84_longitude)
