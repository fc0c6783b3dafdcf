"""What a phone declares of a check-in."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fieldwork.core.declared import content_of, digest_of
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
        """Canonical JSON of what was declared; companions and duties are sets."""
        return content_of(self, sets=("companions", "duties"), files="photos")

    @property
    def digest(self) -> str:
        return digest_of(self.content)
