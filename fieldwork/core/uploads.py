"""Bytes by digest: streamed to disk, hashed on the way, synced, and only then moved to the place their digest names.

`incoming/` holds what is under way, `originals/ab/cd/<sha256>` what is whole. Nothing in `originals` is ever altered.
"""

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldwork.core.amounts import size_in_words
from fieldwork.core.errors import Code, DomainError
from fieldwork.core.media_types import HEAD, media_type
from fieldwork.core.models import Blob

_CHUNK = 1 << 18


class Incoming:
    """One file on its way in: write to it, then `settle` or `discard` it. A context discards what did not settle.

    `whole` is a file that has all its bytes already: it is read, and keeps its own name beside.
    """

    def __init__(self, limit: int, whole: Path | None = None) -> None:
        folder = incoming()
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / uuid.uuid4().hex
        self.bytes = 0
        self.head = b""
        self._limit = limit
        self._digest = hashlib.sha256()
        self._settled = False
        if whole is None:
            self._file = self.path.open("xb", buffering=0)
        else:
            self.path.hardlink_to(whole)
            self._file = self.path.open("rb", buffering=0)
            for chunk in iter(lambda: self._file.read(_CHUNK), b""):
                self._count(chunk)

    def __enter__(self) -> "Incoming":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.discard()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def media_type(self) -> str | None:
        """By what was written so far, whatever it was called; None for a kind that is taken nowhere."""
        return media_type(original(self.sha256) if self._settled else self.path, self.head)

    def write(self, chunk: bytes) -> None:
        """Take more bytes; a `too_large` DomainError past the limit."""
        if self.bytes + len(chunk) > self._limit:
            limit = {"limit": size_in_words(self._limit)}
            raise DomainError(Code.TOO_LARGE, _("A file may have at most %(limit)s.") % limit)
        self._count(chunk)
        write_out(self._file.fileno(), chunk)

    def write_all(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.write(chunk)

    def _count(self, chunk: bytes) -> None:
        self.bytes += len(chunk)
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self._digest.update(chunk)

    def settle(self) -> None:
        """Sync the bytes and move them to their digest's place; done before the transaction that records them.

        An original that is there whole stays as it is, but young: the sweep leaves it to the row that is to come.
        """
        if self._settled:
            return
        os.fsync(self._file.fileno())
        self._file.close()
        target = original(self.sha256)
        make_synced(target.parent)
        with locked(target.parent, fcntl.LOCK_SH):
            if _size(target) == self.bytes:
                self.path.unlink()
            else:
                self.path.replace(target)
            os.utime(target)
        sync(target.parent)
        self._settled = True

    def blob(self, at: datetime) -> Blob:
        """A row for the settled bytes, not yet inserted."""
        if not self._settled:
            raise RuntimeError("bytes are recorded only once they are safe on disk")
        content_type = self.media_type or "application/octet-stream"
        return Blob(sha256=self.sha256, bytes=self.bytes, content_type=content_type, stored_at=at)

    def record(self, at: datetime) -> Blob:
        """The row of the settled bytes, in the transaction of whatever refers to them."""
        if not self._settled:
            raise RuntimeError("bytes are recorded only once they are safe on disk")
        content_type = self.media_type or "application/octet-stream"
        blob, _created = Blob.objects.get_or_create(
            sha256=self.sha256, defaults={"bytes": self.bytes, "content_type": content_type, "stored_at": at}
        )
        if blob.removed_at is not None:  # what retention took away was sent again
            blob.removed_at = None
            blob.save(update_fields=["removed_at"])
        return blob

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


def incoming() -> Path:
    """The folder of what is under way."""
    return Path(settings.MEDIA_ROOT) / "incoming"


def original(sha256: str) -> Path:
    """Where the whole bytes of that digest are, or will be."""
    return originals() / sha256[:2] / sha256[2:4] / sha256


def originals() -> Path:
    return Path(settings.MEDIA_ROOT) / "originals"


@contextmanager
def locked(place: Path | int, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold the kernel's lock (flock) of a folder, or of an open file: among processes and threads alike."""
    handle = place if isinstance(place, int) else os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        if isinstance(place, int):
            fcntl.flock(handle, fcntl.LOCK_UN)
        else:
            os.close(handle)


def write_out(handle: int, chunk: bytes) -> None:
    """All of it: the kernel may take less at a time."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(handle, rest) :]


def make_synced(folder: Path) -> None:
    """Make a folder and its parents so that they survive a power cut."""
    if not folder.exists():
        make_synced(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(path: Path) -> int | None:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return None
