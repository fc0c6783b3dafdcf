"""The keys that signed: each is what its id says, and its event tells when it began."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from fieldwork.core import jws
from fieldwork.core.models import Event, SigningKey
from fieldwork.supervision.ledger.findings import Finding, Record, altered, inserted, removed
from fieldwork.supervision.ledger.records import data_in

LATE = timedelta(hours=1)

Lives = dict[str, tuple[datetime, datetime | None]]


def public_keys() -> dict[str, str]:
    """The public halves that may be trusted for their id."""
    return {row.pk: row.public for row in SigningKey.objects.all() if jws.thumbprint(row.public) == row.pk}


def lives() -> Lives:
    """From when to when each key signs, but for clocks and processes that hear of it late. Beginnings and ends are
    compared with their events by `check_keys`."""
    return {row.pk: (row.begun_at - LATE, row.ended_at and row.ended_at + LATE) for row in SigningKey.objects.all()}


def signed_in_time(key: str, at: str, lives: Lives) -> bool:
    """Whether the key signed at the instant that is in what was signed."""
    begun, ended = lives[key]
    signed_at = datetime.fromisoformat(at)
    return begun <= signed_at and (ended is None or signed_at <= ended)


def check_keys() -> Iterator[Finding]:
    """Each row as the event of its beginning has it; ended when the next one began."""
    begun = {event.object_id: event for event in Event.objects.filter(kind="signing_key.begun")}
    instants = sorted(event.at for event in begun.values())
    for row in SigningKey.objects.order_by("begun_at", "id"):
        event = begun.pop(row.pk, None)
        if jws.thumbprint(row.public) != row.pk:
            yield altered(Record.KEY, row.pk, "public")
        elif event is None or data_in(event).get("public") != row.public:
            yield inserted(Record.KEY, row.pk)
        elif event.at != row.begun_at:
            yield altered(Record.KEY, row.pk, "begun_at")
        elif row.ended_at != next((at for at in instants if at > event.at), None):
            yield altered(Record.KEY, row.pk, "ended_at")
    for key in begun:
        yield removed(Record.KEY, key)
