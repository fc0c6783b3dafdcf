"""What a backup says of itself.

A folder of backups holds `originals/ab/cd/<sha256>`, each upload once for all backups, and a folder for each backup:
`manifest.json`, the database's dump, and `uploads.sha256`, which `sha256sum --check` reads.
"""

import json
import tomllib
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

FORMAT = 1
FILE = "manifest.json"
UPLOADS = "uploads.sha256"
POOL = "originals"


class BackupError(Exception):
    """A backup cannot be taken, or cannot be restored; the text says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`counts` are rows by table; `migrations` "app.name" as applied; `feed` the last event: epoch, transaction, id."""

    format: int
    version: str
    taken_at: str
    engine: str
    database: Part
    uploads: Part
    upload_files: int
    upload_bytes: int
    missing: int
    counts: dict[str, int]
    migrations: list[str]
    epoch: int
    feed: list[int]

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def read(folder: Path) -> Manifest:
    """The manifest of one backup; BackupError if there is none that this version can read."""
    try:
        raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise BackupError(_("%(folder)s was written in another format.") % {"folder": folder})
        return Manifest(**{**raw, "database": Part(**raw["database"]), "uploads": Part(**raw["uploads"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(
            _("%(folder)s holds no backup that can be read: %(error)s") % {"folder": folder, "error": error}
        ) from None


def find(folder: Path) -> Path:
    """`folder` itself if it is a backup, else the newest one in it."""
    if (folder / FILE).exists():
        return folder
    backups = sorted(path.parent for path in folder.glob(f"[!.]*/{FILE}"))
    if not backups:
        raise BackupError(_("There is no backup in %(folder)s.") % {"folder": folder})
    return backups[-1]


def name_of(at: datetime) -> str:
    """A backup's folder: names sort as the backups were taken."""
    return at.strftime("%Y%m%dT%H%M%SZ")


def version() -> str:
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])
