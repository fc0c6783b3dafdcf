"""Restoring a backup to an empty machine, so that every reader of the feed goes on where the backup left it.

Uploads first, then the database in one transaction, then a new epoch of the feed: transaction ids may start again low.
Broken off at any point, the same call goes on: a mark beside the uploads says that what is there is its own.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from fieldwork.core import events
from fieldwork.core.uploads import original
from fieldwork.supervision.backups import databases, files, manifest
from fieldwork.supervision.backups.manifest import BackupError, Manifest, Part

SHOWN = 20
_MARK = ".restoring"


@dataclass
class Restored:
    """`missing`: uploads that the database names and the disk has not, or not whole; at most 20 of their names."""

    manifest: Manifest
    epoch: int = 0
    uploads: int = 0
    missing: int = 0
    names: list[str] = field(default_factory=list)
    to_migrate: int = 0


def restore(folder: Path, *, at: datetime, thorough: bool = False) -> Restored:
    """Fill the empty database and upload folder of the settings from a backup; BackupError, before anything is changed.

    `folder` is one backup, or holds several: then the newest. Nothing else may use the database meanwhile. `thorough`
    reads every upload once more after it was written.
    """
    folder = manifest.find(folder.resolve())
    of = manifest.read(folder)
    _check(folder, of)
    mark = Path(settings.MEDIA_ROOT) / _MARK
    begun = mark.exists() and mark.read_text(encoding="utf-8") == folder.name
    loaded = bool(databases.tables(databases.ask))
    if not begun:
        _refuse_what_is_not_empty(loaded)
        mark.parent.mkdir(parents=True, exist_ok=True)
        files.write(mark, [folder.name])
        files.sync(mark.parent)
    _bring_uploads(folder)
    if not loaded:
        databases.load(folder / of.database.name)
    if events.current_epoch() == of.epoch:
        _compare(of)
        _begin_epoch(folder.name, of, at)
    made = Restored(of, epoch=events.current_epoch())
    _verify(made, thorough)
    made.to_migrate = len(_known_migrations() - set(of.migrations))
    mark.unlink()
    return made


def _check(folder: Path, of: Manifest) -> None:
    if of.engine != connection.vendor:
        raise BackupError(
            _("The backup is of %(backup)s, the database here is %(here)s.")
            % {"backup": of.engine, "here": connection.vendor}
        )
    for part in (of.database, of.uploads):
        _check_part(folder / part.name, part)
    newer = sorted(set(of.migrations) - _known_migrations())
    if newer:
        raise BackupError(_("The backup was made by a newer version: %(migration)s.") % {"migration": newer[0]})


def _check_part(path: Path, part: Part) -> None:
    if not path.exists() or path.stat().st_size != part.bytes or files.digest_of(path) != part.sha256:
        raise BackupError(_("%(path)s is missing or is not what was backed up.") % {"path": path})


def _known_migrations() -> set[str]:
    """Every migration of this code, and those that they replace."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return {f"{app}.{name}" for app, name in {*loader.disk_migrations, *replaced}}


def _refuse_what_is_not_empty(loaded: bool) -> None:
    if loaded:
        raise BackupError(_("The database is not empty: restore into a new one, before `migrate`."))
    originals = Path(settings.MEDIA_ROOT) / "originals"
    if originals.exists() and any(path.is_file() for path in originals.rglob("*")):
        raise BackupError(_("%(folder)s is not empty.") % {"folder": originals})


def _bring_uploads(folder: Path) -> None:
    """Copy what the backup's list names, unless it is there; what does not match its digest is left out."""
    pool, target = folder.parent / manifest.POOL, Path(settings.MEDIA_ROOT) / "originals"
    target.mkdir(parents=True, exist_ok=True)
    with (folder / manifest.UPLOADS).open(encoding="utf-8") as lines:
        for line in lines:
            sha256 = line.split()[0]
            source = pool / files.place_of(sha256)
            if not original(sha256).exists() and source.exists() and files.copy(source, original(sha256)) != sha256:
                original(sha256).unlink()
    files.sync_tree(target)
    files.sync(target.parent)


def _compare(of: Manifest) -> None:
    """BackupError if the database does not hold, table by table, as many rows as were dumped."""
    found = databases.counts(databases.ask)
    for table, count in of.counts.items():
        if found.get(table) != count:
            raise BackupError(
                _("%(table)s has %(found)s rows, the backup %(count)d.")
                % {"table": table, "found": found.get(table), "count": count}
            )


def _begin_epoch(name: str, of: Manifest, at: datetime) -> None:
    """Also an event, so that whoever reads what happened knows that something may be gone behind `taken_at`."""
    with transaction.atomic():
        epoch = events.begin_epoch(at=at, reason=f"restored from {name}")
        events.append(
            "installation.restored", by=events.SYSTEM, at=at, about=("backup", name),
            taken_at=of.taken_at, epoch=epoch, version=of.version,
        )  # fmt: skip


def _verify(made: Restored, thorough: bool) -> None:
    for sha256, size in databases.ask(databases.BLOBS):
        path = original(sha256)
        made.uploads += 1
        if not path.exists() or path.stat().st_size != size or (thorough and files.digest_of(path) != sha256):
            made.missing += 1
            made.names += [sha256] if len(made.names) < SHOWN else []
