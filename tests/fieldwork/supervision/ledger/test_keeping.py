"""What the worker's tick does for the evidence, and the key's command."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction

from fieldwork.core import events, signing
from fieldwork.core.models import Event, Pulse, Seal, SigningKey
from fieldwork.supervision.figures import figures
from fieldwork.supervision.ledger.keeping import keep
from fieldwork.supervision.ledger.verifying import Verification
from fieldwork.supervision.tick import tick
from tests.feed import wait_for_the_feed

NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


def append() -> None:
    with transaction.atomic():
        events.append("test.happened", by=events.SYSTEM, at=NOW, about=("test", "1"))
    wait_for_the_feed()


def test_tick_seals_what_happened() -> None:
    append()
    tick(NOW)
    assert Seal.objects.get().sealed_at == NOW
    named = {figure.name: figure.value for figure in figures(NOW + timedelta(minutes=1))}
    assert (named["last_seal_age_seconds"], named["signing_key_readable"]) == (60, 1)


def test_without_a_key_the_tick_goes_on_and_says_so(settings: Any) -> None:
    append()
    keep(NOW)
    settings.KEYS_DIR = settings.KEYS_DIR / "elsewhere"
    append()
    tick(NOW + timedelta(hours=1))
    assert Pulse.objects.get(name="tick").at == NOW + timedelta(hours=1)
    assert Seal.objects.count() == 1
    assert {figure.value for figure in figures(NOW) if figure.name == "signing_key_readable"} == {0}


def test_rotate_key_begins_a_key_and_ends_the_last(settings: Any) -> None:
    append()
    keep(NOW)
    out = StringIO()
    with time_machine.travel(NOW + timedelta(minutes=30), tick=False):
        call_command("rotate_key", stdout=out)
    new, old = SigningKey.objects.order_by("-begun_at")
    assert new.pk in out.getvalue()
    assert (old.ended_at, new.ended_at) == (new.begun_at, None)
    assert Event.objects.filter(kind="signing_key.begun").count() == 2
    wait_for_the_feed()
    keep(NOW + timedelta(hours=1))
    assert list(Verification().findings()) == []
    assert signing.can_sign()


def test_rotate_key_says_what_is_wrong_with_the_folder(settings: Any, tmp_path: Any) -> None:
    (tmp_path / "file").touch()
    settings.KEYS_DIR = tmp_path / "file"
    with pytest.raises(CommandError):
        call_command("rotate_key")
    assert not SigningKey.objects.exists()
