"""What a phone declares of a hazard, and of a photo that shows it rectified."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from fieldwork.core.declared import content_of, digest_of
from fieldwork.inspections.declared import DeclaredPhoto, Location


@dataclass(frozen=True, slots=True)
class DeclaredHazard:
    """One finding as declared; ids as the phone sent them, not yet looked up. Days are in the policy's zone."""

    id: UUID
    found_at: datetime
    category: str
    grade: str
    description: str
    lead: str | None = None
    check_in: UUID | None = None
    site: str | None = None
    site_name: str = ""
    location: Location = field(default_factory=Location)
    proposed_deadline: date | None = None
    photos: tuple[DeclaredPhoto, ...] = ()
    prepared_by_staff: bool = False
    on_paper: bool = False
    device_id: str = ""
    clock_at_send: datetime | None = None

    @property
    def content(self) -> str:
        """Canonical JSON of what was declared."""
        return content_of(self, sets=(), files="photos")

    @property
    def digest(self) -> str:
        return digest_of(self.content)


@dataclass(frozen=True, slots=True)
class DeclaredPhotoAfter(DeclaredPhoto):
    """A photo of the hazard rectified; `pairs_with` is the digest of the photo before that it shows again."""

    pairs_with: str = ""
