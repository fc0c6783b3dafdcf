"""Backups: what is in them, what is refused, and that a restore which was broken off goes on."""

import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from fieldwork.core import events
from fieldwork.core.models import Blob, Event, FeedEpoch, Pulse
from fieldwork.core.uploads import original
from fieldwork.supervision.backups import databases, manifest
from fieldwork.supervision.backups.manifest import BackupError
from fieldwork.supervision.backups.restoring import restore
from fieldwork.supervision.backups.taking import Taken, take
from tests.photos import digest, jpeg

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    return tmp_path / "uploads"


def store(seed: int) -> Blob:
    """A row and its file."""
    data = jpeg(seed)
    path = original(digest(data))
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return Blob.objects.create(pk=digest(data), bytes=len(data), content_type="image/jpeg", stored_at=NOON)


def happen() -> Event:
    with transaction.atomic():
        return events.append("test.happened", by=events.SYSTEM, at=NOON, about=("test", 1))


def backed_up(tmp_path: Path, hours: int = 0) -> Taken:
    return take(tmp_path / "backups", at=NOON + timedelta(hours=hours))


def test_manifest_tells_rows_migrations_and_the_end_of_the_feed(tmp_path: Path) -> None:
    happen()
    last = happen()
    last.refresh_from_db()
    store(1)
    read = manifest.read(manifest.find(backed_up(tmp_path).folder.parent))
    assert (read.counts["core_event"], read.counts["core_blob"], read.upload_files) == (2, 1, 1)
    assert (read.epoch, read.feed) == (0, [0, last.transaction, last.pk])
    assert "core.0001_initial" in read.migrations
    assert read.engine == connection.vendor


def test_every_file_of_a_backup_answers_for_itself_with_plain_tools(tmp_path: Path) -> None:
    store(1)
    folder = backed_up(tmp_path).folder
    subprocess.run(["sha256sum", "--check", "--status", "--strict", "uploads.sha256"], cwd=folder, check=True)


def test_second_backup_copies_only_what_is_new(tmp_path: Path) -> None:
    store(1)
    assert backed_up(tmp_path).uploads.copied == 1
    store(2)
    again = backed_up(tmp_path, hours=1)
    assert (again.uploads.copied, again.uploads.kept) == (1, 1)
    assert manifest.find(again.folder.parent) == again.folder


def test_what_is_asked_of_a_dump_is_what_is_in_it(tmp_path: Path) -> None:
    store(1)
    with databases.dumped(tmp_path / databases.dump_name()) as ask:
        writer = threading.Thread(target=store_elsewhere)
        writer.start()
        writer.join()
        assert databases.one(ask, "SELECT count(*) FROM core_blob") == (1,)
    assert Blob.objects.count() == 2


def store_elsewhere() -> None:
    store(2)
    connection.close()


def test_bytes_that_are_gone_or_damaged_are_told_and_fail_the_command(tmp_path: Path) -> None:
    gone, damaged, fine = store(1), store(2), store(3)
    original(gone.pk).unlink()
    original(damaged.pk).write_bytes(b"x" * damaged.bytes)
    with pytest.raises(CommandError) as caught:
        call_command("backup", str(tmp_path / "backups"), verbosity=0)
    assert {gone.pk, damaged.pk} == set(str(caught.value).splitlines()[1:])
    folder = manifest.find(tmp_path / "backups")
    assert (manifest.read(folder).missing, manifest.read(folder).upload_files) == (2, 1)
    assert fine.pk in (folder / "uploads.sha256").read_text()


def test_thorough_backup_repairs_what_an_earlier_one_has_no_longer_whole(tmp_path: Path) -> None:
    blob = store(1)
    pooled = backed_up(tmp_path).folder.parent / "originals" / blob.pk[:2] / blob.pk[2:4] / blob.pk
    pooled.write_bytes(b"x" * blob.bytes)
    assert backed_up(tmp_path, hours=1).uploads.copied == 0
    assert take(tmp_path / "backups", at=NOON + timedelta(hours=2), thorough=True).uploads.copied == 1
    assert pooled.read_bytes() == original(blob.pk).read_bytes()


