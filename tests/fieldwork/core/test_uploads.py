"""Bytes by digest: whole and synced before they are recorded, or gone."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldwork.core.errors import Code, DomainError
from fieldwork.core.models import Blob
from fieldwork.core.uploads import Incoming, original
from tests.photos import jpeg

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_settled_bytes_lie_where_their_digest_says(media: Path) -> None:
    photo = jpeg()
    with Incoming(1 << 20) as incoming:
        incoming.write_all([photo[:10], photo[10:]])
        incoming.settle()
    digest = hashlib.sha256(photo).hexdigest()
    assert files(media) == [media / "originals" / digest[:2] / digest[2:4] / digest]
    assert original(digest).read_bytes() == photo


def test_bytes_that_do_not_settle_leave_nothing(media: Path) -> None:
    with Incoming(1 << 20) as incoming:
        incoming.write(jpeg())
    assert files(media) == []


def test_bytes_beyond_the_limit_are_refused_at_once(media: Path) -> None:
    with Incoming(10) as incoming, pytest.raises(DomainError) as refused:
        incoming.write(b"x" * 11)
    assert refused.value.code == Code.TOO_LARGE
    assert files(media) == []


def test_same_bytes_twice_are_one_file(media: Path) -> None:
    for _ in range(2):
        with Incoming(1 << 20) as incoming:
            incoming.write(jpeg())
            incoming.settle()
    assert len(files(media)) == 1


@pytest.mark.django_db
def test_bytes_are_recorded_only_once_they_are_safe() -> None:
    with Incoming(1 << 20) as incoming:
        incoming.write(jpeg())
        with pytest.raises(RuntimeError):
            incoming.record(NOW)
        incoming.settle()
        blob = incoming.record(NOW)
    assert (blob.sha256, blob.bytes, blob.content_type) == (incoming.sha256, len(jpeg()), "image/jpeg")
    assert Blob.objects.count() == 1


def settled(photo: bytes) -> Path:
    with Incoming(1 << 20) as incoming:
        incoming.write(photo)
        incoming.settle()
        return original(incoming.sha256)


def test_original_that_is_there_whole_is_not_touched_but_for_its_age(media: Path) -> None:
    there = settled(jpeg())
    a_year_ago = NOW.timestamp() - 365 * 86400
    os.utime(there, (a_year_ago, a_year_ago))
    before = there.stat()
    settled(jpeg())
    assert there.stat().st_ino == before.st_ino
    assert there.stat().st_mtime > before.st_mtime
    assert files(media) == [there]


@pytest.mark.parametrize("left", [None, b"", b"half"], ids=["missing", "empty", "too short"])
def test_original_that_is_not_whole_is_healed(media: Path, left: bytes | None) -> None:
    there = settled(jpeg())
    there.unlink() if left is None else there.write_bytes(left)
    settled(jpeg())
    assert there.read_bytes() == jpeg()
    assert files(media) == [there]


@pytest.mark.django_db
def test_bytes_that_retention_removed_are_recorded_anew() -> None:
    for _ in range(2):
        with Incoming(1 << 20) as incoming:
            incoming.write(jpeg())
            incoming.settle()
            assert incoming.record(NOW).removed_at is None
        Blob.objects.update(removed_at=NOW)
