"""What a phone declares of a filing."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fieldwork.core.declared import content_of, digest_of


@dataclass(frozen=True, slots=True)
class DeclaredSubject:
    """Who did it: `kind` as `SubjectKind` has it, the id as it was sent; a pair's is `<upper>:<lower>`."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class DeclaredAttachment:
    """A file that has been or will be uploaded: SHA-256 in hex, size in bytes."""

    sha256: str
    bytes: int
    content_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredFiling:
    """One filing as declared; ids as the phone sent them, not yet looked up. Days are in the policy's zone."""

    id: UUID
    subject: DeclaredSubject
    kind: str
    held_on: date
    obligations: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    title: str = ""
    summary: str = ""
    participants: tuple[str, ...] = ()
    prepared_by_staff: bool = False
    on_paper: bool = False
    attachments: tuple[DeclaredAttachment, ...] = ()
    device_id: str = ""
    clock_at_send: datetime | None = None

    @property
    def content(self) -> str:
        """Canonical JSON of what was declared; obligations and duties are sets, participants a list."""
        return content_of(self, sets=("obligations", "duties"), files="attachments")

    @property
    def digest(self) -> str:
        return digest_of(self.content)
