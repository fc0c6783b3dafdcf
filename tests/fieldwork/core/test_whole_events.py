"""The migration that makes an event's body its whole record."""

import json
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from fieldwork.core import events
from fieldwork.core.models import Event

NOW = datetime(2026, 11, 21, 4, 5, 6, 789, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_bodies_become_records_and_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    migration: Any = import_module("fieldwork.core.migrations.0005_whole_events")
    monkeypatch.setattr(migration, "BATCH", 2)
    with transaction.atomic():
        for number in range(5):
            events.append(
                "test.happened",
                by=events.SYSTEM,
                at=NOW,
                about=("test", number),
                division_path="00a",
                镇="甲",
                n=number,
            )
    whole = list(Event.objects.order_by("pk").values_list("body", flat=True))
    migration.write_data(apps, None)
    assert [json.loads(event.body) for event in Event.objects.order_by("pk")] == [
        {"n": number, "镇": "甲"} for number in range(5)
    ]
    migration.write_whole(apps, None)
    assert list(Event.objects.order_by("pk").values_list("body", flat=True)) == whole
