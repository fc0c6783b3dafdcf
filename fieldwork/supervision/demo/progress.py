"""What demo a database holds, and how far its story has been told: two rows by which a second run goes on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from django.db import transaction
from django.utils.translation import gettext as _

from fieldwork.core import events, locks
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.models import Event, Pulse
from fieldwork.core.periods import Cadence, Period, first_instant
from fieldwork.directory.models import Division, User

LOCK = "demo"
_CLOCK = "demo"  # a pulse: up to when everything that happens in the story has happened


@dataclass(frozen=True, slots=True)
class Begun:
    """How the demo was begun, which no later run changes: `present` is the month of that day."""

    leaders: int
    first: date
    present: Period

    @classmethod
    def read(cls, event: Event) -> Self:
        data = event.data
        return cls(data["leaders"], date.fromisoformat(data["first"]), Period.parse(data["present"]))

    @property
    def founded(self) -> date:
        """The day on which all bodies and posts begin: long before anybody's tenure."""
        return date(self.first.year - 5, 1, 1)

    @property
    def set_up_at(self) -> datetime:
        """When the installation was filled: two weeks before the first month, at 09:00."""
        return first_instant(self.first - timedelta(days=14)) + timedelta(hours=9)

    @property
    def handed_over_at(self) -> datetime:
        """09:00 on the 15th of the month before the demo was begun: somebody leaves, somebody comes."""
        return first_instant(self.present.previous().starts_on.replace(day=15)) + timedelta(hours=9)


def begin(*, leaders: int, months: int, at: datetime) -> Begun:
    """The demo of this database, begun now if there is none: `months` past months before that of `at`.

    `wrong_state` where the database holds what is not the demo's.
    """
    with transaction.atomic():
        locks.hold(LOCK)
        marker = Event.objects.filter(kind="demo.begun").order_by("pk").first()
        if marker is None:
            _refuse_foreign_data()
            present = first = Period.of_instant(Cadence.MONTH, at)
            for _month in range(months):
                first = first.previous()
            marker = events.append(
                "demo.begun", by=events.SYSTEM, at=at, about=("demo", "demo"), leaders=leaders,
                first=first.starts_on.isoformat(), present=str(present),
            )  # fmt: skip
    return Begun.read(marker)


def _refuse_foreign_data() -> None:
    if Event.objects.exists() or User.objects.exists() or Division.objects.exists():
        raise DomainError(
            Code.WRONG_STATE,
            _(
                "This database holds data that are not the demo's, and the demo leaves them alone. "
                "Give it a place of its own: FIELDWORK_DATA_DIR for a new folder, or DATABASE_URL."
            ),
        )


def told_until(begun: Begun) -> datetime:
    """Up to when the story has been told."""
    clock = Pulse.objects.filter(name=_CLOCK).first()
    return clock.at if clock else begun.set_up_at


def tell_until(at: datetime) -> None:
    Pulse.objects.update_or_create(name=_CLOCK, defaults={"at": at})
