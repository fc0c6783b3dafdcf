"""What is still to come when a period is published: named, never waited for."""

from typing import Any

from django.db.models import Q, QuerySet

from fieldwork.core.enums import DeclaredState
from fieldwork.core.periods import Period
from fieldwork.directory.models import Division
from fieldwork.directory.paths import within
from fieldwork.duties.schedule import is_followed
from fieldwork.filings.models import Filing
from fieldwork.inspections.enums import CaseState
from fieldwork.inspections.models import CheckIn
from fieldwork.inspections.queries import in_state, served_within

NAMED = 200  # by their ids; all are counted


def incomplete(period: Period, division: Division) -> dict[str, Any]:
    """`check_ins` and `filings` of which files have not arrived, `reviews` that are not decided, as counts and ids; and
    `facts`: whether changed facts still wait to be followed."""
    days = (period.starts_on, period.ends_on)
    check_ins = CheckIn.objects.filter(served_within(division.path, "lead", "captured_on"), captured_on__range=days)
    here = served_within(division.path, "leader", "held_on") | within(division.path, "organisation__division__path")
    filings = Filing.objects.filter(here, held_on__range=days)
    unfinished = Q(state=DeclaredState.INCOMPLETE)
    return {
        "check_ins": _named(check_ins.filter(unfinished)),
        "filings": _named(filings.filter(unfinished)),
        "reviews": _named(check_ins.filter(in_state(CaseState.WAITING))),
        "facts": not is_followed(),
    }


def _named(rows: QuerySet[Any]) -> dict[str, Any]:
    ids = [str(pk) for pk in rows.order_by("received_at", "pk").values_list("pk", flat=True)[:NAMED]]
    return {"count": rows.count() if len(ids) == NAMED else len(ids), "ids": ids}
