"""Taking a backup while people work.

The database first, then the uploads: an upload is whole, synced and in its place before the row that names it commits,
and is never altered. So whatever the dump names is there when the uploads are copied; the other way round, a photo that
arrives between the two would have its row in the dump and its bytes nowhere.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from fieldwork.core.models import Pulse
from fieldwork.supervision.backups import databases, files, manifest
from fieldwork.supervision.backups.manifest import BackupError, Manifest, Part

SHOWN = 20  # names of missing uploads
_LAST_EVENT = 'SELECT epoch, "transaction", id FROM core_event ORDER BY epoch DESC, "transaction" DESC, id DESC LIMIT 1'


@dataclass
class Uploads:
    """What became of the uploads that the dump names."""

    copied: int = 0
    kept: int = 0
    bytes: int = 0
    missing: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        return self.copied + self.kept


@dataclass(frozen=True, slots=True)
class Taken:
    folder: Path
    manifest: Manifest
    uploads: Uploads


def take(into: Path, *, at: datetime, thorough: bool = False) -> Taken:
    """Back up database and uploads into a new folder below `into`, named by the instant; BackupError.

    Uploads that an earlier backup has brought are left where they are; `thorough` reads them again. Uploads that the
    database names and the disk has not, or not whole, are counted as missing: the backup stands, the disk does not.
    """
    into = into.resolve()
    folder, draft = into / manifest.name_of(at), into / f".{manifest.name_of(at)}.part"
    if folder.exists() or draft.exists():
        raise BackupError(_("%(folder)s is there already.") % {"folder": folder})
    draft.mkdir(parents=True, mode=0o700)
    try:
        uploads, made = _fill(draft, into / manifest.POOL, at, thorough)
        files.write(draft / manifest.FILE, [made.text()])
        files.sync(draft)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    files.sync(into)
    Pulse.objects.update_or_create(name="backup", defaults={"at": at})
    return Taken(folder, made, uploads)


def _fill(draft: Path, pool: Path, at: datetime, thorough: bool) -> tuple[Uploads, Manifest]:
    dump = draft / databases.dump_name()
    with databases.dumped(dump) as ask:
        files.sync(dump)
        uploads = Uploads()
        files.write(draft / manifest.UPLOADS, _stored(ask, pool, uploads, thorough))
        files.sync_tree(pool)
        epoch = databases.one(ask, "SELECT max(number) FROM core_feedepoch")[0] or 0
        return uploads, Manifest(
            format=manifest.FORMAT, version=manifest.version(), taken_at=at.isoformat(), engine=connection.vendor,
            database=_part(dump), uploads=_part(draft / manifest.UPLOADS), upload_files=uploads.files,
            upload_bytes=uploads.bytes, missing=uploads.missing, counts=databases.counts(ask),
            migrations=[f"{app}.{name}" for app, name in ask("SELECT app, name FROM django_migrations ORDER BY id")],
            epoch=epoch, feed=[*(list(ask(_LAST_EVENT)) or [(0, 0, 0)])[0]],
        )  # fmt: skip


def _stored(ask: databases.Ask, pool: Path, uploads: Uploads, thorough: bool) -> Iterator[str]:
    """Bring each upload the dump names into the pool; yields its line for `sha256sum --check`."""
    pool.mkdir(mode=0o700, exist_ok=True)
    originals = Path(settings.MEDIA_ROOT) / "originals"
    for sha256, size in ask(databases.BLOBS):
        place = files.place_of(sha256)
        if _is_whole(pool / place, sha256, size, thorough):
            uploads.kept += 1
        elif _copied(originals / place, pool / place, sha256):
            uploads.copied += 1
        else:
            uploads.missing += 1
            uploads.names += [sha256] if len(uploads.names) < SHOWN else []
            continue
        uploads.bytes += size
        yield f"{sha256}  ../{manifest.POOL}/{place}\n"


def _is_whole(path: Path, sha256: str, size: int, thorough: bool) -> bool:
    try:
        return path.stat().st_size == size and (not thorough or files.digest_of(path) == sha256)
    except FileNotFoundError:
        return False


def _copied(source: Path, target: Path, sha256: str) -> bool:
    try:
        if files.copy(source, target) == sha256:
            return True
    except FileNotFoundError:
        return False
    target.unlink()
    return False


def _part(path: Path) -> Part:
    return Part(path.name, path.stat().st_size, files.digest_of(path))
