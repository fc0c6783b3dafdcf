"""Files that arrive in pieces, over days if need be: what came of one lies on disk, whichever process takes the next.

`partials/<kind>-<declaration>-<sha256>` only ever grows, up to the length that was declared, and is never written again
then: the original is made of the same bytes. It goes once it is recorded, or when its bytes prove to be others.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.uploads import Incoming, locked, make_synced, sync, write_out


class WrongOffset(DomainError):
    """`wrong_offset`: the next piece begins at byte `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(Code.WRONG_OFFSET, _("The upload continues at byte %(offset)d.") % {"offset": offset})
        self.offset = offset


class Partial:
    """What came of one file of `length` bytes (at least one), known by `name`.

    Nobody holds it while waiting for the network: every chunk is appended under the file's lock, and only if the file
    still ends where the sender thinks. So of two senders at once one goes on, the other is told, and a sender whose
    line went dead stops nobody.
    """

    def __init__(self, name: str, length: int) -> None:
        self.path = partials() / name
        self.length = length

    @property
    def offset(self) -> int:
        """Bytes that are here. The last one counts once the file is recorded: until then it is asked for again, and so
        a crash before that costs one byte."""
        try:
            return self._standing(self.path.stat().st_size)
        except FileNotFoundError:
            return 0

    def take(self, offset: int, chunks: Iterable[bytes]) -> int:
        """Append a piece that begins at byte `offset`; answers where it ends: up to there, all is synced.

        What came before `chunks` broke off stays. Errors: `wrong_offset`; `digest_mismatch` for more bytes than
        declared, and then nothing is kept.
        """
        with _opened(self.path, offset) as file:
            at = offset
            if at != self.offset:
                raise WrongOffset(self.offset)
            for chunk in chunks:
                self._append(file.fileno(), at, chunk)
                at += len(chunk)
            os.fsync(file.fileno())
        return at

    def whole(self) -> Incoming:
        """All its bytes, read and hashed; FileNotFoundError if a twin has recorded them meanwhile."""
        os.utime(self.path)  # however old: the sweep shall leave it alone
        return Incoming(self.length, self.path)

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)

    def _append(self, handle: int, at: int, chunk: bytes) -> None:
        if at + len(chunk) > self.length:
            self.discard()
            raise DomainError(Code.DIGEST_MISMATCH, _("More bytes were sent than declared."))
        with locked(handle):
            found = os.fstat(handle)
            standing = self._standing(found.st_size) if found.st_nlink else 0  # 0: swept, or refused
            if standing != at:
                raise WrongOffset(standing)
            write_out(handle, chunk[found.st_size - at :])

    def _standing(self, size: int) -> int:
        return min(size, self.length - 1)


def partials() -> Path:
    return Path(settings.MEDIA_ROOT) / "partials"


@contextmanager
def _opened(path: Path, offset: int) -> Iterator[IO[bytes]]:
    """To append to; made, and its name synced, for a piece at the beginning."""
    begins = offset == 0
    if begins:
        make_synced(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | (os.O_CREAT if begins else 0), 0o644)
    except FileNotFoundError:
        raise WrongOffset(0) from None
    with open(handle, "ab", buffering=0) as file:
        if begins:
            sync(path.parent)
        yield file
