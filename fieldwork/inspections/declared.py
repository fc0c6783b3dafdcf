"""What a phone declares of a check-in, and when two declarations are the same.

Content is the declared request after defaults: instants by value, photos as a set by digest, companions and duties as
sets, without `device`; texts are compared character by character, in whatever normal form they come. So a request
repeated later, from another clock, as JSON or as multipart, is the same content.
"""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fieldwork.core.events import canonical
from fieldwork.core.geo import Datum, Position, to_wgs84


@dataclass(frozen=True, slots=True)
class Location:
    """A fix as the phone had it, degrees in `datum`; without one, why (`missing_reason`)."""

    latitude: float | None = None
    longitude: float | None = None
    accuracy_m: float | None = None
    datum: Datum = Datum.WGS84
    fix_age_s: float | None = None
    mocked: bool | None = None
    missing_reason: str = ""

    @property
    def position(self) -> Position | None:
        """The fix in WGS-84; None without one."""
        if self.latitude is None or self.longitude is None:
            return None
        return to_wgs84(self.latitude, self.longitude, self.datum)


@dataclass(frozen=True, slots=True)
class DeclaredPhoto:
    """A photo that has been or will be uploaded: SHA-256 in hex, size in bytes."""

    sha256: str
    bytes: int
    content_type: str
    captured_at: datetime | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredCheckIn:
    """One check-in as declared; ids as the phone sent them, not yet looked up."""

    id: UUID
    lead: str
    captured_at: datetime
    companions: tuple[str, ...] = ()
    prepared_by_staff: bool = False
    task: str | None = None
    duties: tuple[str, ...] = ()
    location: Location = field(default_factory=Location)
    site: str | None = None
    site_name: str = ""
    summary: str = ""
    found_nothing: bool | None = None
    photos: tuple[DeclaredPhoto, ...] = ()
    on_paper: bool = False
    device_id: str = ""
    clock_at_send: datetime | None = None

    @property
    def content(self) -> str:
        """Canonical JSON of what was declared."""
        declared = asdict(self)
        for part_of_sending in ("id", "device_id", "clock_at_send"):
            del declared[part_of_sending]
        declared["photos"] = sorted(declared["photos"], key=lambda photo: photo["sha256"])
        declared["companions"], declared["duties"] = sorted(set(self.companions)), sorted(set(self.duties))
        return canonical(_by_value(declared))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


def _by_value(value: Any) -> Any:
    """Instants in UTC, tuples as lists, no negative zero: one writing for one value."""
    match value:
        case float():
            return value + 0.0
        case datetime():
            return value.astimezone(UTC).isoformat()
        case dict():
            return {key: _by_value(each) for key, each in value.items()}
        case list() | tuple():
            return [_by_value(each) for each in value]
        case _:
            return value
