"""What load balancers ask."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from api import health
from fieldwork.core.models import Pulse
from fieldwork.reminders.models import Stoppage, Workday
from tests.api.client import Phone

NOON = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.TICK_SECONDS = 60


def asked(at: datetime = NOON) -> tuple[int, dict[str, Any]]:
    with time_machine.travel(at, tick=False):
        response = Phone().get("/readyz")
    return response.status_code, response.json()


def ready() -> tuple[int, dict[str, str]]:
    status, said = asked()
    return status, said["parts"]


def test_healthz_asks_nobody() -> None:
    response = Phone().get("/healthz")  # a query would fail: this test has no database
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_is_ready_when_every_part_works() -> None:
    Pulse.objects.create(name="tick", at=NOON - timedelta(seconds=180))
    assert ready() == (200, dict.fromkeys(("database", "migrations", "storage", "worker"), "ok"))


@pytest.mark.django_db
def test_readyz_misses_the_worker() -> None:
    assert ready()[1]["worker"] == "has never ticked"
    Pulse.objects.create(name="tick", at=NOON - timedelta(seconds=181))
    Pulse.objects.create(name="other", at=NOON)
    status, parts = ready()
    assert (status, parts["worker"]) == (503, "last ticked at 2026-11-21T03:56:59+00:00")


@pytest.mark.django_db
def test_readyz_misses_the_storage(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "a-file"
    settings.MEDIA_ROOT.write_text("")
    status, parts = ready()
    assert (status, parts["storage"]) == (503, "not writable: Not a directory")


@pytest.mark.django_db
def test_readyz_leaves_nothing_in_the_storage(settings: Any) -> None:
    ready()
    assert list(settings.MEDIA_ROOT.rglob("probe*")) == []


@pytest.mark.django_db
def test_readyz_misses_migrations_and_then_needs_to_look_no_more() -> None:
    health._complete.cache_clear()
    recorder = MigrationRecorder(connection)
    last = MigrationLoader(connection).graph.leaf_nodes("api")[0]
    recorder.record_unapplied(*last)
    assert ready()[1]["migrations"] == "1 not applied"
    recorder.record_applied(*last)
    assert ready()[1]["migrations"] == "ok"
    recorder.record_unapplied(*last)
    assert ready()[1]["migrations"] == "ok"


@pytest.mark.django_db
def test_readyz_says_when_to_ask_again() -> None:
    response = Phone().get("/readyz/")
    assert (response.status_code, response["Retry-After"]) == (503, "10")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/healthz/"])
def test_probes_are_answered_whatever_name_they_ask_by(settings: Any, address: str) -> None:
    settings.ALLOWED_HOSTS = ["phones.example.cn"]
    assert Client().get(address, headers={"Host": "10.0.0.7"}).status_code in (200, 503)
    assert Client().get("/api/v1/docs", headers={"Host": "10.0.0.7"}).status_code == 400


@pytest.mark.django_db
def test_channels_that_do_not_work_are_named_and_make_nothing_unready(settings: Any) -> None:
    settings.CHANNELS = ["inbox", "console"]
    Pulse.objects.create(name="tick", at=NOON)
    assert asked()[1]["channels"] == {"inbox": "ok", "console": "ok"}
    Stoppage.objects.create(channel="console", since=NOON, again_at=NOON + timedelta(hours=1), reason="no credentials")
    Stoppage.objects.create(channel="off-by-now", since=NOON, again_at=NOON, reason="x")
    status, said = asked()
    assert (status, said["status"]) == (200, "ok")
    assert said["channels"] == {"inbox": "ok", "console": "stopped since 2026-11-21T04:00:00+00:00: no credentials"}


@pytest.mark.django_db
def test_notice_of_holidays_that_is_lacking_is_named_and_makes_nothing_unready() -> None:
    assert asked()[1]["notice"] == "ok"
    day = datetime(2098, 12, 1, tzinfo=UTC)
    Pulse.objects.create(name="tick", at=day)
    for year in (2098, 2099):
        status, said = asked(day)
        assert (status, said["status"]) == (200, "ok")
        assert f"holidays of {year} is not loaded" in said["notice"]
        Workday.objects.create(day=date(year, 10, 6), worked=False, source="测试通知")
        Workday.objects.create(day=date(year, 10, 11), worked=True, source="测试通知")
    assert asked(day)[1]["notice"] == "ok"
