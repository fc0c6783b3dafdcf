"""What broken uploads left on disk is removed once it is too old to be taken up again."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from fieldwork.core.models import Blob, Event, FeedEpoch
from fieldwork.core.partials import partials
from fieldwork.core.uploads import incoming, locked, originals

logger = logging.getLogger(__name__)

UNDER_WAY = timedelta(days=1)  # no process is at one file for longer
IN_PIECES = timedelta(days=7)  # a phone may be offline for days, and goes on where it stopped
_FOLDERS = 256


def sweep(now: datetime) -> int:
    """Remove what was left under way, and originals that nothing refers to; answers how many files.

    Originals are looked at folder by folder, one a tick: a day sees each of them several times.
    """
    turn = int(now.timestamp()) // settings.TICK_SECONDS % _FOLDERS
    swept = sum(_swept(path, now - UNDER_WAY) for path in incoming().glob("*"))
    swept += sum(_swept(path, now - IN_PIECES) for path in partials().glob("*"))
    return swept + sweep_originals(f"{turn:02x}", now)


def sweep_originals(prefix: str, now: datetime) -> int:
    """Remove the originals in the folder of these two hex digits that have no row, and have had a day to get one.

    What is older than the database, or than its last restore, stays: its row may be in another one.
    """
    began = _began()
    if began is None:
        return 0
    old = [path for path in _files(originals() / prefix) if _is_between(path, began, now - UNDER_WAY)]
    kept = _recorded(sha256__range=(prefix.ljust(64, "0"), prefix.ljust(64, "f"))) if old else set()
    return sum(_swept_original(path, now - UNDER_WAY) for path in old if path.name not in kept)


def _swept(path: Path, before: datetime) -> bool:
    """Under the file's lock: a piece that has just come makes it young again."""
    with suppress(FileNotFoundError), path.open("rb") as file, locked(file.fileno()):
        if os.fstat(file.fileno()).st_mtime < before.timestamp():
            path.unlink(missing_ok=True)  # another worker sweeps too
            return True
    return False


def _swept_original(path: Path, before: datetime) -> bool:
    """Under the folder's lock: whoever settles the same bytes either comes before, and makes the file young, or after,
    and puts it back."""
    with suppress(FileNotFoundError), locked(path.parent):
        if path.stat().st_mtime < before.timestamp() and not _recorded(sha256=path.name):
            path.unlink()
            logger.warning("removed an original that nothing refers to: %s", path.name)
            return True
    return False


def _recorded(**which: object) -> set[str]:
    return set(Blob.objects.filter(**which).values_list("sha256", flat=True))


def _began() -> datetime | None:
    """Since when this database has known of every upload; None before anything happened."""
    first = Event.objects.order_by("pk").values_list("at", flat=True).first()
    restored = FeedEpoch.objects.aggregate(at=Max("started_at"))["at"]
    return max(first, restored) if first and restored else first


def _files(folder: Path) -> Iterator[Path]:
    for inner in sorted(folder.glob("*")):
        yield from inner.glob("*")


def _is_between(path: Path, since: datetime, until: datetime) -> bool:
    with suppress(FileNotFoundError):
        return since.timestamp() <= path.stat().st_mtime < until.timestamp()
    return False
