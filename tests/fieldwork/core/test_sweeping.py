"""What broken uploads left is removed once nobody can take it up again, and nothing else ever is."""

import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from fieldwork.core import events, sweeping
from fieldwork.core.models import Event
from fieldwork.core.partials import Partial, WrongOffset
from fieldwork.core.sweeping import sweep, sweep_originals
from fieldwork.core.uploads import Incoming
from tests.photos import digest, jpeg

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PHOTO = jpeg()
FOLDER = digest(PHOTO)[:2]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Of an installation that has run for a year."""
    settings.MEDIA_ROOT = tmp_path
    began = NOW - timedelta(days=365)
    with transaction.atomic():
        events.append("test.began", by=events.SYSTEM, at=began, about=("test", 1))
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def aged(path: Path, **age: float) -> Path:
    then = (NOW - timedelta(**age)).timestamp()
    os.utime(path, (then, then))
    return path


def settled(photo: bytes = PHOTO) -> Incoming:
    with Incoming(1 << 20) as incoming:
        incoming.write(photo)
        incoming.settle()
    return incoming


def orphan(media: Path, **age: float) -> Path:
    settled()
    (path,) = files(media)
    return aged(path, **age)


def test_what_a_killed_process_left_goes_after_a_day(media: Path) -> None:
    left, fresh = Incoming(1 << 20), Incoming(1 << 20)
    aged(left.path, days=1, seconds=1)
    aged(fresh.path, hours=23)
    assert sweep(NOW) == 1
    assert files(media) == [fresh.path]
    for incoming in (left, fresh):
        incoming.discard()


def test_phone_that_was_offline_for_days_goes_on_and_after_a_week_no_more(media: Path) -> None:
    kept, left = Partial("kept", 100), Partial("left", 100)
    for partial in (kept, left):
        partial.take(0, [b"half"])
    aged(kept.path, days=6, hours=23)
    aged(left.path, days=7, seconds=1)
    assert sweep(NOW) == 1
    assert files(media) == [kept.path]


def test_original_without_a_row_goes_after_a_day(media: Path) -> None:
    path = orphan(media, hours=23)
    assert sweep_originals(FOLDER, NOW) == 0
    aged(path, days=1, seconds=1)
    assert sweep_originals(FOLDER, NOW) == 1
    assert files(media) == []


def test_original_with_a_row_stays_for_ever(media: Path) -> None:
    settled().record(NOW)
    (path,) = files(media)
    aged(path, days=300)
    assert sweep_originals(FOLDER, NOW) == 0
    assert files(media) == [path]


def test_original_from_before_this_database_or_its_last_restore_stays(media: Path) -> None:
    path = orphan(media, days=366)
    assert sweep_originals(FOLDER, NOW) == 0
    aged(path, days=30)
    events.begin_epoch(at=NOW - timedelta(days=29), reason="restored")
    assert sweep_originals(FOLDER, NOW) == 0
    aged(path, days=28)
    assert sweep_originals(FOLDER, NOW) == 1


def test_nothing_goes_before_anything_happened(media: Path) -> None:
    orphan(media, days=2)
    Event.objects.all().delete()
    assert sweep_originals(FOLDER, NOW) == 0


def test_every_folder_has_its_turn_within_a_few_hours(media: Path, settings: Any) -> None:
    orphan(media, days=2)
    ticks = (NOW + timedelta(seconds=settings.TICK_SECONDS * number) for number in range(256))
    assert sum(sweep(tick) for tick in ticks) == 1


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen after the sweep has chosen its files, and before it removes one."""

    def install(act: Callable[[], object]) -> None:
        chosen = sweeping._swept_original

        def late(path: Path, before: datetime) -> bool:
            act()
            return chosen(path, before)

        monkeypatch.setattr(sweeping, "_swept_original", late)

    return install


def test_upload_of_the_same_bytes_that_settles_meanwhile_keeps_them(media: Path, meanwhile: Any) -> None:
    path = orphan(media, days=2)
    meanwhile(settled)  # its row comes seconds later
    assert sweep_originals(FOLDER, NOW) == 0
    assert path.read_bytes() == PHOTO


@pytest.fixture
def at_the_last_moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen after the sweep has found one file old and without a row, and before it removes it."""

    def install(act: Callable[[], object]) -> None:
        recorded = sweeping._recorded

        def then(**which: object) -> set[str]:
            found = recorded(**which)
            if "sha256" in which:
                act()
            return found

        monkeypatch.setattr(sweeping, "_recorded", then)

    return install


def test_upload_that_settles_at_the_last_moment_waits_and_puts_the_bytes_back(
    media: Path, at_the_last_moment: Any
) -> None:
    path = orphan(media, days=2)
    upload = threading.Thread(target=settled)
    at_the_last_moment(upload.start)
    assert sweep_originals(FOLDER, NOW) == 1
    upload.join()
    assert path.read_bytes() == PHOTO


def test_control_without_the_lock_loses_the_bytes_of_an_upload(
    media: Path, at_the_last_moment: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = orphan(media, days=2)
    monkeypatch.setattr(sweeping, "locked", nullcontext)
    at_the_last_moment(settled)
    assert sweep_originals(FOLDER, NOW) == 1
    assert not path.exists()


def test_upload_that_was_recorded_meanwhile_keeps_its_bytes_whatever_their_age(media: Path, meanwhile: Any) -> None:
    path = orphan(media, days=2)
    meanwhile(lambda: (settled().record(NOW), aged(path, days=2)))
    assert sweep_originals(FOLDER, NOW) == 0
    assert path.read_bytes() == PHOTO


def test_upload_that_settles_after_the_sweep_puts_the_bytes_back(media: Path) -> None:
    path = orphan(media, days=2)
    assert sweep_originals(FOLDER, NOW) == 1
    settled()
    assert path.read_bytes() == PHOTO


def test_control_without_making_it_young_loses_the_bytes_of_an_upload(media: Path, meanwhile: Any) -> None:
    path = orphan(media, days=2)
    meanwhile(lambda: (settled(), aged(path, days=2)))
    assert sweep_originals(FOLDER, NOW) == 1
    assert not path.exists()


def test_piece_that_comes_meanwhile_keeps_the_partial(media: Path) -> None:
    partial = Partial("photo-1", 100)
    partial.take(0, [b"half"])
    aged(partial.path, days=8)

    def while_it_is_swept() -> Any:
        yield b"more"
        assert sweep(NOW) == 0
        yield b"still"

    partial.take(4, while_it_is_swept())
    assert partial.path.read_bytes() == b"halfmorestill"


def test_sender_whose_partial_was_swept_is_told_to_begin_anew(media: Path) -> None:
    partial = Partial("photo-1", 100)
    partial.take(0, [b"half"])

    def swept_first() -> Any:
        aged(partial.path, days=8)
        assert sweep(NOW) == 1
        yield b"more"

    with pytest.raises(WrongOffset) as wrong:
        partial.take(4, swept_first())
    assert wrong.value.offset == 0
    assert not partial.path.exists()
