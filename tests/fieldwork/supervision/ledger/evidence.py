"""A small ledger with one of everything, as phones and the office made it; and what a forger does to it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from fieldwork.core import signing
from fieldwork.core.events import SYSTEM
from fieldwork.core.seals import seal
from fieldwork.supervision.ledger.findings import Finding
from fieldwork.supervision.ledger.verifying import Verification
from tests import factories as make
from tests.api import check_in
from tests.api.client import Phone
from tests.emptying import empty
from tests.feed import wait_for_the_feed
from tests.photos import declared, digest, jpeg
from tests.place import Place, stand

BEGINNING = datetime(2026, 11, 21, 6, tzinfo=UTC)


@dataclass
class Ledger:
    """Three check-ins: with two photos, rejected and answered; with a lost photo; and without any."""

    place: Place
    phone: Phone
    whole: UUID
    lost: UUID
    bare: UUID
    filing: UUID
    receipt: str
    media: Path
    photo: str = digest(jpeg(1))


def written(place: Place) -> Ledger:
    """Everything sealed but the last event."""
    with time_machine.travel(BEGINNING, tick=False) as clock:
        phone, office = Phone.of(place.user), Phone.of(make.user(office="supervisor", division=place.county))
        whole, lost, bare = uuid4(), uuid4(), uuid4()
        content = check_in.body(place, jpeg(1), jpeg(2), companions=[str(make.leader("随行").pk)])
        answer = check_in.put_multipart(phone, content, jpeg(1), pk=whole)
        assert answer.status_code == 201
        path = f"check-ins/{whole}/photos/{digest(jpeg(2))}"
        assert phone.put(path, jpeg(2), content_type="image/jpeg").status_code == 201
        sealed()
        clock.shift(timedelta(minutes=1))
        signing.rotate(by=SYSTEM, at=timezone.now())
        filing = file(phone, place)
        check_in.put(phone, check_in.body(place, jpeg(3)), lost)
        phone.post(f"check-ins/{lost}/photos/{digest(jpeg(3))}/lost", {"reason": "手机损坏"})
        verdict = {"verdict": "rejected", "reason": "看不清"}
        assert office.post(f"check-ins/{whole}/review", verdict).status_code == 200
        assert phone.post(f"check-ins/{whole}/addenda", {"text": "当时下雨"}).status_code == 201
        sealed()
        clock.shift(timedelta(minutes=1))
        last = check_in.put(phone, check_in.body(place, summary="之三"), bare)
        sealed()
        assert phone.post(f"check-ins/{bare}/addenda", {"text": "补充"}).status_code == 201
        wait_for_the_feed()
        return Ledger(place, phone, whole, lost, bare, filing, last.json()["receipt"]["jws"], Path(settings.MEDIA_ROOT))


def file(phone: Phone, place: Place) -> UUID:
    """A meeting, with an attachment that is still to come."""
    pk, subject = uuid4(), {"kind": "leader", "id": str(place.leader.pk)}
    body = {"subject": subject, "kind": "meeting", "held_on": "2026-11-20", "attachments": [declared(jpeg(4))]}
    assert phone.put(f"filings/{pk}", body).status_code == 201
    return pk


def sealed() -> None:
    wait_for_the_feed()
    assert seal(timezone.now()) is not None


def found(**options: Any) -> list[Finding]:
    return list(Verification(**options).findings())


def told(*words: str) -> tuple[int, str]:
    """What `manage.py verify_ledger` ends with, and all that it says."""
    out = StringIO()
    try:
        call_command("verify_ledger", *words, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}\n{error}"
    return 0, out.getvalue()


def erase(rows: Any) -> None:
    """Without what follows from it: no constraint is asked before the transaction ends."""
    rows._raw_delete(rows.db)


def flipped(value: Any) -> Any:  # noqa: PLR0911 - a way for each type
    """Another value, as like as can be."""
    match value:
        case None:
            return 1
        case bool():
            return not value
        case int() | float():
            return value + 1
        case datetime():
            return value + timedelta(microseconds=1)
        case bytes() | memoryview():
            data = bytearray(value)
            data[len(data) // 2] ^= 1
            return bytes(data)
        case str() if value:
            return value[:-1] + ("1" if value[-1] != "1" else "2")
        case _:
            return "1"


@pytest.fixture(scope="module")
def standing(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """Committed, as the feed of PostgreSQL needs it, and made once for all tests of a module."""
    media = tmp_path_factory.mktemp("media")
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ours = {"MEDIA_ROOT": media, "KEYS_DIR": tmp_path_factory.mktemp("keys"), "SEAL_MINUTES": 0}
    with django_db_blocker.unblock():
        with override_settings(**ours, PASSWORD_HASHERS=hashers):
            made = written(stand())
        yield made
        empty()


@pytest.fixture
def ledger(standing: Ledger, settings: Any, tmp_path: Path) -> Iterator[Ledger]:
    """Whatever a test does to the rows or to the files is undone behind it."""
    settings.MEDIA_ROOT = tmp_path / "media"
    shutil.copytree(standing.media, settings.MEDIA_ROOT)
    with transaction.atomic():
        yield standing
        transaction.set_rollback(True)
