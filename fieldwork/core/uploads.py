"""Bytes by digest: streamed to disk, hashed on the way, synced, and only then moved to the place their digest names.

`incoming/` holds what is under way, `originals/ab/cd/<sha256>` what is whole. Nothing in `originals` is ever altered.
"""

import hashlib
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.media_types import HEAD, media_type
from fieldwork.core.models import Blob


class Incoming:
    """One file on its way in: write to it, then `settle` or `discard` it. A context discards what did not settle."""

    def __init__(self, limit: int) -> None:
        folder = Path(settings.MEDIA_ROOT) / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / uuid.uuid4().hex
        self.bytes = 0
        self.head = b""
        self._limit = limit
        self._digest = hashlib.sha256()
        self._file = self.path.open("xb")
        self._settled = False

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
        if self._settled:
            return media_type(original(self.sha256), self.head)
        self._file.flush()
        return media_type(self.path, self.head)

    def write(self, chunk: bytes) -> None:
        """Take more bytes; a `too_large` DomainError past the limit."""
        self.bytes += len(chunk)
        if self.bytes > self._limit:
            raise DomainError(Code.TOO_LARGE, _("A file may have at most %(limit)d bytes.") % {"limit": self._limit})
        if len(self.head) < HEAD:
            self.head += chunk[: HEAD - len(self.head)]
        self._digest.update(chunk)
        self._file.write(chunk)

    def write_all(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            self.write(chunk)

    def settle(self) -> None:
        """Sync the bytes and move them to their digest's place; done before the transaction that records them."""
        if self._settled:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        target = original(self.sha256)
        _make_synced(target.parent)
        self.path.replace(target)
        _sync(target.parent)
        self._settled = True

    def record(self, at: datetime) -> Blob:
        """The row of the settled bytes, in the transaction of whatever refers to them."""
        if not self._settled:
            raise RuntimeError("bytes are recorded only once they are safe on disk")
        content_type = self.media_type or "application/octet-stream"
        blob, _created = Blob.objects.get_or_create(
            sha256=self.sha256, defaults={"bytes": self.bytes, "content_type": content_type, "stored_at": at}
        )
        return blob

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


def sweep(now: datetime, age: timedelta = timedelta(days=1)) -> int:
    """Remove what was under way in `incoming/` when its process was killed; answers how many files."""
    swept = 0
    for path in (Path(settings.MEDIA_ROOT) / "incoming").glob("*"):
        with suppress(FileNotFoundError):  # another worker sweeps too
            if path.stat().st_mtime < (now - age).timestamp():
                path.unlink()
                swept += 1
    return swept


def original(sha256: str) -> Path:
    """Where the whole bytes of that digest are, or will be."""
    return Path(settings.MEDIA_ROOT) / "originals" / sha256[:2] / sha256[2:4] / sha256


def _make_synced(folder: Path) -> None:
    """Make a folder and its parents so that they survive a power cut."""
    if not folder.exists():
        _make_synced(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