def test_secret_key_is_not_in_a_backup(tmp_path: Path) -> None:
    store(1)
    secret = django_settings.SECRET_KEY.encode()
    files = [path for path in backed_up(tmp_path).folder.parent.rglob("*") if path.is_file()]
    assert len(files) == 4
    assert [path for path in files if secret in path.read_bytes()] == []


def test_backup_leaves_a_pulse_to_watch(tmp_path: Path) -> None:
    backed_up(tmp_path)
    assert Pulse.objects.get(name="backup").at == NOON


def test_failed_backup_leaves_nothing_that_looks_like_one(tmp_path: Path, settings: Any) -> None:
    blob = store(1)
    original(blob.pk).unlink()
    original(blob.pk).mkdir()  # cannot be read
    with pytest.raises(OSError, match="directory"):
        backed_up(tmp_path)
    with pytest.raises(BackupError):
        manifest.find(tmp_path / "backups")
    assert not Pulse.objects.exists()


@pytest.mark.parametrize("name", ["uploads.sha256", "database"])
def test_backup_that_was_altered_is_refused(tmp_path: Path, name: str) -> None:
    store(1)
    folder = backed_up(tmp_path).folder
    (path,) = folder.glob(f"{name}*")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupError, match=path.name):
        restore(folder, at=NOON)


def test_database_that_is_not_empty_is_refused_and_stays_as_it_is(tmp_path: Path, media: Path) -> None:
    happen()
    folder = backed_up(tmp_path).folder
    with pytest.raises(BackupError):
        restore(folder, at=NOON)
    assert not (media / ".restoring").exists()
    assert not FeedEpoch.objects.exists()


def test_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    folder = backed_up(tmp_path).folder
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace("core.0001_initial", "core.9999_from_tomorrow"))
    with pytest.raises(BackupError, match="9999_from_tomorrow"):
        restore(folder, at=NOON)


def broken_off(folder: Path, media: Path) -> None:
    """As a restore leaves things that was killed after the database was loaded: rows as in the dump, and its mark."""
    Pulse.objects.all().delete()
    media.mkdir()
    (media / ".restoring").write_text(folder.name)


def test_restore_that_was_broken_off_goes_on(tmp_path: Path, settings: Any) -> None:
    kept, lost = store(1), store(2)
    happen()
    folder = backed_up(tmp_path).folder
    pooled = folder.parent / "originals" / lost.pk[:2] / lost.pk[2:4] / lost.pk
    pooled.write_bytes(b"x")
    settings.MEDIA_ROOT = tmp_path / "new"
    broken_off(folder, tmp_path / "new")
    restored = restore(folder, at=NOON)
    assert (restored.uploads, restored.missing, restored.names) == (2, 1, [lost.pk])
    assert original(kept.pk).read_bytes() == jpeg(1)
    assert not original(lost.pk).exists()
    assert (restored.epoch, events.current_epoch(), restored.to_migrate) == (1, 1, 0)
    assert Event.objects.order_by("pk").last().kind == "installation.restored"  # type: ignore[union-attr]
    assert not (tmp_path / "new" / ".restoring").exists()


def test_restore_broken_off_at_its_very_end_begins_no_second_epoch(tmp_path: Path, settings: Any) -> None:
    happen()
    folder = backed_up(tmp_path).folder
    settings.MEDIA_ROOT = tmp_path / "new"
    broken_off(folder, tmp_path / "new")
    restore(folder, at=NOON)
    (tmp_path / "new" / ".restoring").write_text(folder.name)
    assert restore(folder, at=NOON).epoch == 1


def test_restored_rows_are_counted_against_the_backup(tmp_path: Path, settings: Any) -> None:
    happen()
    folder = backed_up(tmp_path).folder
    happen()
    settings.MEDIA_ROOT = tmp_path / "new"
    broken_off(folder, tmp_path / "new")
    with pytest.raises(BackupError, match="core_event"):
        restore(folder, at=NOON)
    assert not FeedEpoch.objects.exists()
