"""The files that a declaration encloses: matched by digest, judged by content, safe before they are recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError, Text
from fieldwork.core.media_types import are_alike
from fieldwork.core.models import Blob
from fieldwork.core.prepared import insert_of
from fieldwork.core.uploads import Incoming

Files = Mapping[str, Incoming]


class Promise(Protocol):
    """A file that was declared, and has arrived or will: SHA-256 in hex, size in bytes, media type."""

    @property
    def sha256(self) -> str: ...
    @property
    def bytes(self) -> int: ...
    @property
    def content_type(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which media types are taken, and what whoever sends another is told."""

    types: tuple[str, ...]
    complaint: Text


def check(promised: Iterable[Promise], files: Files, kinds: Kinds) -> None:
    """Errors: `digest_mismatch` (not declared, or other bytes than declared), `unsupported_media` (by its content a
    kind that is not taken, or not the one that was declared)."""
    promises = {promise.sha256: promise for promise in promised}
    for digest, file in files.items():
        promise = promises.get(digest)
        if promise is None:
            raise DomainError(Code.DIGEST_MISMATCH, _("A file was sent that matches no declared digest."))
        if file.sha256 != digest or file.bytes != promise.bytes:
            raise DomainError(Code.DIGEST_MISMATCH)
        if file.media_type not in kinds.types:
            raise DomainError(Code.UNSUPPORTED_MEDIA, kinds.complaint)
        require_type(file, promise.content_type)


def require_type(file: Incoming, claimed: str) -> None:
    """`unsupported_media` for a file of a known kind that is not the one it is called."""
    found = file.media_type
    if found is not None and not are_alike(found, claimed):
        detail = _("This file is called %(claimed)s, but by its content it is %(found)s.")
        raise DomainError(Code.UNSUPPORTED_MEDIA, detail % {"claimed": claimed, "found": found})


def settle(files: Files) -> None:
    """Make the bytes safe, before the transaction that records them."""
    for file in files.values():
        file.settle()


def attach(declared: QuerySet[Any], files: Files, at: datetime) -> list[str]:
    """Point rows of `Enclosure` to their settled bytes; answers the digests that were still missing."""
    arrived = []
    for row in declared.filter(sha256__in=list(files), blob__isnull=True).order_by("sha256"):
        row.blob = files[row.sha256].record(at)
        row.save(update_fields=["blob"])
        arrived.append(row.sha256)
    return arrived


def enclose(rows: Sequence[Any], files: Files, at: datetime) -> bool:
    """Point new rows of `Enclosure`, not yet inserted, to the settled bytes that came along.

    True if all these bytes are new here.
    """
    blobs = {row.sha256: files[row.sha256].blob(at) for row in rows if row.sha256 in files}
    are_new = insert_of(Blob, unless_there=True)(*blobs.values()) == len(blobs)
    if not are_new:  # what retention took away may have been sent again
        Blob.objects.filter(pk__in=blobs, removed_at__isnull=False).update(removed_at=None)
    for row in rows:
        row.blob = blobs.get(row.sha256)
    return are_new


def missing(declared: QuerySet[Any]) -> int:
    """How many declared files have not arrived."""
    return declared.filter(blob__isnull=True).count()
