"""What the drill finds wrong: it is not blind to any of the losses that it is there for."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from fieldwork.core.models import Blob, Event
from fieldwork.core.uploads import original
from fieldwork.duties.models import Performance
from fieldwork.inspections.models import CheckIn, Photo
from tests.api.check_in import body, put, put_multipart
from tests.api.client import Phone
from tests.photos import digest, jpeg
from tests.place import Place

PHOTO = jpeg()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A module of deploy/bench, as its scripts import it."""
    monkeypatch.syspath_prepend(str(Path(settings.BASE_DIR) / "deploy" / "bench"))
    return importlib.import_module


@pytest.fixture
def faults(place: Place, bench: Callable[[str], Any]) -> Callable[[], list[str]]:
    """Of an audit after one check-in with a photo was acknowledged."""
    pk = str(uuid4())
    sent = body(place, PHOTO, captured_at=timezone.now().isoformat(), device=None)
    assert put_multipart(Phone.of(place.user), sent, PHOTO, pk=pk).status_code == 201
    told = bench("_phone").Acknowledged({pk}, {(pk, digest(PHOTO)): len(PHOTO)})

    def audit() -> list[str]:
        _counts, found = bench("_audit").audit([told], expected=1)
        return list(found)

    return audit


def test_audit_of_what_is_all_there_finds_nothing(faults: Callable[[], list[str]]) -> None:
    assert faults() == []


def lose_file(_place: Place) -> None:
    original(digest(PHOTO)).unlink()


def flip_byte(_place: Place) -> None:
    original(digest(PHOTO)).write_bytes(PHOTO[:-1] + b"?")


def lose_link(_place: Place) -> None:
    Photo.objects.update(blob=None)


def lose_count(_place: Place) -> None:
    Performance.objects.all().delete()


def record_twice(_place: Place) -> None:
    event = Event.objects.get(kind="check_in.recorded")
    event.pk = None
    event.save(force_insert=True)


def leave_blob(_place: Place) -> None:
    Blob.objects.create(sha256="0" * 64, bytes=1, content_type="image/jpeg", stored_at="2026-11-21T00:00:00Z")


def store_twice(place: Place) -> None:
    assert put(Phone.of(place.user), body(place, captured_at=str(CheckIn.objects.get().captured_at.isoformat())))


@pytest.mark.parametrize(
    "harm",
    [lose_file, flip_byte, lose_link, lose_count, record_twice, leave_blob, store_twice],
    ids=lambda f: f.__name__,
)
def test_audit_finds(harm: Callable[[Place], None], place: Place, faults: Callable[[], list[str]]) -> None:
    harm(place)
    assert any("verify_ledger" not in fault for fault in faults())
