"""Files that survive a power cut: hashed while they are copied, synced, then put in place by one rename."""

import hashlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path

_CHUNK = 1 << 20


def place_of(sha256: str) -> str:
    """An upload's path below `originals`, as `core.uploads` has it."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: Path, target: Path) -> str:
    """Copy to `target`, whole or not at all, and answer the digest of what was copied. Folders: `sync` them after."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{uuid.uuid4().hex}")
    digest = hashlib.sha256()
    try:
        with source.open("rb") as reading, draft.open("xb") as writing:
            while chunk := reading.read(_CHUNK):
                digest.update(chunk)
                writing.write(chunk)
            writing.flush()
            os.fsync(writing.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return digest.hexdigest()


def write(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())


def sync(*paths: Path) -> None:
    """Make files, or the names in folders, survive a power cut."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sync_tree(root: Path) -> None:
    """Every folder below `root`, and itself; their files are synced already."""
    for folder, _folders, _files in os.walk(root):
        sync(Path(folder))
