"""Where rules are tracked, against the events that switched them on and off: no place is spared its duties unseen."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from fieldwork.core.models import Event
from fieldwork.duties.models import Tracking
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.records import data_in

_KINDS = ("rule.tracked", "rule.untracked", "policy.followed")
ONE_DAY = timedelta(days=1)

Rows = dict[tuple[int, str, int], list["Span"]]  # by policy, rule and division


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a day to a day, or on and on (`date.max`); with streets or without."""

    starts_on: date
    ends_on: date
    streets: bool


def check_trackings() -> Iterator[Finding]:
    """Where no event ever told of any, none is judged."""
    told = Event.objects.filter(kind__in=_KINDS).order_by("pk")
    if not told.filter(kind="rule.tracked").exists():
        return
    rows: Rows = defaultdict(list)
    for event in told:
        try:
            rows = _tell(rows, event, data_in(event))
        except (ValueError, KeyError, TypeError, AttributeError):
            yield altered(Record.EVENT, event.pk, "body")
            return
    meant = {(key, span) for key, spans in rows.items() for span in spans}
    here = {
        ((row.policy_id, row.rule_code, row.division_id), Span(row.starts_on, row.ends_on or date.max, row.streets))
        for row in Tracking.objects.all()
    }
    yield from (removed(Record.POLICY, _named(*one)) for one in sorted(meant - here))
    yield from (inserted(Record.POLICY, _named(*one)) for one in sorted(here - meant))


def _tell(rows: Rows, event: Event, data: dict[str, Any]) -> Rows:
    """The spans after the event, as `duties.policies.tracking` leaves them."""
    if event.kind == "policy.followed":
        moved = {int(old): new for old, new in data["succeeded"].items()}
        new: Rows = defaultdict(list)
        for (policy, code, division), spans in rows.items():
            new[policy, code, moved.get(division, division)] += spans
        return new
    since = date.fromisoformat(data["since"])
    for code in data["rules"]:
        key = int(event.object_id), code, data["division"]
        before = [
            replace(span, ends_on=min(span.ends_on, since - ONE_DAY)) for span in rows[key] if span.starts_on < since
        ]
        after = sorted(span for span in rows[key] if span.starts_on >= since)
        if event.kind == "rule.untracked":
            rows[key] = before
        else:
            ends_on = after[0].starts_on - ONE_DAY if after else date.max
            rows[key] = [*before, Span(since, ends_on, data["streets"]), *after]
    return rows


def _named(key: tuple[int, str, int], span: Span) -> str:
    return f"{key[0]} {key[1]} @{key[2]} {span.starts_on}–{'' if span.ends_on == date.max else span.ends_on}"
